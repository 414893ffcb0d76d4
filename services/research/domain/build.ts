import { Failure, type FailureCode } from '../../../kernel/errors.ts';

/** What a build does, one after the other. From `anchor` on the release stands in the registry and is not made anew. */
export const buildSteps = ['extraction', 'anonymisation', 'registry', 'package', 'anchor', 'sealing'] as const;
export type BuildStep = (typeof buildSteps)[number];

/** All times are milliseconds since the epoch; `by` is a person's id. Somebody wants the release of an approved request, or wants it again. */
export interface BuildStarted {
  type: 'BuildStarted';
  study: string;
  by: string;
  at: number;
}
/** A process has taken it up: from here on no other one's word counts. */
export interface BuildClaimed {
  type: 'BuildClaimed';
  runner: string;
  at: number;
}
export interface BuildProgressed {
  type: 'BuildProgressed';
  step: BuildStep;
  /** What is about to be kept of a release that is not registered: to be destroyed where it never is. */
  draft?: string;
  at: number;
}
/** The release stands in the registry; its content does not change any more. */
export interface BuildRegistered {
  type: 'BuildRegistered';
  release: string;
  at: number;
}
/** It was put back by the process that held it, to be taken up again. */
export interface BuildYielded {
  type: 'BuildYielded';
  at: number;
}
export interface BuildFailed {
  type: 'BuildFailed';
  study: string;
  by: string;
  step?: BuildStep;
  code: FailureCode;
  /** Public text: no number of people in it. */
  reason: string;
  /** Whether what was registered is given up: the next attempt begins anew. */
  discarded: boolean;
  at: number;
}
export interface BuildCancelled {
  type: 'BuildCancelled';
  study: string;
  by: string;
  at: number;
}
/** The package is whole, anchored and signed. */
export interface ReleaseSealed {
  type: 'ReleaseSealed';
  release: string;
  study: string;
  by: string;
  at: number;
}
/** On stream `build/<request>`. */
export type BuildEvent =
  | BuildStarted
  | BuildClaimed
  | BuildProgressed
  | BuildRegistered
  | BuildYielded
  | BuildFailed
  | BuildCancelled
  | ReleaseSealed;

export type BuildCommand =
  | { type: 'start'; study: string; by: string; at: number }
  | { type: 'claim'; runner: string; at: number }
  | { type: 'progress'; runner: string; step: BuildStep; draft?: string; at: number }
  | { type: 'register'; runner: string; release: string; at: number }
  | { type: 'yield'; runner: string; at: number }
  | { type: 'fail'; runner: string; code: FailureCode; reason: string; discarded?: boolean; at: number }
  | { type: 'cancel'; by: string; at: number }
  | { type: 'seal'; runner: string; at: number };

export interface Job {
  study: string;
  /** Who started it last, and when it was first started. */
  by: string;
  startedAt: number;
  step?: BuildStep;
  /** The release that is registered, once there is one; until then what was kept of one last. */
  release?: string;
  draft?: string;
}
export type Build =
  | { status: 'none' }
  | ({ status: 'queued' } & Job)
  | ({ status: 'running'; runner: string } & Job)
  | ({ status: 'failed'; code: FailureCode; reason: string } & Job)
  | ({ status: 'cancelled' } & Job)
  | ({ status: 'sealed'; release: string; sealedAt: number } & Job);

/** The making of a release: one job for each approved request, which one process works on. */
export const build = { initial: { status: 'none' } as Build, decide, evolve };

function decide(command: BuildCommand, state: Build): BuildEvent[] {
  if (command.type === 'start') return start(command, state);
  if (state.status === 'none') throw new Failure('not-found', 'Nobody has started this build.');
  switch (command.type) {
    case 'claim':
      return claim(command, state);
    case 'cancel':
      return cancel(command, state);
    default:
      return work(command, held(state, command));
  }
}

type Existing = Exclude<Build, { status: 'none' }>;
type Running = Extract<Build, { status: 'running' }>;
type Command<T extends BuildCommand['type']> = Extract<BuildCommand, { type: T }>;

