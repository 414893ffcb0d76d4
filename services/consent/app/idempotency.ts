import { Failure, WrongVersion } from '../../../kernel/errors.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { ConsentServiceEvent, Reserved } from '../domain/event.ts';
import type { ConsentAppend, ConsentLog, PatientStreams } from './streams.ts';

/** What a change of a consent is acknowledged with. */
export interface Receipt {
  consent: string;
  /** Of the consent. */
  version: number;
  /** Of the patient's stream: every decision from there on sees it. */
  streamVersion: number;
  /** Id of the event: its audit proof is found by it. */
  event: string;
}

/** A request that is recognised when it comes again. */
export interface Once {
  /** What takes the key, appended together with what was asked for. */
  reservation(done: Pick<Reserved, 'patient' | 'consent' | 'version' | 'streamVersion'>): ConsentAppend[];
}

/** Runs a request, or answers as it was answered the first time. */
export type RunOnce = (
  asked: { key: string; subject: string; request: object },
  run: (once: Once) => Promise<Receipt>,
) => Promise<Receipt>;

/** A request without a key: each time it comes it is another. */
export const unkeyed: Once = { reservation: () => [] };

interface Parts {
  log: ConsentLog;
  streams: PatientStreams;
  keyring: Keyring;
  projector: Pick<Projector<ConsentServiceEvent>, 'catchUp'>;
}

export function idempotency({ log, streams, keyring, projector }: Parts): RunOnce {
  async function earlier(stream: string, request: string): Promise<Receipt | undefined> {
    const found = (await log.last(stream))?.event as Extract<ConsentServiceEvent, Reserved> | undefined;
    if (!found) return undefined;
    if (found.request !== request) {
      throw new Failure('business-rule', 'This Idempotency-Key was used for another request: choose a new one.');
    }
    const { patient, consent, version, streamVersion } = found;
    const recorded = await streams.event(patient, streamVersion);
    await projector.catchUp(); // whoever was asked first may not have come to the views
    return { consent, version, streamVersion, event: recorded!.id };
  }

  return async ({ key, subject, request: body }, run) => {
    if (!key) return run(unkeyed);
    const stream = `unique/${keyring.mac(`${subject}/${key}`)}`;
    const request = keyring.mac(JSON.stringify(body));
    const before = await earlier(stream, request);
    if (before) return before;
    try {
      return await run({
        reservation: (done) => [{ stream, expected: 0, owner: '', events: [{ type: 'Reserved', ...done, request }] }],
      });
    } catch (error) {
      const rival = error instanceof WrongVersion && error.stream === stream;
      const found = rival && (await earlier(stream, request));
      if (found) return found;
      throw error;
    }
  };
}
