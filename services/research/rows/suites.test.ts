import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Failure } from '../../../kernel/errors.ts';
import { parseResource } from './resource.ts';
import { readView } from './view.ts';

const folder = new URL('../../../../shared/data/sql-on-fhir/', import.meta.url);

interface Suite {
  resources: unknown[];
  tests: {
    title: string;
    view: unknown;
    expect?: Record<string, unknown>[];
    expectColumns?: string[];
    expectCount?: number;
    expectError?: boolean;
  }[];
}

type Case = Suite['tests'][number];

function run({ view }: Case, resources: ReturnType<typeof parseResource>[]) {
  const { columns, rows } = readView(view);
  const names = columns.map(({ name }) => name);
  const table = resources.flatMap(rows).map((row) => Object.fromEntries(row.map((cell, at) => [names[at]!, cell])));
  return { names, table };
}

/** The order of a table's rows means nothing. */
const sorted = (table: readonly Record<string, unknown>[]) =>
  table.map((row) => JSON.stringify(Object.entries(row).sort())).sort();

function check(example: Case, resources: ReturnType<typeof parseResource>[]): void {
  if (example.expectError) return void assert.throws(() => run(example, resources), Failure);
  const { names, table } = run(example, resources);
  if (example.expectColumns) assert.deepEqual(names, example.expectColumns);
  if (example.expectCount !== undefined) assert.equal(table.length, example.expectCount);
  if (example.expect) assert.deepEqual(sorted(table), sorted(example.expect));
}

/** The suite's resources keep their decimals only where each is parsed from its own text. */
function readSuite(file: string): { suite: Suite; resources: ReturnType<typeof parseResource>[] } {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const precise = parseResource(text) as unknown as Suite;
  return { suite: JSON.parse(text), resources: precise.resources as ReturnType<typeof parseResource>[] };
}

test('all suites of SQL-on-FHIR v2', async (t) => {
  if (!existsSync(folder)) {
    t.diagnostic('NOT RUN: the SQL-on-FHIR suites');
    return t.skip('NOT RUN: the SQL-on-FHIR suites are not there');
  }
  let [passed, total] = [0, 0];
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.json') && name !== 'manifest.json')
    .sort()) {
    const { suite, resources } = readSuite(file);
    for (const example of suite.tests) {
      total++;
      await t.test(`${file}: ${example.title}`, () => {
        check(example, resources);
        passed++;
      });
    }
  }
  t.diagnostic(`SQL-on-FHIR v2: ${passed} of ${total} passed`);
});
