import { Failure } from '../../../kernel/errors.ts';
import type { PrivacyReport } from './report.ts';

/** One rule of the model, and what the released rows reach. */
export interface Rule {
  what: string;
  bound: '≥' | '≤';
  asked: number;
  reached: number;
  met: boolean;
}

const slack = 1e-9;

export function rulesOf({ model, reached, risk, sets }: PrivacyReport): Rule[] {
  const { k, sensitive } = model;
  const rules = [
    atLeast('Rows that look alike (k)', k, reached.k),
    atMost('Highest risk that a row is tied to its person', 1 / k, risk.prosecutor.highest),
  ];
  const found = reached.sensitive;
  if (sensitive?.diversity && found) {
    const { kind, l } = sensitive.diversity;
    const value = kind === 'entropy' ? found.entropy : found.distinct;
    rules.push(atLeast(`Different values of ${sensitive.column} in each class (${kind} l)`, l, value));
  }
  if (sensitive?.closeness && found) {
    const { distance, t } = sensitive.closeness;
    const value = distance === 'equal' ? found.equalDistance : found.orderedDistance;
    rules.push(atMost(`Distance of a class from all rows in ${sensitive.column} (t, ${distance})`, t, value));
  }
  for (const { name, k: least, m, reached: support } of sets)
    if (support) rules.push(atLeast(`People who share any ${m} published ${name} (k^m)`, least, support));
  return rules;
}

/** @throws Failure `business-rule` where the released rows do not reach what was asked */
export function refuseUnmet(report: PrivacyReport): void {
  const unmet = rulesOf(report).filter(({ met }) => !met);
  if (unmet.length)
    throw new Failure(
      'business-rule',
      `The rows must not be released, they miss: ${unmet.map(({ what }) => what).join('; ')}.`,
    );
}

const atLeast = (what: string, asked: number, reached: number): Rule => ({
  what,
  bound: '≥',
  asked,
  reached,
  met: reached >= asked - slack,
});
const atMost = (what: string, asked: number, reached: number): Rule => ({
  what,
  bound: '≤',
  asked,
  reached,
  met: reached <= asked + slack,
});
