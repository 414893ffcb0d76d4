import type { Ids } from '../../../kernel/clock.ts';
import type { Agreement, AgreementEvent } from '../domain/agreement.ts';
import type { BreakGlassEvent } from '../domain/breakGlass.ts';
import type { Notice, Recipient } from '../domain/notification.ts';
import type { ConsentAppend } from './streams.ts';

export const notificationStream = (id: string): string => `notification/${id}`;

export function notified(id: string, patient: string, to: Recipient, notice: Notice): ConsentAppend {
  const events = [{ type: 'Notified', to, patient, notice } as const];
  return { stream: notificationStream(id), expected: 0, owner: patient, events };
}

/** Who is told of a step of break-glass, appended with it: the patient and the privacy officers, at once. */
export function breakGlassNotices(patient: string, events: readonly BreakGlassEvent[], ids: Ids): ConsentAppend[] {
  return events.flatMap((event) => {
    const { organization, id: declaration } = event;
    if (event.type === 'BreakGlassDeclared') {
      const { clinician, text: reason, until } = event;
      const notice = { kind: 'break-glass-declared', declaration, clinician, organization, reason, until } as const;
      return [{ patient }, { organization }].map((to) => notified(ids.uuid(), patient, to, notice));
    }
    if (event.type !== 'BreakGlassReviewed') return [];
    const { verdict, text } = event;
    const notice = { kind: 'break-glass-reviewed', declaration, organization, verdict, text } as const;
    return [notified(ids.uuid(), patient, { patient }, notice)];
  });
}

/** The patient is told of a proposal; of a deletion that is overdue, the privacy officers of both organisations too. */
export function sharingNotices(
  agreement: string,
  events: readonly AgreementEvent[],
  { proposal, status, end }: Agreement,
  ids: Ids,
): ConsentAppend[] {
  const { patient, requester, custodian, terms } = proposal;
  const between = { agreement, requester, custodian };
  return events.flatMap(({ type }) => {
    if (type === 'AgreementProposed') {
      const notice = { kind: 'sharing-proposed', ...between, terms, accepted: status === 'accepted' } as const;
      return [notified(ids.uuid(), patient, { patient }, notice)];
    }
    if (type !== 'DeletionOverdue') return [];
    const notice = { kind: 'deletion-overdue', ...between, eraseBy: end!.eraseBy! } as const;
    const told = [{ patient }, { organization: requester }, { organization: custodian }];
    return told.map((to) => notified(ids.uuid(), patient, to, notice));
  });
}
