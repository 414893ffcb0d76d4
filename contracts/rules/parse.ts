import { type Criteria, type Criterion, isNotUnderstood, isObject, type Json, namedCriteria } from './criteria.ts';
import type { Coding } from './facts.ts';
import type { Filter } from './residual.ts';
import type { Deployment } from './state.ts';
import type { Provision, Statement } from './statement.ts';
import { actCode, coveredByDissent, narrowerSensitivities } from './vocabulary.ts';

/** A criterion with the type of the provision that names it: a dissent's codes cover the narrower ones too. */
type Named = { [K in keyof Criteria]: { criterion: NonNullable<Criteria[K]>; type: Provision['type'] } };

const nobody: Json = {};

/**
 * What a FHIR R4 Consent says. Total: what cannot be understood becomes a forbid that matches everything in that
 * criterion, and says so in `problems`.
 */
export function parseStatement(consent: Json, deployment: Deployment): Statement {
  const problems = consentProblems(consent);
  const root = isObject(consent.provision) ? consent.provision : nobody;
  const provision = parseProvision(root, 'provision', {}, problems, deployment);
  return { policies: policiesOf(consent), root: provision, boundaries: boundariesOf(provision) };
}

/** Every problem of a statement, each once, outermost first. */
export function problemsOf({ root }: Statement): string[] {
  const of = (provision: Provision): string[] => [...provision.problems, ...provision.provisions.flatMap(of)];
  return [...new Set(of(root))];
}

function consentProblems(consent: Json): string[] {
  const problems: string[] = [];
  if (consent.modifierExtension !== undefined) problems.push('modifierExtension is not supported');
  if (consent.implicitRules !== undefined) problems.push('implicitRules is not supported');
  if (consent.policyRule !== undefined && !isOptIn(consent.policyRule)) problems.push('policyRule is not understood');
  return problems;
}

const isOptIn = (rule: unknown): boolean =>
  isObject(rule) &&
  Array.isArray(rule.coding) &&
  rule.coding.some((coding) => isObject(coding) && coding.system === actCode && coding.code === 'OPTIN');

function policiesOf({ policy }: Json): string[] {
  const policies = Array.isArray(policy) ? policy : [];
  return policies.map((each) => (isObject(each) ? each.uri : undefined)).filter((uri) => typeof uri === 'string');
}

function parseProvision(
  json: Json,
  path: string,
  inherited: Named,
  outer: string[],
  deployment: Deployment,
): Provision {
  const own = namedCriteria(json, path, deployment);
  const problems = [...outer, ...ownProblems(json, path)];
  for (const criterion of Object.values({ ...criteriaOf(inherited), ...own }))
    if (isNotUnderstood(criterion)) problems.push(criterion.problem);
  const type = json.type === 'permit' && problems.length === 0 ? 'permit' : 'forbid';
  const named: Named = { ...inherited };
  for (const [name, criterion] of Object.entries(own)) Object.assign(named, { [name]: { criterion, type } });
  const nested = Array.isArray(json.provision) ? json.provision : [];
  return {
    path,
    type,
    ...whoAndWhy(named, type),
    filter: filterOf(named, type),
    problems,
    provisions: nested.map((each, index) => {
      const provision = isObject(each) ? each : nobody;
      return parseProvision(provision, `${path}.provision[${index}]`, named, outer, deployment);
    }),
  };
}

function ownProblems(json: Json, path: string): string[] {
  const problems: string[] = [];
  if (json.type !== 'permit' && json.type !== 'deny') problems.push(`${path}.type is not understood`);
  if (json.modifierExtension !== undefined) problems.push(`${path} has a modifier that is not supported`);
  if (json.provision !== undefined && !Array.isArray(json.provision)) problems.push(`${path}.provision is not a list`);
  return problems;
}

const criteriaOf = (named: Named): Criteria =>
  Object.fromEntries(Object.entries(named).map(([name, { criterion }]) => [name, criterion]));

/** The value of a criterion that is named and understood; where a dissent names it and it dissents, widened. */
function understood<T>(
  named: { criterion: Criterion<T>; type: Provision['type'] } | undefined,
  type: Provision['type'],
  widen: (value: T) => T = (value) => value,
): T | undefined {
  if (!named || isNotUnderstood(named.criterion)) return undefined;
  return type === 'forbid' && named.type === 'forbid' ? widen(named.criterion) : named.criterion;
}

function whoAndWhy({ actors, purposes, actions, period }: Named, type: Provision['type']) {
  return given({
    actors: understood(actors, type),
    purposes: understood(purposes, type, (codes) => [...new Set(codes.flatMap(coveredByDissent))]),
    actions: understood(actions, type),
    period: understood(period, type),
  });
}

function filterOf({ types, codes, labels, dataPeriod, data }: Named, type: Provision['type']): Filter {
  return given({
    types: understood(types, type),
    codes: understood(codes, type),
    labels: understood(labels, type, (list) => list.flatMap(withNarrower)),
    dataPeriod: understood(dataPeriod, type),
    data: understood(data, type),
  });
}

const withNarrower = ({ system, code }: Coding): Coding[] =>
  system === actCode ? narrowerSensitivities(code).map((each) => ({ system, code: each })) : [{ system, code }];

/** Without the members that are undefined. */
function given<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}

function boundariesOf(root: Provision): number[] {
  const all = (provision: Provision): (number | undefined)[] => [
    provision.period?.start,
    provision.period?.end,
    ...provision.provisions.flatMap(all),
  ];
  const times = new Set(all(root).filter((time) => time !== undefined));
  return [...times].sort((one, other) => one - other);
}
