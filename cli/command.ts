import { Failure } from '../kernel/errors.ts';

export interface Option {
  type: 'string' | 'boolean';
  short?: string;
  doc: string;
}

export type Values = Record<string, string | boolean | undefined>;

/** What a command gets from `main.ts`; everything it prints goes through `out` and `err`. */
export interface Invocation {
  /** The one argument of a command that `takes` one, else empty. */
  argument: string;
  values: Values;
  out(line: string): void;
  err(line: string): void;
  /** `--json`: the result as one JSON document on `out`, nothing else there. */
  json: boolean;
  /** Base URL of the platform, without a slash at its end. */
  server: string;
}

/** One CLI command: `commands/<name>.ts` exports it as default, and `commands.ts` lists it. */
export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** The arguments, as in "import <bundle or folder>". */
  usage: string;
  /** What its one argument is, as in "a bundle, or a folder of bundles"; absent where it takes none. */
  takes?: string;
  /** The same of one that may be left out. */
  mayTake?: string;
  options: Record<string, Option>;
  /** Resolves to the exit code. A `Failure` thrown here is printed and gives 1, a `Misuse` 2. */
  run(invocation: Invocation): Promise<number>;
}

/** The command line itself is wrong. */
export class Misuse extends Failure {
  constructor(message: string) {
    super('required', message);
    this.name = 'Misuse';
  }
}

/** An option that is a whole number from 1 on. */
export function countOf(values: Values, name: string, otherwise: number): number {
  const value = values[name];
  if (value === undefined) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(String(value))) throw new Misuse(`--${name} must be a whole number from 1 on.`);
  return Number(value);
}
