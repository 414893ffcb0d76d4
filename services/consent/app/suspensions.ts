import { Failure, WrongVersion } from '../../../kernel/errors.ts';
import type { Agent } from '../domain/agent.ts';
import { type Suspension, type SuspensionEvent, suspension } from '../domain/suspension.ts';
import type { ConsentAppend, ConsentLog } from './streams.ts';

/** Clinicians whose break-glass is suspended: stream `suspension/<clinician>`, sealed under their organisation's key. */
export interface Suspensions {
  isSuspended(clinician: string, at?: number): Promise<boolean>;
  /** What suspends a clinician, to be appended with the verdict; nothing where they are suspended already. */
  suspending(of: { clinician: string; organization: string; declaration: string; by: Agent }): Promise<ConsentAppend[]>;
  /** Throws Failure `not-found` where the officer's organisation has not suspended the clinician. */
  lift(clinician: string, reason: string, by: Agent): Promise<void>;
}

export const suspensionStream = (clinician: string) => `suspension/${clinician}`;

export function suspensions(log: ConsentLog): Suspensions {
  async function stateOf(clinician: string, at = Infinity): Promise<{ state: Suspension; version: number }> {
    const past = (await log.read(suspensionStream(clinician))).filter((recorded) => recorded.at <= at);
    const state = past.reduce((sum, { event }) => suspension.evolve(sum, event as SuspensionEvent), suspension.initial);
    return { state, version: past.length };
  }
  const append = (clinician: string, organization: string, expected: number, events: SuspensionEvent[]) => {
    return { stream: suspensionStream(clinician), expected, owner: `organization/${organization}`, events };
  };
  return {
    isSuspended: async (clinician, at) => (await stateOf(clinician, at)).state.organization !== undefined,
    async suspending(of) {
      const { state, version } = await stateOf(of.clinician);
      const events = suspension.decide({ type: 'suspend', ...of }, state);
      return events.length > 0 ? [append(of.clinician, of.organization, version, events)] : [];
    },
    async lift(clinician, reason, by) {
      const { state, version } = await stateOf(clinician);
      const events = suspension.decide({ type: 'lift', clinician, reason, by }, state);
      try {
        await log.append([append(clinician, by.organization!, version, events)]);
      } catch (error) {
        if (!(error instanceof WrongVersion)) throw error;
        throw new Failure('conflict', 'The suspension changed at the same time; look again.', { cause: error });
      }
    },
  };
}
