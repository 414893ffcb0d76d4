import type { SealedAppend } from '../../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { QuestionAsked, ResearchEvent } from '../domain/event.ts';
import type { Researcher } from '../domain/researcher.ts';
import { ownerOf, type ResearchLog } from './log.ts';

/** The questions that researchers asked, each of all their studies. */
export interface Questions {
  /**
   * When somebody asked before, milliseconds since the epoch, and what must be appended with one question more: of two
   * at the same time, one loses the race for the stream.
   */
  of(by: Researcher): Promise<{ times: number[]; more(study: string, at: number): SealedAppend<ResearchEvent> }>;
}

export function questions(log: ResearchLog, keyring: Keyring): Questions {
  return {
    async of({ subject, organization }) {
      const stream = `questions/${keyring.mac(`researcher/${subject}`)}`;
      const past = await log.read(stream);
      return {
        times: past.map(({ event }) => (event as QuestionAsked).at),
        more: (study, at) => ({
          ...{ stream, expected: past.length, owner: ownerOf(organization) },
          events: [{ type: 'QuestionAsked', study, at }],
        }),
      };
    },
  };
}
