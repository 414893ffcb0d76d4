import { dateSpan, type Span } from './dates.ts';
import type { Coding, ResourceFacts } from './facts.ts';
import { coversLabels, matchesLabels } from './labels.ts';

/** What a rule asks of a resource. All that are named must hold; within one, any of its values. */
export interface Filter {
  types?: string[];
  codes?: Coding[];
  labels?: Coding[];
  /** The resource's own clinical time. */
  dataPeriod?: Span;
  data?: DataReference[];
  /** The organisation whose token created the resource. */
  authorOrganization?: string;
}

/** Consent.provision.data: a resource by id, what refers to it, or what somebody authored. */
export interface DataReference {
  meaning: 'instance' | 'related' | 'dependents' | 'authoredby';
  /** `Type/id` */
  reference: string;
}

/** A provision as far as it still depends on the resource. The innermost that matches speaks; among siblings, forbid. */
export interface ResidualRule extends Filter {
  type: 'permit' | 'forbid';
  rules?: ResidualRule[];
}

/**
 * A policy of the deployment on top of a rule: `named`: R, V and sensitivity labels only where the permitting rule names
 * them (rule 4); `break-glass`: everything but V (rule 7).
 */
export type LabelPolicy = 'named' | 'break-glass';

/** Permits what the rule permits and the policy lets pass. */
export interface Permission {
  rule: ResidualRule;
  policy?: LabelPolicy;
}

/** What remains of the data after a decision. Serialised as JSON it is `PatientDecision.residual`. */
export interface Residual {
  /** A resource may be answered where any of these permits it; empty: nothing may. */
  any: Permission[];
  /** Minutes east of UTC in which the dates of resources are days; where a rule has a data period. */
  zone?: number;
}

/** Whether this resource may be answered. */
export function permits(residual: Residual, facts: ResourceFacts): boolean {
  return residual.any.some(({ rule, policy }) => {
    const speaking = innermost(rule, facts, residual.zone ?? 0);
    if (speaking.length === 0 || speaking.some(({ type }) => type === 'forbid')) return false;
    return policy === undefined || coversLabels(policy, speaking, facts.labels);
  });
}

/** Whether every resource may be answered, whatever it is: then nobody needs to look at any. */
export function permitsEverything(residual: Residual): boolean {
  return residual.any.some(({ rule, policy }) => {
    return policy === undefined && rule.type === 'permit' && !rule.rules?.length && !isFiltered(rule);
  });
}

/** Whether anything depends on the resource at all. */
export function isFiltered({ types, codes, labels, dataPeriod, data, authorOrganization }: Filter): boolean {
  return (types ?? codes ?? labels ?? dataPeriod ?? data ?? authorOrganization) !== undefined;
}

/** The matching rules that no matching rule inside them overrides. */
export function innermost<Rule extends Tree<Rule>>(rule: Rule, facts: ResourceFacts, zone: number): Rule[] {
  const inner = rule.rules?.flatMap((nested) => innermost(nested, facts, zone)) ?? [];
  if (inner.length > 0) return inner;
  return matches(rule, facts, zone) ? [rule] : [];
}

interface Tree<Rule> extends Filter {
  type: 'permit' | 'forbid';
  rules?: Rule[];
}

function matches(rule: Tree<unknown>, facts: ResourceFacts, zone: number): boolean {
  const { types, codes, labels, dataPeriod, data, authorOrganization } = rule;
  if (types && !types.includes(facts.type)) return false;
  if (codes && !codes.some((code) => facts.codes.some((of) => of.code === code.code && of.system === code.system)))
    return false;
  if (authorOrganization !== undefined && authorOrganization !== facts.authorOrganization) return false;
  if (labels && !matchesLabels(rule.type, labels, facts.labels)) return false;
  if (data && !data.some((reference) => concerns(reference, facts))) return false;
  return !dataPeriod || matchesPeriod(rule.type, dataPeriod, facts, zone);
}

/**
 * `related` is read as PCF's examples do: the resource itself and what refers to it (an encounter's data); so is
 * `dependents`, by FHIR's own words.
 */
function concerns({ meaning, reference }: DataReference, facts: ResourceFacts): boolean {
  if (meaning === 'authoredby')
    return facts.authors.includes(reference) || reference === `Organization/${facts.authorOrganization}`;
  if (reference === `${facts.type}/${facts.id}`) return true;
  return meaning !== 'instance' && facts.references.includes(reference);
}

/** A permit covers what surely lies within the period; a forbid, what may lie in it. */
function matchesPeriod(type: ResidualRule['type'], wanted: Span, facts: ResourceFacts, zone: number): boolean {
  const start = dateSpan(facts.periodStart, zone)?.start;
  const end = dateSpan(facts.periodEnd, zone)?.end;
  const { start: from = -Infinity, end: until = Infinity } = wanted;
  if (type === 'permit') return (start ?? -Infinity) >= from && (end ?? Infinity) <= until;
  return (start ?? -Infinity) < until && (end ?? Infinity) > from;
}
