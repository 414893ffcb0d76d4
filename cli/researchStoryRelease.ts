import { Failure } from '../kernel/errors.ts';
import { bodyWith, type Client } from './client.ts';
import { patiently } from './commands/research.ts';
import { cohort, extract, privacy } from './researchStoryStudy.ts';

/** Who plays around a request. */
export interface Staff {
  /** Registers the study, asks, and gets the data. */
  researcher: Client & { name: string; organization: string };
  /** Decides what leaves. */
  steward: Client & { name: string };
}

export interface Asked {
  study: string;
  definition: number;
  /** How many people it is about, as the platform tells it. */
  told: string;
}

export interface BuiltRelease {
  release: string;
  /** What the recipients accept; hash of the study's terms. */
  terms: string;
  /** What was done. */
  steps: string[];
}
/** A build that ended: with a release, or with the reason why there is none. */
export type Outcome = BuiltRelease | { refused: string };

export const post = (client: Client, path: string, member: string, body?: object) =>
  client.call(path, { method: 'POST', ...(body && { body }) }).then((answer) => bodyWith(answer, member));

/** Defines a cohort of the study and asks for its size. @param min age in years */
export async function ask({ researcher }: Staff, study: string, min?: number): Promise<Asked> {
  const path = `/research/studies/${study}/definitions`;
  const content = { criteria: cohort(min), extract, privacy };
  const { definition } = await post(researcher, path, 'definition', content);
  const answer = await patiently(() => post(researcher, `${path}/${definition}/feasibility`, 'questions_left'));
  const { count, margin, fewer_than: few } = answer;
  const told = count === undefined ? `fewer than ${few}` : `about ${count}, give or take ${margin}`;
  return { study, definition, told };
}

/** Requests the rows for named recipients, and has them approved by four eyes. Resolves to the path of the request. */
export async function approved({ researcher, steward }: Staff, asked: Asked, recipients: string[]): Promise<string> {
  const path = `/research/studies/${asked.study}/requests`;
  const { definition } = asked;
  const { id } = await post(researcher, path, 'requester', { definition, recipients });
  const approve = `${path}/${id}/approve`;
  await refused('forbidden', () => researcher.call(approve, { method: 'POST' }));
  await post(steward, approve, 'steward');
  return `${path}/${id}`;
}

interface Build {
  status: 'queued' | 'running' | 'failed' | 'cancelled' | 'sealed';
  steps: string[];
  reason?: string;
  release?: string;
}

/** Has the release of a request made, and waits for the job's end. */
export async function built(researcher: Client, request: string): Promise<Outcome> {
  let build: Build = await post(researcher, `${request}/build`, 'status');
  while (build.status === 'queued' || build.status === 'running') {
    await new Promise((resolve) => setTimeout(resolve, 50));
    build = bodyWith(await researcher.call(`${request}/build`), 'status');
  }
  const { status, release, steps, reason = status } = build;
  if (!release) return { refused: reason };
  const { id, terms } = bodyWith(await researcher.call(`/research/releases/${release}`), 'id', 'terms');
  return { release: id, terms, steps };
}

/** The call must be refused with this code. */
export async function refused(code: Failure['code'], call: () => Promise<unknown>): Promise<void> {
  const answer = await call().catch((error: unknown) => error);
  if (answer instanceof Failure && answer.code === code) return;
  if (answer instanceof Failure) throw answer;
  throw new Failure('exception', 'Something was answered although it must be refused.');
}