/** The same command twice is the same job; one that failed or was cancelled goes on. */
function start({ study, by, at }: Command<'start'>, { status }: Build): BuildEvent[] {
  return status === 'none' || status === 'failed' || status === 'cancelled'
    ? [{ type: 'BuildStarted', study, by, at }]
    : [];
}

/** Also of a build that another process held: it is known to be gone. */
function claim({ runner, at }: Command<'claim'>, { status }: Existing): BuildEvent[] {
  if (!isOpen(status)) throw new Failure('conflict', `The build is ${status}.`);
  return [{ type: 'BuildClaimed', runner, at }];
}

/** Whether there is something left to do. */
export const isOpen = (status: Build['status']): boolean => status === 'queued' || status === 'running';

function cancel({ by, at }: Command<'cancel'>, { status, study }: Existing): BuildEvent[] {
  if (status === 'cancelled') return [];
  if (status === 'sealed') throw new Failure('business-rule', 'The release is sealed already.');
  return [{ type: 'BuildCancelled', study, by, at }];
}

/** Throws Failure `conflict` for whoever does not hold the build any more. */
function held(state: Existing, { runner }: { runner: string }): Running {
  if (state.status === 'running' && state.runner === runner) return state;
  throw new Failure(
    'conflict',
    state.status === 'cancelled' ? 'The build was cancelled.' : 'Another process builds it.',
  );
}

type Work = Command<'progress' | 'register' | 'yield' | 'fail' | 'seal'>;

function work(command: Work, { step, release, study, by }: Running): BuildEvent[] {
  const { at } = command;
  switch (command.type) {
    case 'progress': {
      const { step: next, draft } = command;
      return [{ type: 'BuildProgressed', step: next, ...(draft && { draft }), at }];
    }
    case 'register':
      return [{ type: 'BuildRegistered', release: command.release, at }];
    case 'yield':
      return [{ type: 'BuildYielded', at }];
    case 'fail': {
      const { code, reason, discarded = false } = command;
      return [{ type: 'BuildFailed', study, by, ...(step && { step }), code, reason, discarded, at }];
    }
    case 'seal':
      if (!release) throw new Failure('business-rule', 'Nothing is registered that could be sealed.');
      return [{ type: 'ReleaseSealed', release, study, by, at }];
    default:
      return command satisfies never;
  }
}

function evolve(state: Build, event: BuildEvent): Build {
  if (event.type === 'BuildStarted') {
    const { study, by, at } = event;
    if (state.status === 'none') return { status: 'queued', study, by, startedAt: at };
    const { startedAt, release, draft } = state;
    return { status: 'queued', study, by, startedAt, ...(release && { release }), ...(draft && { draft }) };
  }
  if (state.status === 'none') return state;
  const { study, by, startedAt, step, release, draft } = state;
  const kept = { ...(release && { release }), ...(draft && { draft }) };
  const job: Job = { study, by, startedAt, ...(step && { step }), ...kept };
  switch (event.type) {
    case 'BuildClaimed':
      return { ...job, status: 'running', runner: event.runner };
    case 'BuildProgressed':
      return { ...state, step: event.step, ...(event.draft && { draft: event.draft }) };
    case 'BuildRegistered':
      return registered(state, event);
    case 'BuildYielded':
      return { ...job, status: 'queued' };
    case 'BuildFailed':
      return { ...failed(job, event), status: 'failed', code: event.code, reason: event.reason };
    case 'BuildCancelled':
      return { ...job, status: 'cancelled' };
    case 'ReleaseSealed':
      return { ...job, status: 'sealed', release: event.release, sealedAt: event.at };
    default:
      return event satisfies never;
  }
}

function registered({ draft: _, ...state }: Existing, { release }: BuildRegistered): Build {
  return { ...state, release } as Build;
}

function failed({ release, ...job }: Job, { discarded }: BuildFailed): Job {
  return discarded || !release ? job : { ...job, release };
}
