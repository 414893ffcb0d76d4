import { Failure } from '../../../kernel/errors.ts';
import { readDelimited } from '../engine/delimited.ts';
import { type CodeSystem, codeSystemOf } from './systems.ts';

export interface Coding {
  system?: string;
  code?: string;
}

/** A code of a criterion; with `descendants`, every code under it as well. */
export interface Concept {
  system: string;
  code: string;
  descendants?: boolean;
}

/** By code: the codes right above it. */
export type Parents = ReadonlyMap<string, readonly string[]>;

export interface Terminology {
  /**
   * @returns whether a coding of a record is the concept or stands under it
   * @throws Failure `not-supported` for an unknown code system or one without a hierarchy here, `value` for what is no
   *   code of the system
   */
  matcher(concept: Concept): (coding: Coding) => boolean;
}

/** @param parents by URI of the code system: the hierarchies that are not in the codes themselves */
export function terminologyOf(parents: Readonly<Record<string, Parents>> = {}): Terminology {
  const tables = new Map(Object.entries(parents).map(([uri, table]) => [known(uri), table]));
  return {
    matcher({ system: uri, code, descendants = false }) {
      const system = known(uri);
      if (!system.code.test(code)) throw new Failure('value', `"${code}" is no code of ${system.title}.`);
      if (!descendants && block.test(code)) throw new Failure('value', `${code} is a block: ask for its descendants.`);
      const within = descendants
        ? under(system, code, tables.get(system))
        : (other: string) => plain(other) === plain(code);
      return (coding) => system.uris.includes(coding.system ?? '') && within(coding.code ?? '');
    },
  };
}

/**
 * Reads a hierarchy: a line per edge, child and parent, as a terminology server or a release file gives them.
 * @throws Failure `structure` where a line is not two codes
 */
export function readParents(text: string, delimiter = ','): Parents {
  const parents = new Map<string, string[]>();
  for (const [child, parent, ...more] of readDelimited(text, delimiter)) {
    if (!child || !parent || more.length) throw new Failure('structure', 'Every line must be a child and its parent.');
    const above = parents.get(child);
    if (above) above.push(parent);
    else parents.set(child, [parent]);
  }
  return parents;
}

/**
 * Reads a hierarchy in ARX's form: a line per code, the codes above it from left to right, up to one that all share.
 * @throws Failure `structure` where the lines differ in length or have no code above the first
 */
export function readLevels(text: string, delimiter = ';'): Parents {
  const parents = new Map<string, Set<string>>();
  const rows = readDelimited(text, delimiter);
  for (const codes of rows) {
    if (codes.length < 2 || codes.length !== rows[0]!.length)
      throw new Failure('structure', 'Every line must be a code and as many above it as in the other lines.');
    for (const [level, code] of codes.slice(0, -1).entries()) {
      const above = parents.get(code) ?? new Set();
      parents.set(code, above.add(codes[level + 1]!));
    }
  }
  return new Map([...parents].map(([code, above]) => [code, [...above]]));
}

function known(uri: string): CodeSystem {
  const system = codeSystemOf(uri);
  if (!system) throw new Failure('not-supported', `The code system ${uri} is not known here.`);
  return system;
}

function under(system: CodeSystem, code: string, table: Parents | undefined): (code: string) => boolean {
  if (system.hierarchy === 'prefix') return classifiedUnder(code);
  if (table) return (start) => reaches(table, start, code);
  throw new Failure('not-supported', `There is no hierarchy of ${system.title} here: leave out descendants.`);
}

/** A block such as I10-I15 covers its categories, a category the codes that begin with it. */
function classifiedUnder(code: string): (code: string) => boolean {
  const [, first, last] = block.exec(code) ?? [];
  if (!first || !last) return (other) => plain(other).startsWith(plain(code));
  return (other) => {
    const category = other.slice(0, 3);
    return first <= category && category <= last;
  };
}

/** Whether the way up from `start` comes to `goal`. */
function reaches(parents: Parents, start: string, goal: string): boolean {
  const open = [start];
  const seen = new Set(open);
  for (let code = open.pop(); code !== undefined; code = open.pop()) {
    if (code === goal) return true;
    for (const parent of parents.get(code) ?? []) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      open.push(parent);
    }
  }
  return false;
}

const block = /^(\w{3})-(\w{3})$/;

/** Classifications are written with and without their dot. */
const plain = (code: string): string => code.replace('.', '');
