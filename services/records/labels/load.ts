import { readFile } from 'node:fs/promises';
import { Failure } from '../../../kernel/errors.ts';
import checkedIn from './sets.json' with { type: 'json' };
import { type LabelTable, labelTable } from './table.ts';
import { type ValueSets, withOwn } from './valueSets.ts';

export const ownSets: ValueSets = withOwn({}, checkedIn);

/**
 * The table of this deployment: ours with the value sets of a file added.
 * @param file RECORDS_LABELS; empty: none
 * @throws Failure `invalid` where it cannot be read, or says what is not understood
 */
export async function loadTable(file: string): Promise<LabelTable> {
  if (!file) return labelTable(ownSets);
  try {
    return labelTable(withOwn(ownSets, JSON.parse(await readFile(file, 'utf8'))));
  } catch (cause) {
    const { issues = [] } = cause instanceof Failure ? cause : {};
    throw new Failure('invalid', `RECORDS_LABELS, ${file}: ${reasonOf(cause)}`, {
      cause,
      ...(issues.length && { issues }),
    });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Failure) return error.message;
  if (error instanceof SyntaxError) return 'this is no JSON';
  return `it cannot be read (${(error as NodeJS.ErrnoException).code})`;
}
