import { existsSync, readFileSync } from 'node:fs';
import { readDelimited, readHierarchy } from '../delimited.ts';
import { type Table, tableOf } from '../table.ts';

/** Where ARX's extract of the Adult data set lies, if it is there, relative to the repository. */
export const adultFolder = '../shared/data/adult';

/** Adult and its hierarchies, 30,162 rows; undefined where it is not there. */
export function readAdult(): Table | undefined {
  if (!existsSync(adultFolder)) return undefined;
  const read = (file: string) => readFileSync(`${adultFolder}/${file}.csv`, 'utf8');
  const [header, ...records] = readDelimited(read('adult'), ';');
  const hierarchies = header!.map((name) => [name, readHierarchy(name, read(`adult_hierarchy_${name}`))] as const);
  return tableOf(header!, records, Object.fromEntries(hierarchies));
}
