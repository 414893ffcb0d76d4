import fc from 'fast-check';
import type { Hierarchy } from '../hierarchy.ts';
import { hierarchyOf } from '../hierarchy.ts';
import type { Model, Sensitive } from '../model.ts';
import { publishedText, type Recoding } from '../recoding.ts';
import { type Table, tableOf } from '../table.ts';

/**
 * A second implementation for the tests: it knows texts only, follows the definitions word for word and is slow. It
 * shares nothing with the engine but the types of its input.
 */
export interface Plain {
  header: string[];
  records: string[][];
  /** By column: a line per value, the value and its generalisations. */
  lines: Record<string, string[][]>;
}

export const tableOfPlain = ({ header, records, lines }: Plain): Table =>
  tableOf(header, records, Object.fromEntries(header.map((name) => [name, hierarchyOf(name, lines[name]!)])));

/** A random hierarchy of two or three levels; its groups are named by column, so that a text says what it covers. */
const linesOf = (name: string, fewest: number) =>
  fc.array(fc.nat(2), { minLength: fewest, maxLength: 6 }).chain((groups) =>
    fc.boolean().map((grouped) =>
      groups.map((group, index) => {
        const value = `${name}${index}`;
        return grouped ? [value, `${name}-group${group}`, '*'] : [value, '*'];
      }),
    ),
  );

/** Random tables of some quasi-identifiers a, b, … and a sensitive column s. */
const tablesOf = (width: number, fewestValues: number, rows: { minLength: number; maxLength: number }) => {
  const header = [...'abcd'.slice(0, width), 's'];
  return fc.tuple(...header.map((name) => linesOf(name, fewestValues))).chain((hierarchies): fc.Arbitrary<Plain> => {
    const record = fc.tuple(...hierarchies.map((lines) => fc.constantFrom(...lines.map(([value]) => value!))));
    const lines = Object.fromEntries(header.map((name, index) => [name, hierarchies[index]!]));
    return fc.array(record, rows).map((records) => ({ header, records, lines }));
  });
};

export const plainTables = fc
  .integer({ min: 2, max: 4 })
  .chain((width) => tablesOf(width, 1, { minLength: 1, maxLength: 24 }));

/** Large enough for the search of a lattice to leave points out. */
export const largerTables = tablesOf(4, 4, { minLength: 30, maxLength: 60 });

/** Random models for such tables; many of them cannot be met. */
export const sensitives: fc.Arbitrary<Sensitive | undefined> = fc.oneof(
  fc.constant(undefined),
  fc
    .record({ kind: fc.constantFrom('distinct' as const, 'entropy' as const), l: fc.integer({ min: 1, max: 3 }) })
    .map((diversity) => ({ column: 's', diversity })),
  fc.integer({ min: 1, max: 3 }).map((l) => ({ column: 's', diversity: { kind: 'recursive' as const, l, c: 2 } })),
  fc
    .record({ t: fc.constantFrom(0, 0.1, 0.25, 0.5), distance: fc.constantFrom('equal' as const, 'ordered' as const) })
    .map((closeness) => ({ column: 's', closeness })),
);

/** Whether a class of sensitive texts meets the model, among all texts of the table. */
export function plainMet(
  model: Model,
  order: readonly string[],
  all: readonly string[],
  some: readonly string[],
): boolean {
  const { k, sensitive } = model;
  if (some.length < k) return false;
  const shareOf = (texts: readonly string[], value: string) =>
    texts.filter((each) => each === value).length / texts.length;
  const shares = order.map((value) => shareOf(some, value));
  const { diversity, closeness } = sensitive ?? {};
  if (diversity?.kind === 'distinct' && new Set(some).size < diversity.l) return false;
  if (diversity?.kind === 'entropy' && 2 ** shannon(shares) < diversity.l - 1e-6) return false;
  if (diversity?.kind === 'recursive') {
    const counts = order.map((value) => some.filter((each) => each === value).length).sort((a, b) => b - a);
    if (counts[0]! >= diversity.c * counts.slice(diversity.l - 1).reduce((sum, count) => sum + count, 0)) return false;
  }
  if (!closeness) return true;
  const differences = order.map((value, index) => shares[index]! - shareOf(all, value));
  return moved(differences, closeness.distance) <= closeness.t + 1e-6;
}

