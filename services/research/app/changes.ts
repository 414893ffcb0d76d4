import { Failure, WrongVersion } from '../../../kernel/errors.ts';
import type { SealedAppend } from '../../../kernel/eventstore/sealed.ts';
import type { ResearchEvent } from '../domain/event.ts';
import { type Study, type StudyEvent, study } from '../domain/study.ts';
import { type Append, foldStudy, type KnownStudy, ownerOf, type ResearchLog, studyStream } from './log.ts';

/** What is decided on a study, and what must be appended with it or not at all. */
export interface Plan {
  events: StudyEvent[];
  also?: SealedAppend<ResearchEvent>[];
}

/**
 * Decides on the study's current state and appends; decided anew where somebody else was first.
 * @param organization whose key seals a new study; left out: it is there already
 * @throws Failure `not-found` where there is no such study
 */
export type Change = (
  id: string,
  plan: (state: Study) => Plan | Promise<Plan>,
  organization?: string,
) => Promise<KnownStudy>;

/** Lost races before a command gives up. */
const attempts = 5;

export function changes(log: ResearchLog, append: Append): Change {
  async function attempt(id: string, plan: Parameters<Change>[1], organization?: string): Promise<KnownStudy> {
    const { state, version } = await foldStudy(log, id);
    const { events, also = [] } = await plan(state);
    const owner = organization ?? (state.status === 'none' ? undefined : state.organization);
    const after = events.reduce(study.evolve, state);
    if (after.status === 'none' || !owner) throw new Failure('not-found', 'There is no such study.');
    if (events.length > 0)
      await append([{ stream: studyStream(id), expected: version, owner: ownerOf(owner), events }, ...also]);
    return { ...after, id };
  }

  return async (id, plan, organization) => {
    for (let lost = 1; ; lost += 1) {
      try {
        return await attempt(id, plan, organization);
      } catch (error) {
        if (!(error instanceof WrongVersion) || lost === attempts) throw error;
      }
    }
  };
}
