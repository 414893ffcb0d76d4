import type { Actor } from '../../../../kernel/auth/actor.ts';
import type { Clock } from '../../../../kernel/clock.ts';
import { Failure } from '../../../../kernel/errors.ts';
import type { Views } from '../../../../kernel/views/port.ts';
import { requestOf, stewardRole } from '../../domain/request.ts';
import { requireOwn } from '../../domain/researcher.ts';
import { requireSeesWork, researcherOf } from '../caller.ts';
import type { KnownStudy, ResearchLog } from '../log.ts';
import { type ChangeBuild, foldBuild } from './builds.ts';
import type { Runner } from './runner.ts';
import { type KnownBuild, openBuilds } from './views.ts';
import { requireApproved } from './wanted.ts';

/** Builds of releases, as people ask for them. */
export interface Jobs {
  /**
   * Begins the build of an approved request, or goes on with one that failed or was cancelled; again, it changes nothing.
   * @throws Failure `throttled` where too many wait already
   */
  start(actor: Actor, study: string, request: string): Promise<KnownBuild>;
  /** Throws Failure `not-found` where nobody has started it. */
  get(actor: Actor, study: string, request: string): Promise<KnownBuild>;
  cancel(actor: Actor, study: string, request: string): Promise<KnownBuild>;
  /**
   * Nothing is to come of the request any more, by whoever may say so.
   * @returns the release, where it is sealed already
   */
  end(request: string, by: string): Promise<string | undefined>;
}

/** Builds that wait at most. */
const mostWaiting = 20;

export function jobs(parts: {
  log: ResearchLog;
  views: Views;
  study(id: string): Promise<KnownStudy>;
  change: ChangeBuild;
  runner: Pick<Runner, 'wake' | 'cancelled'>;
  clock: Clock;
}): Jobs {
  const { log, views, change, runner, clock } = parts;

  async function requireRoom(request: string): Promise<void> {
    const waiting = await openBuilds(views);
    if (waiting.length < mostWaiting || waiting.some((each) => each.request === request)) return;
    throw new Failure('throttled', 'Too many releases wait to be built; try it later.');
  }

  async function cancelled(request: string, by: string) {
    const state = await change(request, { type: 'cancel', by, at: clock.now() });
    runner.cancelled(request);
    return state;
  }

  return {
    async start(actor, id, request) {
      const by = researcherOf(actor);
      const study = await parts.study(id);
      requireOwn(study, by);
      if (study.status !== 'open') throw new Failure('business-rule', 'The study is closed.');
      requireApproved(requestOf(study, request));
      await requireRoom(request);
      const { organization } = study;
      const command = { type: 'start', study: id, by: by.subject, at: clock.now() } as const;
      const state = await change(request, command, { organization });
      runner.wake();
      return known(state, request);
    },
    async get(actor, id, request) {
      const study = await parts.study(id);
      requireSeesWork(actor, study);
      requestOf(study, request);
      return known((await foldBuild(log, request)).state, request);
    },
    async cancel(actor, id, request) {
      const by = researcherOf(actor);
      const study = await parts.study(id);
      if (by.role !== stewardRole) requireOwn(study, by);
      requestOf(study, request);
      return known(await cancelled(request, by.subject), request);
    },
    async end(request, by) {
      const before = (await foldBuild(log, request)).state;
      if (before.status === 'none') return undefined;
      if (before.status === 'sealed') return before.release;
      await cancelled(request, by).catch(unlessSealed);
      const { state } = await foldBuild(log, request);
      return state.status === 'sealed' ? state.release : undefined;
    },
  };
}

/** It may have been sealed just now. */
function unlessSealed(error: unknown): void {
  if (!(error instanceof Failure && error.code === 'business-rule')) throw error;
}

function known(state: Awaited<ReturnType<typeof foldBuild>>['state'], request: string): KnownBuild {
  if (state.status === 'none') throw new Failure('not-found', 'Nobody has started this build.');
  return { ...state, request };
}
