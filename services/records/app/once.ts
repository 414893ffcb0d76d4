import { createHash } from 'node:crypto';
import { Failure } from '../../../kernel/errors.ts';
import type { SealedAppend } from '../../../kernel/eventstore/sealed.ts';
import type { RecordsEvent } from '../domain/event.ts';
import type { Answer } from '../domain/reservation.ts';
import { type Caller, ownOwner } from './caller.ts';
import type { RecordsLog } from './log.ts';

/** A request that the client may send again: carried out once, answered alike. */
export interface Request {
  /** The Idempotency-Key. */
  key: string;
  /** What is asked, to notice a key that is used for something else. */
  asked: unknown;
}

/** Requests with an Idempotency-Key; each key belongs to one caller. */
export interface Once {
  /** What was answered before. Throws Failure `business-rule` where the key was used for another request. */
  answers(caller: Caller, request: Request): Promise<Answer[] | undefined>;
  /** What remembers the answers, to be appended with the effect. */
  append(caller: Caller, request: Request, answers: Answer[]): SealedAppend<RecordsEvent>;
}

export function once({ log, mac }: { log: RecordsLog; mac(text: string): string }): Once {
  const streamOf = ({ actor }: Caller, { key }: Request) => `unique/${mac(`request/${actor.subject}/${key}`)}`;
  return {
    async answers(caller, request) {
      const last = await log.last(streamOf(caller, request));
      if (last?.event.type !== 'RequestAnswered') return undefined;
      if (last.event.asked === digest(request)) return last.event.answers;
      throw new Failure('business-rule', 'This Idempotency-Key was used for another request: take a new one.', {
        expression: ['Idempotency-Key'],
      });
    },
    append(caller, request, answers) {
      const event = { type: 'RequestAnswered', asked: digest(request), answers } as const;
      return { stream: streamOf(caller, request), expected: 0, owner: ownOwner(caller), events: [event] };
    },
  };
}

/** SHA-256, hex. Throws Failure `structure` for what is nested too deeply to be written down. */
function digest({ asked }: Request): string {
  try {
    return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
  } catch (cause) {
    throw new Failure('structure', 'The request is nested too deeply.', { cause });
  }
}
