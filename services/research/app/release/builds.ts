import { Failure, WrongVersion } from '../../../../kernel/errors.ts';
import type { Recorded, SealedAppend } from '../../../../kernel/eventstore/sealed.ts';
import { type Build, type BuildCommand, type BuildEvent, build } from '../../domain/build.ts';
import type { ResearchEvent } from '../../domain/event.ts';
import { type Append, ownerOf, type ResearchLog } from '../log.ts';

export const buildStream = (request: string): string => `build/${request}`;
export const requestOfBuild = (stream: string): string | undefined =>
  stream.startsWith('build/') ? stream.slice('build/'.length) : undefined;

/** A build, folded. */
export interface FoldedBuild {
  state: Build;
  version: number;
  /** The study's organisation; empty where nobody has started it. */
  organization: string;
}

export async function foldBuild(log: ResearchLog, request: string): Promise<FoldedBuild> {
  const past = (await log.read(buildStream(request))) as Recorded<BuildEvent>[];
  const state = past.reduce((before, { event }) => build.evolve(before, event), build.initial);
  const owner = past[0]?.owner ?? '';
  return { state, version: past.length, organization: owner.slice(ownerOf('').length) };
}

/**
 * Decides on a build and appends, with what must be appended with it or not at all.
 * @param organization of the study, where the build may be new
 * @throws Failure `conflict` where something else than the build has changed meanwhile
 */
export type ChangeBuild = (
  request: string,
  command: BuildCommand,
  more?: { organization?: string; also?: SealedAppend<ResearchEvent>[] },
) => Promise<Build>;

/** Lost races before a command gives up. */
const attempts = 5;

export function changeBuild(log: ResearchLog, append: Append): ChangeBuild {
  async function attempt(request: string, command: BuildCommand, more: Parameters<ChangeBuild>[2] = {}) {
    const { state, version, organization = more.organization } = await known(request);
    const events = build.decide(command, state);
    if (!organization) throw new Failure('not-found', 'Nobody has started this build.');
    const owner = ownerOf(organization);
    if (events.length > 0)
      await append([{ stream: buildStream(request), expected: version, owner, events }, ...(more.also ?? [])]);
    return events.reduce(build.evolve, state);
  }

  async function known(request: string) {
    const { organization, ...rest } = await foldBuild(log, request);
    return { ...rest, organization: organization || undefined };
  }

  return async (request, command, more) => {
    for (let lost = 1; ; lost += 1) {
      try {
        return await attempt(request, command, more);
      } catch (error) {
        const own = error instanceof WrongVersion && error.stream === buildStream(request);
        if (!own || lost === attempts) throw error;
      }
    }
  };
}
