export interface Option {
  type: 'string' | 'boolean';
  short?: string;
  doc: string;
}

/** What a command gets from `main.ts`; everything it prints goes through `out` and `err`. */
export interface Invocation {
  args: string[];
  values: Record<string, string | boolean | undefined>;
  out(line: string): void;
  err(line: string): void;
  /** `--json`: the result as one JSON document on `out`, nothing else there. */
  json: boolean;
  /** Base URL of the platform, without a slash at its end. */
  server: string;
}

/** One CLI command: `commands/<name>.ts` exports it as default, and `main.ts` lists it. */
export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** The arguments, as in "import <bundle or folder>". */
  usage: string;
  options: Record<string, Option>;
  /** Resolves to the exit code. A `Failure` thrown here is printed and gives 1. */
  run(invocation: Invocation): Promise<number>;
}
