import type { Published, PublishedColumn } from './published.ts';
import { setSeparator } from './tables.ts';

/** What a column holds, for who has the files and nothing else. */
export interface ColumnEntry {
  name: string;
  role: PublishedColumn['role'];
  type: 'string' | 'set of strings';
  description: string;
  /** In CSV, between the members of a set. */
  separator?: string;
  /** The published values, in the order of their hierarchy; left out where there are too many to read. */
  values?: string[];
  distinctValues: number;
}

export interface Dictionary {
  rows: number;
  columns: ColumnEntry[];
}

const mostValues = 200;

/** @param descriptions by column name */
export function dictionaryOf({ columns, rows }: Published, descriptions: Readonly<Record<string, string>>): Dictionary {
  return {
    rows: rows.length,
    columns: columns.map(({ name, role, hierarchy }, at) => {
      const found = new Set(rows.flatMap((row) => row[at]!));
      const place = new Map(hierarchy.labels.map((label, node) => [label, hierarchy.first[node]!]));
      const values = [...found].sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0) || (a < b ? -1 : 1));
      return {
        name,
        role,
        type: role === 'set' ? 'set of strings' : 'string',
        description: (Object.hasOwn(descriptions, name) && descriptions[name]) || 'not described',
        ...(role === 'set' && { separator: setSeparator }),
        ...(values.length <= mostValues && { values }),
        distinctValues: values.length,
      };
    }),
  };
}