const shannon = (shares: readonly number[]) =>
  shares.reduce((sum, share) => (share > 0 ? sum + share * Math.log2(1 / share) : sum), 0);

/** The earth mover's distance by its definition: what has to be carried, and how far. */
function moved(differences: readonly number[], distance: 'equal' | 'ordered'): number {
  if (distance === 'equal') return differences.filter((each) => each > 0).reduce((sum, each) => sum + each, 0);
  const prefixes = differences.map((_, index) => differences.slice(0, index + 1).reduce((sum, each) => sum + each, 0));
  return prefixes.reduce((sum, each) => sum + Math.abs(each), 0) / Math.max(1, differences.length - 1);
}

/** Sensitive texts that occur, in the order of their hierarchy. */
export function plainOrder({ header, records }: Plain, hierarchy: Hierarchy): string[] {
  const index = header.indexOf('s');
  const present = new Set(records.map((record) => record[index]!));
  return hierarchy.labels.slice(0, hierarchy.leaves).filter((label) => present.has(label));
}

/** Leaves under a text of a column: those whose line has it. */
export const leavesUnder = ({ lines }: Plain, name: string, text: string) =>
  lines[name]!.filter((line) => line.includes(text)).map((line) => line[0]!);

/** NCP of published records by its definition; a record that is undefined was suppressed. */
export function plainNcp(plain: Plain, names: readonly string[], published: readonly (string[] | undefined)[]): number {
  const cells = published.flatMap((record) =>
    names.map((name, index) => {
      const leaves = plain.lines[name]!.length;
      if (leaves === 1) return 0;
      return record ? (leavesUnder(plain, name, record[index]!).length - 1) / (leaves - 1) : 1;
    }),
  );
  return cells.reduce((sum, cell) => sum + cell, 0) / cells.length;
}

/** By row: the published texts of the quasi-identifiers, or undefined where it was suppressed. */
export function publishedOf(recoding: Recoding): (string[] | undefined)[] {
  return Array.from(recoding.classOf, (id) =>
    id < 0 ? undefined : recoding.quasi.map((_, index) => publishedText(recoding, id, index)),
  );
}

/** Rows with the same published texts. */
export function plainClasses(published: readonly (string[] | undefined)[]): number[][] {
  const rows = published.flatMap((record, row) => (record ? [{ row, key: record.join('|') }] : []));
  return Array.from(Map.groupBy(rows, ({ key }) => key).values(), (group) => group.map(({ row }) => row));
}

/** The least NCP of all full-domain generalisations, by trying all; undefined where none is allowed. */
export function plainOptimum(plain: Plain, model: Model, order: string[], mostSuppressed: number): number | undefined {
  const names = model.quasiIdentifiers;
  const sensitive = plain.records.map((record) => record[plain.header.indexOf('s')]!);
  let points: number[][] = [[]];
  for (const name of names)
    points = points.flatMap((point) => plain.lines[name]![0]!.map((_, level) => [...point, level]));
  const costs = points.flatMap((point) => {
    const published: (string[] | undefined)[] = plain.records.map((record) =>
      names.map((name, index) => {
        const value = record[plain.header.indexOf(name)]!;
        return plain.lines[name]!.find((line) => line[0] === value)![point[index]!]!;
      }),
    );
    suppress(model, order, sensitive, published);
    const suppressed = published.filter((record) => !record).length;
    return suppressed <= mostSuppressed * plain.records.length + 1e-9 ? [plainNcp(plain, names, published)] : [];
  });
  return costs.length ? Math.min(...costs) : undefined;
}

/** Drops the classes that do not meet the model among what is left, again and again, until all do. */
function suppress(
  model: Model,
  order: readonly string[],
  sensitive: readonly string[],
  published: (string[] | undefined)[],
): void {
  for (let dropped = true; dropped; ) {
    dropped = false;
    const left = sensitive.filter((_, row) => published[row]);
    for (const rows of plainClasses(published)) {
      const some = rows.map((row) => sensitive[row]!);
      if (plainMet(model, order, left, some)) continue;
      for (const row of rows) published[row] = undefined;
      dropped = true;
    }
  }
}
