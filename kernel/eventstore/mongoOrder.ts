import type { CommitHead } from './mongoCommits.ts';

/**
 * The order in which pending commits get their positions: each after its predecessor, those of one append together, and
 * first what is left of an append that the last sequencer began with. What is not ready is left out: a commit whose
 * predecessor has no position, an append of which a part is not listed (a list is no snapshot).
 * @param listed every pending commit
 * @param sequenced ids of predecessors that have their positions
 * @param top the commit at the highest position
 */
export function inOrder(listed: CommitHead[], sequenced: ReadonlySet<string>, top?: CommitHead): CommitHead[] {
  const placed = new Set<string>();
  const order: CommitHead[] = [];
  const follows = ({ previous }: CommitHead) => !previous || sequenced.has(previous) || placed.has(previous);
  let waiting = units(listed);
  const begun = top?.group && top.group.index + 1 < top.group.size ? top.group : undefined;
  if (begun) {
    const rest = waiting.find(([first]) => first!.group?.id === begun.id) ?? [];
    if (rest.length < begun.size - begun.index - 1) return []; // a rival is at it
    place(rest);
    waiting = waiting.filter((unit) => unit !== rest);
  }
  for (let before = -1; before < order.length; ) {
    before = order.length;
    waiting = waiting.filter((unit) => {
      const ready = unit.length === (unit[0]!.group?.size ?? 1) && unit.every(follows);
      if (ready) place(unit);
      return !ready;
    });
  }
  return order;

  function place(unit: CommitHead[]): void {
    order.push(...unit);
    for (const { _id } of unit) placed.add(_id);
  }
}

/** Commits that must stand together. */
function units(listed: CommitHead[]): CommitHead[][] {
  const groups = Map.groupBy(listed, ({ _id, group }) => group?.id ?? _id);
  return [...groups.values()].map((unit) => unit.toSorted((a, b) => (a.group?.index ?? 0) - (b.group?.index ?? 0)));
}
