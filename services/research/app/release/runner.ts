import type { Logger } from 'pino';
import type { Clock } from '../../../../kernel/clock.ts';
import { asFailure, Failure } from '../../../../kernel/errors.ts';
import type { SealedAppend } from '../../../../kernel/eventstore/sealed.ts';
import type { Lease } from '../../../../kernel/lease.ts';
import type { BuildCommand } from '../../domain/build.ts';
import type { ResearchEvent } from '../../domain/event.ts';
import type { ResearchLog } from '../log.ts';
import { type ChangeBuild, foldBuild } from './builds.ts';
import type { Job } from './registering.ts';
import { Discarded } from './sealing.ts';

/** Works on builds, one after the other. */
export interface Runner {
  start(): void;
  /** There is a new one. */
  wake(): void;
  /** A build was cancelled: the work on it ends, if it is done here. */
  cancelled(request: string): void;
  /** Puts back what it works on, for whoever is next. */
  stop(): Promise<void>;
}

interface Parts {
  log: ResearchLog;
  /** Requests whose builds are open, the oldest first. */
  open(): Promise<string[]>;
  change: ChangeBuild;
  /** @param release that is registered already, so that only the rest is to be done */
  make(job: Job, study: string, release: string | undefined): Promise<void>;
  lease: Pick<Lease, 'held'>;
  /** This process, unlike all others. */
  runner: string;
  clock: Clock;
  logger: Logger;
}

/** Looks again after so many milliseconds. */
const idle = 1000;

type Working = Extract<BuildCommand, { runner: string }>;
/** What a runner says of a build, but for who and when. */
type Said = { [T in Working['type']]: Omit<Extract<Working, { type: T }>, 'runner' | 'at'> }[Working['type']];

/** Why the work on a build ends before it is done. */
type End = 'stopped' | 'cancelled';

export function buildRunner(parts: Parts): Runner {
  const { log, change, lease, runner, clock, logger } = parts;
  let working: { request: string; ending: AbortController } | undefined;
  let running = Promise.resolve();
  let stopped = false;
  let awake = (): void => {};

  const sleep = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, idle).unref();
      awake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  function jobOf(request: string, signal: AbortSignal, draft?: string): Job {
    const say = async (said: Said, also: SealedAppend<ResearchEvent>[] = []) => {
      signal.throwIfAborted();
      await change(request, { ...said, runner, at: clock.now() }, { also });
    };
    return {
      ...{ request, signal, ...(draft && { draft }) },
      step: (step, made) => say({ type: 'progress', step, ...(made && { draft: made }) }),
      register: (release, also) => say({ type: 'register', release }, also),
      seal: (also) => say({ type: 'seal' }, also),
    };
  }

  async function work(request: string): Promise<void> {
    const ending = new AbortController();
    working = { request, ending };
    try {
      await change(request, { type: 'claim', runner, at: clock.now() });
      const { state } = await foldBuild(log, request);
      if (state.status !== 'running') return;
      await parts.make(jobOf(request, ending.signal, state.draft), state.study, state.release);
    } catch (error) {
      await ended(request, error, ending.signal);
    } finally {
      working = undefined;
    }
  }

  async function ended(request: string, error: unknown, { aborted, reason }: AbortSignal): Promise<void> {
    const at = clock.now();
    if (aborted && (reason as End) === 'cancelled') return;
    if (aborted) return void (await change(request, { type: 'yield', runner, at }));
    logger.warn({ err: error, request }, 'a release could not be built');
    const { code, message } = asFailure(error);
    const discarded = error instanceof Discarded;
    await change(request, { type: 'fail', runner, code, reason: message, discarded, at });
  }

  async function run(): Promise<void> {
    while (!stopped) {
      const slept = sleep();
      const [next] = lease.held() ? await parts.open().catch(() => []) : [];
      if (!next) await slept;
      else await work(next).catch((error) => lost(error, slept));
    }
  }

  /** Somebody else's by now, or the store is away. */
  async function lost(error: unknown, slept: Promise<void>): Promise<void> {
    const expected = error instanceof Failure && error.code === 'conflict';
    logger.warn({ err: error }, expected ? 'the build is somebody else’s by now' : 'the build is not told of yet');
    await slept;
  }

  const end = (why: End) => working?.ending.abort(why);

  return {
    start() {
      running = run();
    },
    wake: () => awake(),
    cancelled(request) {
      if (working?.request === request) end('cancelled');
    },
    async stop() {
      stopped = true;
      awake();
      end('stopped');
      await running;
    },
  };
}
