import { lowestOver } from '../engine/hierarchy.ts';
import { type Recoding, recodingOf } from '../engine/recoding.ts';

/**
 * Classes put together, or withheld: what a part publishes covers all its classes.
 * @param partOf by class; −1: its rows are dropped
 */
export function regrouped(recoding: Recoding, partOf: Int32Array): Recoding {
  const { quasi, classOf, labels } = recoding;
  const { of, parts } = renumbered(partOf);
  const low = quasi.map(() => new Int32Array(parts).fill(2 ** 31 - 1));
  const high = quasi.map(() => new Int32Array(parts).fill(-1));
  for (const [id, part] of of.entries()) {
    if (part < 0) continue;
    for (let index = 0; index < quasi.length; index++) {
      low[index]![part] = Math.min(low[index]![part]!, recoding.low[index]![id]!);
      high[index]![part] = Math.max(high[index]![part]!, recoding.high[index]![id]!);
    }
  }
  if (labels === 'node') widen(quasi, low, high);
  return recodingOf(
    quasi,
    classOf.map((id) => (id < 0 ? -1 : of[id]!)),
    parts,
    low,
    high,
    labels,
  );
}

/** Parts in the order in which the classes name them, without gaps. */
function renumbered(partOf: Int32Array): { of: Int32Array; parts: number } {
  const numbers = new Map<number, number>();
  const of = partOf.map((part) => {
    if (part < 0) return -1;
    if (!numbers.has(part)) numbers.set(part, numbers.size);
    return numbers.get(part)!;
  });
  return { of, parts: numbers.size };
}

function widen(quasi: Recoding['quasi'], low: readonly Int32Array[], high: readonly Int32Array[]): void {
  for (const [index, { hierarchy }] of quasi.entries())
    for (let part = 0; part < low[index]!.length; part++) {
      const node = lowestOver(hierarchy, low[index]![part]!, high[index]![part]!);
      low[index]![part] = hierarchy.first[node]!;
      high[index]![part] = hierarchy.last[node]!;
    }
}
