import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../kernel/errors.ts';
import type { Dictionary } from './dictionary.ts';
import type { PrivacyReport } from './report.ts';
import { leastSupport } from './sets.ts';

/**
 * Counts the classes in a package's data again, with nothing of the anonymiser, and compares them with what the report
 * and the dictionary say. The files are those that were signed.
 * @throws Failure `invalid`
 */
export async function verifyClaims(folder: string): Promise<{ rows: number; k: number }> {
  const [dictionary, report] = await Promise.all([
    readJson<Dictionary>(folder, 'data-dictionary.json'),
    readJson<PrivacyReport>(folder, 'privacy-report.json'),
  ]);
  const quasi = dictionary.columns.filter(({ role }) => role === 'quasi-identifier').map(({ name }) => name);
  const { rows, sizes, members } = await countClasses(
    folder,
    quasi,
    report.sets.map(({ name }) => name),
  );
  const k = sizes.reduce((least, size) => Math.min(least, size), Infinity);
  const claims: [boolean, string][] = [
    [rows === report.rows && rows === dictionary.rows, 'the number of rows'],
    [k === report.reached.k, 'the size of the smallest class'],
    [k >= report.model.k, 'k'],
    [JSON.stringify(histogram(sizes)) === JSON.stringify(report.classSizes), 'the sizes of the classes'],
    ...report.sets.map(({ name, k: least, m, reached }, at): [boolean, string] => {
      const support = leastSupport(members[at]!, m);
      return [support === reached && (support === 0 || support >= least), `k^m of ${name}`];
    }),
  ];
  for (const [holds, what] of claims)
    if (!holds) throw new Failure('invalid', `The data does not bear out its privacy report: ${what}.`);
  return { rows, k };
}

const readJson = async <T>(folder: string, name: string): Promise<T> =>
  JSON.parse(await readFile(join(folder, name), 'utf8')) as T;

/** The sizes of the classes, and by set its members in each row. */
async function countClasses(folder: string, quasi: readonly string[], sets: readonly string[]) {
  const classes = new Map<string, number>();
  const members = sets.map((): string[][] => []);
  let rows = 0;
  for await (const line of linesOf(createReadStream(join(folder, 'data.ndjson'), 'utf8'))) {
    const row = JSON.parse(line) as Record<string, string> & Record<string, string[]>;
    const key = JSON.stringify(quasi.map((name) => row[name]));
    classes.set(key, (classes.get(key) ?? 0) + 1);
    for (const [at, name] of sets.entries()) members[at]!.push(row[name]!);
    rows++;
  }
  return { rows, sizes: [...classes.values()], members };
}

/** Lines that end with a newline, and nothing else: JSON's texts may hold other line separators. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest) throw new Failure('invalid', 'The last line of the data is not whole.');
}

function histogram(sizes: readonly number[]): { size: number; classes: number }[] {
  const bySize = Map.groupBy(sizes, (size) => size);
  return [...bySize].sort(([a], [b]) => a - b).map(([size, same]) => ({ size, classes: same.length }));
}
