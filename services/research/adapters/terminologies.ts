import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../kernel/errors.ts';
import { codeSystems } from '../cohort/systems.ts';
import { type Parents, readLevels, readParents, type Terminology, terminologyOf } from '../cohort/terminology.ts';

/**
 * The hierarchies of a folder: `<code system>.parents.csv`, a line for each edge, child and parent; or
 * `<code system>.levels.csv`, ARX's form, a line for each code with the codes above it, separated by semicolons. The code
 * systems are those whose hierarchy is not in their codes: snomed-ct, rxnorm, loinc.
 * @param folder empty: there are none
 * @throws Failure `not-supported` for a file of another name; `structure`, with the file's name, for one that is no
 *   hierarchy; `not-found` where there is no such folder
 */
export async function readTerminologies(folder: string): Promise<Terminology> {
  if (!folder) return terminologyOf();
  const found = await Promise.all(
    (await namesIn(folder)).map(async (name) => [name, await read(folder, name)] as const),
  );
  const bySystem = Map.groupBy(found, ([name]) => uriOf(name));
  return terminologyOf(
    Object.fromEntries([...bySystem].map(([uri, tables]) => [uri, merged(tables.map(([, table]) => table))])),
  );
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (cause) {
    throw new Failure('not-found', `RESEARCH_TERMINOLOGIES: there is no folder ${folder}.`, { cause });
  }
}

const form = /^(.+)\.(parents|levels)\.csv$/;
const known = new Map(
  codeSystems
    .filter(({ hierarchy }) => hierarchy === 'table')
    .map(({ title, uris }) => [title.toLowerCase().replaceAll(' ', '-'), uris[0]!]),
);

function uriOf(name: string): string {
  const uri = known.get(form.exec(name)?.[1] ?? '');
  if (uri) return uri;
  const names = [...known.keys()].join(', ');
  throw new Failure(
    'not-supported',
    `${name} is no hierarchy's name: one of ${names}, then .parents.csv or .levels.csv.`,
  );
}

async function read(folder: string, name: string): Promise<Parents> {
  uriOf(name);
  const text = await readFile(join(folder, name), 'utf8');
  try {
    return form.exec(name)![2] === 'parents' ? readParents(text) : readLevels(text);
  } catch (error) {
    if (error instanceof Failure) throw new Failure(error.code, `${name}: ${error.message}`, { cause: error });
    throw error;
  }
}

function merged(tables: readonly Parents[]): Parents {
  const all = new Map<string, string[]>();
  for (const table of tables)
    for (const [code, parents] of table) all.set(code, [...(all.get(code) ?? []), ...parents]);
  return all;
}
