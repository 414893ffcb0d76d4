import { Failure } from '../../../../kernel/errors.ts';
import { type Hierarchy, hierarchyOf } from '../hierarchy.ts';

/** Where a code stands in its classification. */
export interface Coded {
  code: string;
  group: string;
  chapter: string;
}

/** Codes → group → chapter → `*`. */
export function codeHierarchy(name: string, entries: readonly Coded[]): Hierarchy {
  return hierarchyOf(
    name,
    entries.map(({ code, group, chapter }) => [code, group, chapter, '*']),
  );
}

/** First category of each chapter of ICD-10 (WHO); a chapter ends before the next. */
const chapters = `A00 I, C00 II, D50 III, E00 IV, F00 V, G00 VI, H00 VII, H60 VIII, I00 IX, J00 X, K00 XI, L00 XII,
  M00 XIII, N00 XIV, O00 XV, P00 XVI, Q00 XVII, R00 XVIII, S00 XIX, U00 XXII, V00 XX, Z00 XXI`
  .split(/,\s+/)
  .map((chapter) => chapter.split(' ') as [first: string, number: string]);

/** An ICD-10 code in its category of three characters and its chapter. @throws Failure `value` where it is none */
export function icd10(code: string): Coded {
  const category = /^([A-Z]\d[0-9A-Z])(\.?[0-9A-Z]{1,4})?$/.exec(code)?.[1];
  const chapter = category && chapters.findLast(([first]) => first <= category)?.[1];
  if (!chapter) throw new Failure('value', 'A diagnosis is not coded in ICD-10.');
  return { code, group: category, chapter: `Chapter ${chapter}` };
}
