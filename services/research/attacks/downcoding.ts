import { lowestOver } from '../engine/hierarchy.ts';
import type { Recoding } from '../engine/recoding.ts';

/**
 * Downcoding (Cohen 2022): whoever knows that an anonymiser generalises no more than it must reads a wide label as "none
 * of the narrow ones beside it". A class with a node for one quasi-identifier, beside classes that publish nodes below
 * it and agree in all others, is taken to lie in the rest of the node, where that is under one node below it.
 * @returns the shares of published cells that the attacker narrows to a lower node, rightly and wrongly
 */
export function downcoding(recoding: Recoding): { right: number; wrong: number } {
  const { quasi, classOf, classes, low, high } = recoding;
  const rowsOf = Map.groupBy(classOf.keys(), (row) => classOf[row]!);
  let [right, wrong, cells] = [0, 0, 0];
  for (const index of quasi.keys()) {
    const siblings = Map.groupBy(
      Array.from({ length: classes }, (_, id) => id),
      (id) => others(recoding, id, index),
    );
    for (const group of siblings.values())
      for (const id of group) {
        const rows = rowsOf.get(id) ?? [];
        cells += rows.length;
        const narrowed = narrowedTo(recoding, index, id, group);
        if (!narrowed) continue;
        const hit = rows.filter((row) => {
          const code = quasi[index]!.codes[row]!;
          return code >= narrowed.low && code <= narrowed.high;
        }).length;
        right += hit;
        wrong += rows.length - hit;
      }
  }
  return { right: right / cells, wrong: wrong / cells };

  function narrowedTo({ quasi }: Recoding, index: number, id: number, group: readonly number[]) {
    const { hierarchy } = quasi[index]!;
    const [from, to] = [low[index]![id]!, high[index]![id]!];
    const free = new Uint8Array(to - from + 1).fill(1);
    for (const other of group) {
      const [first, last] = [low[index]![other]!, high[index]![other]!];
      if (first >= from && last <= to && last - first < to - from) free.fill(0, first - from, last - from + 1);
    }
    const [first, last] = [free.indexOf(1), free.lastIndexOf(1)];
    if (first < 0) return undefined;
    const node = lowestOver(hierarchy, from + first, from + last);
    const rest = { low: hierarchy.first[node]!, high: hierarchy.last[node]! };
    return rest.high - rest.low < to - from ? rest : undefined;
  }
}

/** What a class publishes of all quasi-identifiers but one. */
const others = ({ low, high }: Recoding, id: number, except: number) =>
  low.map((codes, index) => (index === except ? '' : `${codes[id]}-${high[index]![id]}`)).join();
