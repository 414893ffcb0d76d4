import type { Coding } from '../../../contracts/rules/facts.ts';
import { categoryOf, isClassification, urisOf } from './systems.ts';
import { labelOf, type ValueSets } from './valueSets.ts';

/** Which labels a code brings; labels are bits of a number, in the order of `labels`. */
export interface LabelTable {
  labels: readonly Coding[];
  /** The labels of a code; 0: none. A code of ICD-10 has those of every category that it belongs to. */
  bits(system: string, code: string): number;
}

/** Characters of the shortest category of ICD-10. */
const shortest = 3;

/** @param sets checked value sets */
export function labelTable(sets: ValueSets): LabelTable {
  // V comes before R: whoever goes through the labels meets the stricter one first
  const names = [...new Set(Object.values(sets).flatMap(({ labels }) => labels))].sort().reverse();
  const bySystem = new Map<string, Map<string, number>>();
  for (const { labels, codes } of Object.values(sets)) {
    const bits = labels.reduce((sum, label) => sum | (1 << names.indexOf(label)), 0);
    for (const [system, listed] of Object.entries(codes))
      for (const uri of urisOf(system)!) add(bySystem, uri, Object.keys(listed), bits);
  }
  return {
    labels: names.map((name) => labelOf(name)!),
    bits(system, code) {
      const codes = bySystem.get(system);
      if (!codes) return 0;
      return isClassification(system) ? bitsOfCategories(codes, code) : (codes.get(code) ?? 0);
    },
  };
}

function add(bySystem: Map<string, Map<string, number>>, uri: string, listed: readonly string[], bits: number): void {
  const codes = bySystem.get(uri) ?? new Map<string, number>();
  bySystem.set(uri, codes);
  for (const code of listed) {
    const key = isClassification(uri) ? categoryOf(code)! : code;
    codes.set(key, (codes.get(key) ?? 0) | bits);
  }
}

function bitsOfCategories(codes: ReadonlyMap<string, number>, code: string): number {
  const category = categoryOf(code) ?? '';
  let bits = 0;
  for (let length = category.length; length >= shortest; length--) bits |= codes.get(category.slice(0, length)) ?? 0;
  return bits;
}
