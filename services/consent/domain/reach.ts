import type { Coding } from '../../../contracts/rules/facts.ts';
import { coversLabels, matchesLabels } from '../../../contracts/rules/labels.ts';
import type { Filter, LabelPolicy, Residual, ResidualRule } from '../../../contracts/rules/residual.ts';

/**
 * How much of a patient's records may be seen: all of it for certain, none of it for certain, or what depends on more
 * than the label.
 */
export type Reach = 'all' | 'some' | 'none';

/** Of what carries this label and no other; without one, of what carries none. */
export function reachOf({ any }: Residual, label?: Coding): Reach {
  const labels = label ? [label] : [];
  const outcomes = any.map(({ rule, policy }) => outcomesOf(rule, labels, policy));
  if (outcomes.some((each) => each.size === 1 && each.has(permitted))) return 'all';
  return outcomes.some((each) => each.has(permitted)) ? 'some' : 'none';
}

/** What a rule can come to, whatever else the resource is; among rules that match, the strongest counts. */
const silent = 0;
/** It permits, and the deployment's policy on labels does not let it pass. */
const uncovered = 1;
const permitted = 2;
const forbidden = 3;

function outcomesOf(rule: ResidualRule, labels: readonly Coding[], policy?: LabelPolicy): Set<number> {
  let inner = new Set([silent]);
  for (const nested of rule.rules ?? []) {
    const next = outcomesOf(nested, labels, policy);
    inner = new Set([...inner].flatMap((one) => [...next].map((other) => Math.max(one, other))));
  }
  if (!inner.delete(silent)) return inner;
  return new Set([...inner, ...ownOutcomes(rule, labels, policy)]);
}

/** Where no rule inside speaks. */
function ownOutcomes(rule: ResidualRule, labels: readonly Coding[], policy?: LabelPolicy): Set<number> {
  if (rule.labels && !matchesLabels(rule.type, rule.labels, labels)) return new Set([silent]);
  const covered = policy === undefined || coversLabels(policy, [rule], labels);
  const outcome = rule.type === 'forbid' ? forbidden : covered ? permitted : uncovered;
  return new Set(dependsOnMore(rule) ? [silent, outcome] : [outcome]);
}

const dependsOnMore = ({ types, codes, dataPeriod, data, authorOrganization }: Filter): boolean =>
  (types ?? codes ?? dataPeriod ?? data ?? authorOrganization) !== undefined;
