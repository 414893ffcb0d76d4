import { Failure } from '../../../../kernel/errors.ts';
import type { RegistryWord } from '../../package/report.ts';
import type { PrivacyPlan } from '../../privacy/plan.ts';
import { publishedOf } from '../../registry/verdict.ts';
import { type AnonymisedPeople, attributeOf, namedOf } from './anonymised.ts';
import { tooFew } from './people.ts';
import type { Registered } from './registrations.ts';
import { type ReleaseObjection, type ReleaseVerdict, verdictOn } from './verdict.ts';

/** A table that may be released, and what the registry did to it. */
export interface Checked {
  all: AnonymisedPeople;
  word: RegistryWord;
}

/**
 * Asks the registry.
 * @throws Failure `business-rule` with the reason codes where it refuses; no number of people in it
 */
export function checked(registered: Registered, plan: PrivacyPlan, all: AnonymisedPeople): Checked {
  const { model, sensitive, suppression } = plan;
  if (!all.people.length) throw tooFew();
  const rules = { k: model.k, l: sensitive?.l ?? 1, mostWithheld: suppression };
  const verdict = verdictOn(registered, attributeOf(plan), namedOf(all), rules);
  if (verdict.verdict === 'refused') throw refused(verdict.objections);
  const { candidate } = verdict;
  const left = all.people.length - publishedOf(candidate);
  if (left > Math.floor(suppression * all.people.length + 1e-9))
    throw refused([{ reason: 'too-much-withheld', releases: [] }]);
  return { all: { ...all, recoding: candidate.recoding }, word: wordOf(registered, verdict) };
}

function wordOf({ chain }: Registered, verdict: Exclude<ReleaseVerdict, { verdict: 'refused' }>): RegistryWord {
  const beside = chain.length;
  if (verdict.verdict === 'accepted') return { verdict: 'accepted', beside, changes: [], objections: [] };
  return { verdict: 'changed', beside, changes: verdict.changes, objections: verdict.objections };
}

function refused(objections: readonly ReleaseObjection[]): Failure {
  const told = objections.map(({ reason, releases }) => reason + (releases.length ? ` (${releases.join(', ')})` : ''));
  return new Failure('business-rule', `The registry refuses the release beside the earlier ones: ${told.join('; ')}.`);
}
