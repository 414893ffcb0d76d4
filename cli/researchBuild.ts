import { setTimeout as pause } from 'node:timers/promises';
import { bodyWith, type Client } from './client.ts';
import { progressBar } from './progress.ts';
import { type Action, type Outcome, post, requestPath } from './researchDoors.ts';

/** The making of a release, as the platform tells of it. */
export interface Build {
  status: 'queued' | 'running' | 'failed' | 'cancelled' | 'sealed';
  step?: string;
  steps: string[];
  reason?: string;
  release?: string;
}

const start: Action = async (client, values, about) => {
  const begun: Build = await post(client, `${requestPath(values)}/build`, 'status');
  return values.follow ? outcome(await follow(client, requestPath(values), begun, about.quiet)) : outcome(begun);
};

/** build and resume are one: what failed or was cancelled goes on, what is done stays so. */
export const buildActions: Record<string, Action> = {
  build: start,
  resume: start,
  async job(client, values, { quiet }) {
    const now = await read(client, requestPath(values));
    return outcome(values.follow ? await follow(client, requestPath(values), now, quiet) : now);
  },
  cancel: async (client, values) => outcome(await post(client, `${requestPath(values)}/build/cancel`, 'status')),
};

const read = async (client: Client, request: string): Promise<Build> =>
  bodyWith(await client.call(`${request}/build`), 'status', 'steps');

const often = 500;

async function follow(client: Client, request: string, begun: Build, quiet: boolean): Promise<Build> {
  const bar = progressBar(begun.steps.length, '{bar} {value} of {total} steps', quiet);
  const done = ({ status, step = '', steps }: Build) => (status === 'sealed' ? steps.length : steps.indexOf(step));
  let build = begun;
  try {
    for (let shown = 0; ; shown = Math.max(shown, done(build))) {
      bar.advance(Math.max(0, done(build) - shown));
      if (build.status !== 'queued' && build.status !== 'running') return build;
      await pause(often);
      build = await read(client, request);
    }
  } finally {
    bar.stop();
  }
}

function outcome(build: Build): Outcome {
  const { status, step, steps, reason, release } = build;
  const at = step ? `, step ${steps.indexOf(step) + 1} of ${steps.length}: ${step}` : '';
  const line = release ? `sealed: release ${release}` : `${status}${at}${reason ? `. ${reason}` : ''}`;
  return { result: build, lines: [line], ...(status === 'failed' && { code: 1 }) };
}
