import type { Provision } from '../../../contracts/rules/statement.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import { type ConsentEvent, consents as consentsOf } from '../domain/consent.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import { agentOf, type Caller, type Mandates, requireActingFor } from './caller.ts';
import type { Consents } from './consents.ts';
import type { Folded } from './fold.ts';
import type { Receipt } from './idempotency.ts';
import type { PatientStreams } from './streams.ts';

/**
 * Ends, at once, every consent of the patient that permits anything; a dissent stays, since without it more would be
 * seen. By the patient, or with a mandate. @param patient empty: the caller's own
 */
export type RevokeAll = (caller: Caller, patient: string, reason: string) => Promise<Receipt[]>;

interface Parts {
  streams: PatientStreams;
  consents: Pick<Consents, 'resource'>;
  projector: Projector<ConsentServiceEvent>;
  mandates: Mandates;
  clock: Clock;
}

export function revokeAll({ streams, consents, projector, mandates, clock }: Parts): RevokeAll {
  return async (caller, of, reason) => {
    const patient = await requireActingFor(caller, of, mandates);
    const stated = { ...(reason && { reason }), by: agentOf(caller), at: clock.now() };
    const revocations = async ({ rules, patient: { consents: all } }: Folded): Promise<ConsentEvent[]> => {
      const events = permitting(rules.consents).map(async ({ id: consent }) => {
        const resource = { ...(await consents.resource(patient, all.get(consent)!)), status: 'inactive' as const };
        return consentsOf.decide({ type: 'revoke', consent, resource, ...stated }, all);
      });
      return (await Promise.all(events)).flat();
    };
    const { recorded } = await streams.change(patient, async (folded) => ({ events: await revocations(folded) }));
    await projector.apply(recorded);
    return recorded.flatMap(({ id: event, version: streamVersion, event: happened }) =>
      happened.type === 'ConsentRevoked'
        ? [{ consent: happened.consent, version: Number(happened.resource.meta!.versionId), streamVersion, event }]
        : [],
    );
  };
}

/** Those that permit anything at all. */
export function permitting<C extends { statement: { root: Provision } }>(consents: readonly C[]): C[] {
  const permits = ({ type, provisions }: Provision): boolean => type === 'permit' || provisions.some(permits);
  return consents.filter(({ statement }) => permits(statement.root));
}
