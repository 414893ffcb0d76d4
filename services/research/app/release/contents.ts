import { contentsOf } from '../../package/contents.ts';
import type { Contents } from '../../package/manifest.ts';
import { releasedSets } from '../../package/sets.ts';
import { levelsFor } from '../../privacy/groups.ts';
import type { Checked } from './checked.ts';
import { type Defined, textOf } from './people.ts';

const m = 2;

/**
 * The package's files but its manifest.
 * @param countKey secret of the cell keys
 * @throws Failure as `contentsOf` does
 */
export function releaseContents(
  { all: { people, table, sets, recoding }, word }: Checked,
  { extract, plan }: Pick<Defined, 'extract' | 'plan'>,
  title: string,
  countKey: Uint8Array,
): Contents {
  const { model, descriptions } = plan;
  const published = sets.map(({ name, hierarchy, rows }) => releasedSets(recoding, name, hierarchy, rows, model.k, m));
  const pseudonyms = people.map(({ pseudonym }) => textOf(pseudonym));
  return contentsOf(
    { table, model, recoding, sets: published, registry: word },
    { people: pseudonyms, countKey, by: levelsFor(extract, model.quasiIdentifiers) },
    { title, descriptions },
  );
}
