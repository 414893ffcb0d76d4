import { Failure } from '../kernel/errors.ts';
import type { Client } from './client.ts';
import { patiently } from './commands/research.ts';
import { type Build, buildActions } from './researchBuild.ts';
import { post } from './researchDoors.ts';
import { cohort, extract, privacy } from './researchStoryStudy.ts';

/** Who plays around a request. */
export interface Staff {
  server: string;
  /** No progress on the terminal. */
  quiet: boolean;
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

/** A build that ended: with a release, or with the reason why there is none. */
export type Outcome = { release: string; steps: string[] } | { refused: string };

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

/** Requests the rows for named recipients, has them approved by four eyes and the release made; waits for its end. */
export async function made(cast: Staff, { study, definition }: Asked, recipients: string[]): Promise<Outcome> {
  const { researcher, steward, server, quiet } = cast;
  const path = `/research/studies/${study}/requests`;
  const { id: request } = await post(researcher, path, 'requester', { definition, recipients });
  const approve = `${path}/${request}/approve`;
  await refused('forbidden', () => researcher.call(approve, { method: 'POST' }));
  await post(steward, approve, 'steward');
  const { result } = await buildActions.build!(researcher, { study, request, follow: true }, { server, quiet });
  const { release, steps, status, reason = status } = result as Build;
  return release ? { release, steps } : { refused: reason };
}

/** The call must be refused with this code. */
export async function refused(code: Failure['code'], call: () => Promise<unknown>): Promise<void> {
  const answer = await call().catch((error: unknown) => error);
  if (answer instanceof Failure && answer.code === code) return;
  if (answer instanceof Failure) throw answer;
  throw new Failure('exception', 'Something was answered although it must be refused.');
}
