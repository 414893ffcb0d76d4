import type { Attribute } from '../../domain/registration.ts';
import type { Candidate } from '../../registry/candidate.ts';
import { findingsOf } from '../../registry/check.ts';
import { type Registry, withSubjects } from '../../registry/registry.ts';
import { type CheckRules, checkRelease, type Objection, type Verdict } from '../../registry/verdict.ts';
import { emptyFor, keyOf, type Registered } from './registrations.ts';

/** An anonymised table with the pseudonyms of its people, four words each. */
export interface Named extends Pick<Candidate, 'recoding' | 'sensitive'> {
  pseudonyms: Uint32Array;
}

/** `other-groups`: people whose sensitive values, told by resources of the same type, were released in other groups. */
export type ReleaseObjection = Objection | { reason: 'other-groups'; releases: string[] };
export type ReleaseVerdict =
  | Exclude<Verdict, { verdict: 'refused' }>
  | { verdict: 'refused'; objections: ReleaseObjection[] };

/**
 * What the registry says of a candidate beside all releases of its domain: those of its own sensitive attribute by all
 * rules, the others by the people of their classes. Values of one source in other groups could be laid together in a way
 * that the rules do not follow: then nobody may be in both.
 */
export function verdictOn(
  registered: Registered,
  attribute: Attribute,
  named: Named,
  rules: CheckRules,
): ReleaseVerdict {
  const regrouped = otherGroups(registered, attribute, named.pseudonyms);
  if (regrouped.length) return { verdict: 'refused', objections: [{ reason: 'other-groups', releases: regrouped }] };
  const own = registered.byAttribute.get(keyOf(attribute))?.registry ?? emptyFor(attribute);
  const verdict = checkRelease(...numbered(own, named), rules);
  if (verdict.verdict === 'refused' || !registered.all) return verdict;
  const { recoding } = verdict.candidate;
  const classes = { ...named, recoding, sensitive: new Int32Array(named.sensitive.length) };
  const findings = findingsOf(...numbered(registered.all, classes), { k: rules.k, l: 0 });
  if (!findings.length) return verdict;
  const objections = findings.map(({ reason, release }) => ({
    reason,
    releases: release === undefined ? [] : [release],
  }));
  return { verdict: 'refused', objections };
}

function numbered(before: Registry, { pseudonyms, recoding, sensitive }: Named): [Registry, Candidate] {
  const { registry, numbers } = withSubjects(before, pseudonyms);
  return [registry, { subjects: numbers, recoding, sensitive }];
}

/** Releases of the same source in other groups that hold one of these people. */
function otherGroups({ byAttribute }: Registered, attribute: Attribute, pseudonyms: Uint32Array): string[] {
  const others = [...byAttribute.values()].filter(
    (each) => each.attribute.source === attribute.source && keyOf(each.attribute) !== keyOf(attribute),
  );
  return others.flatMap(({ registry }) => {
    const { numbers } = withSubjects(registry, pseudonyms);
    const holding = registry.releases.filter(({ classOf }) => numbers.some((subject) => classOf[subject]));
    return holding.map(({ notes }) => notes.id);
  });
}
