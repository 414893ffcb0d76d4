import { Failure } from '../../../kernel/errors.ts';
import { type Hierarchy, hierarchyOf } from './hierarchy.ts';

/**
 * Reads delimited text (RFC 4180 with any one-character delimiter; LF, CRLF or CR): records of fields, quoted or not.
 * Empty lines are left out.
 * @throws Failure `structure` on a quote that is not closed or a text that follows one
 */
export function readDelimited(text: string, delimiter = ','): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  const field = new RegExp(
    `(?:"([^"]*(?:""[^"]*)*)"|([^"\\r\\n\\${delimiter}][^\\r\\n\\${delimiter}]*|))(\\${delimiter}|\\r\\n|\\n|\\r|$)`,
    'y',
  );
  const start = text.startsWith('\ufeff') ? 1 : 0;
  for (field.lastIndex = start; ; ) {
    const at = field.lastIndex;
    const match = field.exec(text);
    if (!match)
      throw new Failure('structure', `Record ${records.length + 1} has a quote that is not closed or not alone.`);
    const [whole, quoted, plain, end] = match;
    record.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === delimiter) continue;
    if (record.length > 1 || quoted !== undefined || plain) records.push(record);
    record = [];
    if (end === '' || at + whole.length === text.length) return records;
  }
}

/** Reads a hierarchy in ARX's form: one line per value, its generalisations from left to right. */
export function readHierarchy(name: string, text: string, delimiter = ';'): Hierarchy {
  return hierarchyOf(name, readDelimited(text, delimiter));
}
