import type { Candidate } from './candidate.ts';
import { type Finding, findingsOf, type Limits, type Reason } from './check.ts';
import { frozen } from './frozen.ts';
import type { Registry } from './registry.ts';
import { regrouped } from './regroup.ts';

/** Why something was changed or refused: which rule, and beside which earlier releases. */
export interface Objection {
  reason: Reason | 'nothing-left' | 'too-much-withheld';
  releases: string[];
}

/** What the registry says of a candidate. It never changes one silently: `changes` and `objections` go into the report. */
export type Verdict =
  | { verdict: 'accepted'; candidate: Candidate }
  | {
      verdict: 'changed';
      candidate: Candidate;
      /** `frozen`: earlier classes are used again; `merged`: classes were put together; `withheld`: some are dropped. */
      changes: ('frozen' | 'merged' | 'withheld')[];
      /** People of the candidate who are not in the changed one. */
      withheld: number;
      objections: Objection[];
    }
  | { verdict: 'refused'; objections: Objection[] };

/** `mostWithheld`: share of the candidate's people who may be left out by a change, 0 to 1. */
export interface CheckRules extends Limits {
  mostWithheld: number;
}

/**
 * Checks a candidate beside all earlier releases of the registry's domain. Where it may not be released as it is, it is
 * tried inside the frozen partition, then with classes merged, each time withholding the classes that still object;
 * where too many people would be missing, it is refused.
 * @throws Failure as `findingsOf` does
 */
export function checkRelease(registry: Registry, candidate: Candidate, rules: CheckRules): Verdict {
  const findings = findingsOf(registry, candidate, rules);
  if (!candidate.recoding.classes)
    return { verdict: 'refused', objections: [{ reason: 'nothing-left', releases: [] }] };
  if (!findings.length) return { verdict: 'accepted', candidate };
  const objections = objectionsOf(findings);
  const most = Math.floor(rules.mostWithheld * publishedOf(candidate) + 1e-9);
  for (const change of [frozen, merged] as const) {
    const changed = change(registry, candidate, rules);
    const left = changed && withoutObjections(registry, changed, rules);
    if (!left) continue;
    const withheld = publishedOf(candidate) - publishedOf(left);
    if (withheld > most) continue;
    const how = change === frozen ? ('frozen' as const) : ('merged' as const);
    const changes = [
      ...(changed === candidate ? [] : [how]),
      ...(withheld > 0 || publishedOf(left) < publishedOf(changed) ? (['withheld'] as const) : []),
    ];
    return { verdict: 'changed', candidate: left, changes, withheld: Math.max(0, withheld), objections };
  }
  return { verdict: 'refused', objections: [...objections, { reason: 'too-much-withheld', releases: [] }] };
}

/** Drops classes until nothing is wrong; undefined where nothing is left. */
function withoutObjections(registry: Registry, candidate: Candidate, limits: Limits): Candidate | undefined {
  for (let left = candidate; left.recoding.classes; ) {
    const findings = findingsOf(registry, left, limits);
    if (!findings.length) return left;
    const kept = Int32Array.from({ length: left.recoding.classes }, (_, id) => (concerned(findings, id) ? -1 : id));
    left = { ...left, recoding: regrouped(left.recoding, kept) };
  }
  return undefined;
}

/** Puts every class that has too small an overlap or too few groups together with its neighbour, until none has. */
function merged(registry: Registry, candidate: Candidate, limits: Limits): Candidate {
  const helped: readonly Reason[] = ['small-class', 'few-groups', 'small-overlap', 'few-common-groups'];
  for (let current = candidate; ; ) {
    const findings = findingsOf(registry, current, limits).filter(({ reason }) => helped.includes(reason));
    const { classes } = current.recoding;
    if (!findings.length || classes < 2) return current;
    current = { ...current, recoding: regrouped(current.recoding, paired(current, findings)) };
  }
}

/** By class its part: neighbours in the order of what they publish, two by two where one of them is concerned. */
function paired({ recoding }: Candidate, findings: readonly Finding[]): Int32Array {
  const { low, high, classes } = recoding;
  const order = Int32Array.from({ length: classes }, (_, id) => id).sort((a, b) => {
    for (const [index, codes] of low.entries()) {
      const difference = codes[a]! - codes[b]! || high[index]![a]! - high[index]![b]!;
      if (difference) return difference;
    }
    return 0;
  });
  const partOf = Int32Array.from({ length: classes }, (_, id) => id);
  let open = -1;
  for (const [place, id] of order.entries()) {
    if (open >= 0) partOf[id] = partOf[open]!;
    const alone = open < 0;
    open = alone && concerned(findings, id) ? id : -1;
    if (open >= 0 && place === classes - 1) partOf[id] = partOf[order[place - 1]!]!;
  }
  return partOf;
}

const concerned = (findings: readonly Finding[], id: number) => findings.some(({ classes }) => classes[id] === 1);

export function publishedOf({ recoding }: Candidate): number {
  let people = 0;
  for (const id of recoding.classOf) if (id >= 0) people++;
  return people;
}

function objectionsOf(findings: readonly Finding[]): Objection[] {
  const byReason = Map.groupBy(findings, ({ reason }) => reason);
  return Array.from(byReason, ([reason, same]) => ({
    reason,
    releases: same.flatMap(({ release }) => (release === undefined ? [] : [release])),
  }));
}
