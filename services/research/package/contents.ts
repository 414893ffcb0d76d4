import type { Table } from '../engine/table.ts';
import { dictionaryOf } from './dictionary.ts';
import { htmlOf } from './html.ts';
import type { Contents } from './manifest.ts';
import { type Anonymised, publish } from './published.ts';
import { reportOf } from './report.ts';
import { refuseUnmet } from './rules.ts';
import type { SuppressionNotes } from './suppressed.ts';
import { csvOf, ndjsonOf, parquetOf } from './tables.ts';

/** What a package says in words. */
export interface Wording {
  title: string;
  /** By column name. */
  descriptions: Readonly<Record<string, string>>;
}

/**
 * All files of a release but its manifest, if its rows reach what was asked. Pure: equal arguments give equal bytes.
 * @param population for the journalist's risk
 * @throws Failure as `publish`, `reportOf`, `refuseUnmet` and `csvOf` do
 */
export function contentsOf(
  anonymised: Anonymised,
  notes: SuppressionNotes,
  { title, descriptions }: Wording,
  population?: Table,
): Contents {
  const published = publish(anonymised);
  const report = reportOf(anonymised, notes, population);
  refuseUnmet(report);
  return {
    'data.csv': csvOf(published),
    'data.ndjson': ndjsonOf(published),
    'data.parquet': parquetOf(published),
    'data-dictionary.json': json(dictionaryOf(published, descriptions)),
    'privacy-report.json': json(report),
    'privacy-report.html': htmlOf(title, report),
  };
}

const json = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
