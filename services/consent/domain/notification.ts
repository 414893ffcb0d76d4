import type { Terms } from '../../../contracts/rules/terms.ts';
import type { Agent } from './agent.ts';
import type { Verdict } from './breakGlass.ts';

/** What somebody is told. Times in milliseconds since the epoch. */
export type Notice =
  | {
      kind: 'break-glass-declared';
      declaration: string;
      clinician: string;
      organization: string;
      reason: string;
      until: number;
    }
  | { kind: 'break-glass-reviewed'; declaration: string; organization: string; verdict: Verdict; text: string }
  | { kind: 'consent-ending'; consent: string; version: number; end: number }
  | {
      kind: 'sharing-proposed';
      agreement: string;
      requester: string;
      custodian: string;
      terms: Terms;
      accepted: boolean;
    }
  | { kind: 'deletion-overdue'; agreement: string; requester: string; custodian: string; eraseBy: number };

/** The patient and who acts for them, or the privacy officers of an organisation. */
export type Recipient = { patient: string } | { organization: string };

/** Stream `notification/<id>`, sealed under the key of the patient that it is about. */
export interface Notified {
  type: 'Notified';
  to: Recipient;
  /** About whom. */
  patient: string;
  notice: Notice;
}
export interface NotificationRead {
  type: 'NotificationRead';
  by: Agent;
  at: number;
}
export type NotificationEvent = Notified | NotificationRead;

export interface Notification extends Omit<Notified, 'type'> {
  /** When somebody to whom it was sent first said so. */
  read?: { by: string; at: number };
}

export const notification = {
  initial: undefined as Notification | undefined,
  /** Read twice is read once. */
  decide: ({ by, at }: Omit<NotificationRead, 'type'>, state: Notification): NotificationEvent[] =>
    state.read ? [] : [{ type: 'NotificationRead', by, at }],
  evolve(state: Notification | undefined, event: NotificationEvent): Notification | undefined {
    if (event.type === 'Notified') return { to: event.to, patient: event.patient, notice: event.notice };
    return state && { ...state, read: { by: event.by.subject, at: event.at } };
  },
};

/** In plain words. @param nameOf what people call a person or an organisation, by its id */
export function noticeWords(notice: Notice, to: Recipient, nameOf: (id: string) => string): string {
  const whose = 'patient' in to ? 'your records' : "a patient's records";
  switch (notice.kind) {
    case 'break-glass-declared': {
      const { clinician, organization, reason, until } = notice;
      const who = `The clinician ${nameOf(clinician)} of ${nameOf(organization)}`;
      return `${who} declared an emergency and can see ${whose} until ${instant(until)}. The reason given: ${reason}`;
    }
    case 'break-glass-reviewed': {
      const { organization, verdict, text } = notice;
      const found = `found the emergency access to ${whose} ${verdict}`;
      return `A privacy officer of ${nameOf(organization)} ${found}: ${text}`;
    }
    case 'consent-ending':
      return `Your consent ${notice.consent} holds until ${instant(notice.end)}. Grant it anew if it should go on.`;
    case 'sharing-proposed': {
      const { requester, custodian, terms, accepted } = notice;
      const wish = `${requester} wants from ${custodian}: ${terms.dataClasses.join(', ')} in ${whose}`;
      const rest = accepted ? 'A consent of yours allows it.' : 'Nothing is shared unless you accept.';
      return `${wish}, for ${terms.purpose}, until ${instant(terms.until)}. ${rest}`;
    }
    case 'deletion-overdue': {
      const { requester, custodian, eraseBy } = notice;
      const due = `should have said by ${instant(eraseBy)} that it deleted what it received of ${whose}`;
      return `${requester} ${due} from ${custodian}, and has not.`;
    }
    default:
      return notice satisfies never;
  }
}

const instant = (time: number) => new Date(time).toISOString();
