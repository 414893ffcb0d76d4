import { parquetWriteBuffer } from 'hyparquet-writer';
import { Failure } from '../../../kernel/errors.ts';
import type { Cell, Published, PublishedColumn } from './published.ts';

/** What stands between the members of a set in a field of CSV. */
export const setSeparator = '|';

/**
 * CSV as RFC 4180 has it, UTF-8, with a header; a set is one field.
 * @throws Failure `not-supported` where a member of a set contains the separator
 */
export function csvOf({ columns, rows }: Published): Uint8Array {
  const lines = [columns.map(({ name }) => name), ...rows].map((row) => row.map(fieldOf).join(','));
  return Buffer.from(`${lines.join('\r\n')}\r\n`);
}

function fieldOf(cell: Cell): string {
  if (typeof cell !== 'string' && cell.some((member) => member.includes(setSeparator)))
    throw new Failure('not-supported', `A published group has "${setSeparator}" in its name, which separates them.`);
  const text = typeof cell === 'string' ? cell : cell.join(setSeparator);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A JSON object per line; a set is an array. */
export function ndjsonOf({ columns, rows }: Published): Uint8Array {
  const names = columns.map(({ name }) => `${JSON.stringify(name)}:`);
  const lines = rows.map((row) => `{${row.map((cell, at) => names[at] + JSON.stringify(cell)).join(',')}}\n`);
  return Buffer.from(lines.join(''));
}

type Schema = NonNullable<Parameters<typeof parquetWriteBuffer>[0]['schema']>;

/** Apache Parquet: every column a required string, or a required list of such. Equal tables give equal bytes. */
export function parquetOf({ columns, rows }: Published): Uint8Array {
  const schema: Schema = [{ name: 'release', num_children: columns.length }, ...columns.flatMap(elementsOf)];
  const columnData = columns.map(({ name }, at) => ({ name, data: rows.map((row) => row[at]!) as string[] }));
  return new Uint8Array(parquetWriteBuffer({ columnData, schema, createdBy: 'healthchain', rowGroupSize: 100_000 }));
}

function elementsOf({ name, role }: PublishedColumn): Schema {
  const text = {
    type: 'BYTE_ARRAY',
    converted_type: 'UTF8',
    logical_type: { type: 'STRING' },
    repetition_type: 'REQUIRED',
  } as const;
  if (role !== 'set') return [{ name, ...text }];
  return [
    { name, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', ...text },
  ];
}
