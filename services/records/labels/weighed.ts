import type { Coding } from '../../../contracts/rules/facts.ts';
import { confidentiality } from '../../../contracts/rules/vocabulary.ts';
import { handOf, type Label } from './marks.ts';

/** Below R. */
const lower: readonly string[] = ['U', 'L', 'M', 'N'];

/**
 * The labels that consent looks at. R that stands there because of sensitivities says no more than they do: whoever names
 * them all names the data. So they stand for it, and for what an author who did not know of them stated below it. They
 * are never weaker: a rule that forbids R forbids every sensitivity, and one that permits R permits none.
 */
export function weighed(labels: readonly Label[]): readonly Coding[] {
  if (!labels.some((label) => handOf(label) === 'high-water-mark')) return labels;
  return labels.filter((label) => {
    return label.system !== confidentiality || !(handOf(label) === 'high-water-mark' || lower.includes(label.code));
  });
}
