import { bodyWith, type Client } from './client.ts';
import { Misuse, type Values } from './command.ts';

/** What came of an action of the command `research`. */
export interface Outcome {
  result: unknown;
  lines: string[];
  /** Exit code; 0 where it is left out. */
  code?: number;
}
/** @param about `quiet`: no progress on the terminal */
export type Action = (client: Client, values: Values, about: { quiet: boolean; server: string }) => Promise<Outcome>;

/** @param member that the answer must have */
export const post = (client: Client, path: string, member: string, body?: object) =>
  client.call(path, { method: 'POST', ...(body && { body }) }).then((answer) => bodyWith(answer, member));

export const studyPath = (values: Values): string => `/research/studies/${encodeURIComponent(given(values, 'study'))}`;
export const requestPath = (values: Values): string =>
  `${studyPath(values)}/requests/${encodeURIComponent(given(values, 'request'))}`;

export function given(values: Values, name: string): string {
  if (values[name]) return String(values[name]);
  throw new Misuse(`Say which: --${name}.`);
}
