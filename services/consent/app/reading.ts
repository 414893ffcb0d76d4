import { namesOf } from '../../../contracts/rules/match.ts';
import type { Ids } from '../../../kernel/clock.ts';
import type { BreakGlassRead, ConsentsRead } from '../domain/event.ts';
import { actorOf, actsFor, agentOf, type Caller, type Mandates, readerOf } from './caller.ts';
import type { Folded } from './fold.ts';
import type { ConsentLog } from './streams.ts';
import { namedBy } from './views.ts';

/** What was looked at, of one patient. */
export type Looked = Pick<ConsentsRead, 'patient' | 'consents' | 'outcome' | 'query'>;

/** Who may see consents, and the record that they did. */
export interface Reading {
  /** Says of a patient's consents which of them the caller may see. */
  sight(caller: Caller, patient: string): Promise<(folded: Folded, consent: string) => boolean>;
  /** Durable when it resolves: no record, no answer. */
  record(caller: Caller, looked: readonly Looked[]): Promise<void>;
  /** The same of what is known of emergencies; each patient once. */
  recordBreakGlass(caller: Caller, patients: readonly string[], what: BreakGlassRead['what']): Promise<void>;
}

export function reading({ log, mandates, ids }: { log: ConsentLog; mandates: Mandates; ids: Ids }): Reading {
  return {
    /** The patient and who acts for them all; an organisation those that it filed or that name it or the person. */
    async sight(caller, patient) {
      const actor = actorOf(caller);
      if (await actsFor(actor, patient, mandates)) return () => true;
      const organization = readerOf(actor);
      if (!organization) return () => false;
      const names = namesOf(actor);
      return (folded, consent) =>
        folded.patient.consents.get(consent)?.by.organization === organization ||
        namedBy(folded, consent).some((name) => names.includes(name));
    },
    async record(caller, looked) {
      const who = { request: caller.requestId, by: agentOf(caller) };
      const appends = looked.map((of) => ({
        stream: `access/${ids.uuid()}`,
        expected: 0,
        owner: of.patient,
        events: [{ type: 'ConsentsRead', ...of, ...who } as const],
      }));
      if (appends.length > 0) await log.append(appends);
    },
    async recordBreakGlass(caller, patients, what) {
      const who = { request: caller.requestId, by: agentOf(caller) };
      const appends = [...new Set(patients)].map((patient) => ({
        stream: `access/${ids.uuid()}`,
        expected: 0,
        owner: patient,
        events: [{ type: 'BreakGlassRead', patient, what, ...who } as const],
      }));
      if (appends.length > 0) await log.append(appends);
    },
  };
}
