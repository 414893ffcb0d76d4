import { Failure, WrongVersion } from '../../../kernel/errors.ts';
import type { Recorded, SealedAppend } from '../../../kernel/eventstore/sealed.ts';
import type { ResearchEvent } from '../domain/event.ts';
import type { ReleaseEvent } from '../domain/release.ts';
import { type Existing, type Recall, recall } from '../registry/recall.ts';
import { type Append, ownerOf, type ResearchLog, releaseStream } from './log.ts';

/** A release that left. */
export type KnownRelease = Existing & { id: string };

export interface FoldedRelease {
  state: Recall;
  version: number;
}

export async function foldRelease(log: ResearchLog, id: string): Promise<FoldedRelease> {
  const past = (await log.read(releaseStream(id))) as Recorded<ReleaseEvent>[];
  return {
    state: past.reduce((before, { event }) => recall.evolve(before, event), recall.initial),
    version: past.length,
  };
}

/** Throws Failure `not-found`. */
export async function readRelease(log: ResearchLog, id: string): Promise<KnownRelease> {
  const { state } = await foldRelease(log, id);
  if (state.status === 'none') throw new Failure('not-found', 'There is no such release.');
  return { ...state, id };
}

/** What is decided on a release, and what must be appended with it or not at all. */
export interface ReleasePlan {
  events: ReleaseEvent[];
  also?: SealedAppend<ResearchEvent>[];
}

/** Decides on the release's current state and appends; decided anew where somebody else was first. */
export type ChangeRelease = (
  id: string,
  plan: (state: Recall) => ReleasePlan | Promise<ReleasePlan>,
) => Promise<KnownRelease>;

/** Lost races before a command gives up. */
const attempts = 5;

export function releaseChanges(log: ResearchLog, append: Append): ChangeRelease {
  async function attempt(id: string, plan: Parameters<ChangeRelease>[1]): Promise<KnownRelease> {
    const { state, version } = await foldRelease(log, id);
    const { events, also = [] } = await plan(state);
    const after = events.reduce(recall.evolve, state);
    if (after.status === 'none') throw new Failure('not-found', 'There is no such release.');
    if (events.length > 0)
      await append([
        { stream: releaseStream(id), expected: version, owner: ownerOf(after.organization), events },
        ...also,
      ]);
    return { ...after, id };
  }

  return async (id, plan) => {
    for (let lost = 1; ; lost += 1) {
      try {
        return await attempt(id, plan);
      } catch (error) {
        if (!(error instanceof WrongVersion) || lost === attempts) throw error;
      }
    }
  };
}
