import { Failure, type Issue } from './errors.ts';

/** One variable of the environment. */
export type Variable =
  | { type: 'port' | 'integer' | 'milliseconds'; default: number; doc: string }
  | { type: 'string'; default: string; doc: string }
  | { type: 'flag'; default: boolean; doc: string };

export type Section = Readonly<Record<string, Variable>>;

type Value<V extends Variable> = V['type'] extends 'string' ? string : V['type'] extends 'flag' ? boolean : number;

/** What a section reads to. */
export type Config<S extends Section> = { readonly [K in keyof S]: Value<S[K]> };

/**
 * Reads a section's variables from the environment: set and well-formed, or the default. Frozen.
 * @throws Failure `invalid` with one issue for each variable that is not well-formed
 */
export function readConfig<S extends Section>(env: NodeJS.ProcessEnv, section: S): Config<S> {
  const issues: Issue[] = [];
  const entries = Object.entries(section).map(([name, variable]) => {
    const text = env[name];
    const value = text === undefined || text === '' ? variable.default : parse(variable.type, text);
    if (value === undefined)
      issues.push({ code: 'value', diagnostics: `${name}: "${text}" is not a ${variable.type}` });
    return [name, value];
  });
  if (issues.length > 0) {
    throw new Failure('invalid', issues.map(({ diagnostics }) => diagnostics).join('; '), { issues });
  }
  return Object.freeze(Object.fromEntries(entries)) as Config<S>;
}

function parse(type: Variable['type'], text: string): string | number | boolean | undefined {
  if (type === 'string') return text;
  if (type === 'flag') return { true: true, '1': true, false: false, '0': false }[text.toLowerCase()];
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) && (type !== 'port' || number <= 65535) ? number : undefined;
}

/** The variables of several sections as a table for people. */
export function configHelp(sections: readonly Section[]): string {
  const width = Math.max(0, ...sections.flatMap(Object.keys).map(({ length }) => length));
  const lines = sections.flatMap((section) =>
    Object.entries(section).map(([name, variable]) => {
      const given = variable.default === '' ? '' : ` (default ${variable.default})`;
      return `  ${name.padEnd(width)} ${variable.doc}${given}`;
    }),
  );
  return lines.join('\n');
}
