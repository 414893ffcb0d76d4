/** Something that can be named, by its id and by what people call it. */
export interface Named {
  id: string;
  name: string;
}

/**
 * Those whose id or name is most like what was written, the most alike first; none that has little to do with it.
 * Likeness is the optimal string alignment distance to an id, a name or a word of it; a name that contains what was
 * written is alike too.
 */
export function nearest(written: string, known: readonly Named[], most = 3): Named[] {
  const wanted = written.toLowerCase();
  const tolerated = Math.max(2, Math.floor(wanted.length / 3));
  const near = ({ id, name }: Named) =>
    Math.min(
      distance(wanted, id.toLowerCase()),
      distance(wanted, name.toLowerCase()),
      wanted.length >= 3 && (name.toLowerCase().includes(wanted) || hasWordLike(wanted, name)) ? tolerated : Infinity,
    );
  return known
    .map((each) => ({ each, by: near(each) }))
    .filter(({ by }) => by <= tolerated)
    .sort((one, other) => one.by - other.by || one.each.id.localeCompare(other.each.id))
    .slice(0, most)
    .map(({ each }) => each);
}

/** Stricter than for a whole name: short words are all alike. */
function hasWordLike(wanted: string, name: string): boolean {
  const tolerated = Math.max(1, Math.floor(wanted.length / 4));
  return name
    .toLowerCase()
    .split(' ')
    .some((word) => distance(wanted, word) <= tolerated);
}

/** Letters to insert, drop, change or swap with their neighbour until one text is the other. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, n) => n);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = last[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row.push(Math.min(changed, last[j]! + 1, row[j - 1]! + 1, swapped ? before[j - 2]! + 1 : Infinity));
    }
    before = last;
    last = row;
  }
  return last[other.length]!;
}
