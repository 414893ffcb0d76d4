import type { Coding } from '../../../contracts/rules/facts.ts';
import { actCode, confidentiality, isSensitivityCode } from '../../../contracts/rules/vocabulary.ts';
import { Failure, type Issue } from '../../../kernel/errors.ts';
import { categoryOf, isClassification, urisOf } from './systems.ts';

/** Codes that make whatever carries them sensitive, and the labels that they bring. */
export interface ValueSet {
  /** v3 InformationSensitivityPolicy codes, or R or V. */
  labels: string[];
  /** Who says so. */
  source: string;
  /** By system (a short name, or a URI) the codes with their names; a code of ICD-10 covers all that begin with it. */
  codes: Record<string, Record<string, string>>;
}
export type ValueSets = Record<string, ValueSet>;

/** A label by its code: the table restricts, so of v3 Confidentiality it has only R and V. Undefined: it is none. */
export function labelOf(code: string): Coding | undefined {
  if (code === 'R' || code === 'V') return { system: confidentiality, code };
  return isSensitivityCode(code) ? { system: actCode, code } : undefined;
}

/** Labels are bits of an integer. */
const most = 31;

/**
 * Value sets with those of a deployment added: sets of its own, or more labels and codes for the ones that are there.
 * @param own of whatever shape
 * @throws Failure `invalid` with an issue for each thing that is wrong, and its place
 */
export function withOwn(known: ValueSets, own: unknown): ValueSets {
  const issues: Issue[] = [];
  const sets: ValueSets = { ...known };
  if (!isObject(own)) throw invalid([issue('', 'must be an object of value sets by name')]);
  for (const [name, stated] of Object.entries(own)) {
    const set = checked(stated, name, Object.hasOwn(known, name), issues);
    if (set) sets[name] = Object.hasOwn(known, name) ? merged(known[name]!, set) : set;
  }
  if (new Set(Object.values(sets).flatMap(({ labels }) => labels)).size > most)
    issues.push(issue('', `must not have more than ${most} different labels together with the table's own`));
  if (issues.length > 0) throw invalid(issues);
  return sets;
}

function checked(stated: unknown, name: string, isKnown: boolean, issues: Issue[]): ValueSet | undefined {
  const before = issues.length;
  if (!isObject(stated)) return void issues.push(issue(name, 'must be an object'));
  const { labels = [], source = '', codes = {}, ...other } = stated;
  for (const member of Object.keys(other)) issues.push(issue(`${name}.${member}`, 'is not known here'));
  if (typeof source !== 'string' || (source === '' && !isKnown))
    issues.push(issue(`${name}.source`, 'must say where the codes come from'));
  if (!Array.isArray(labels) || (labels.length === 0 && !isKnown))
    issues.push(issue(`${name}.labels`, 'must be a list of labels'));
  else checkLabels(labels, `${name}.labels`, issues);
  if (isObject(codes)) checkCodes(codes, `${name}.codes`, issues);
  else issues.push(issue(`${name}.codes`, 'must be an object of codes by system'));
  return issues.length > before ? undefined : ({ labels, source, codes } as ValueSet);
}

function checkLabels(labels: readonly unknown[], path: string, issues: Issue[]): void {
  for (const [index, label] of labels.entries())
    if (typeof label !== 'string' || !labelOf(label))
      issues.push(issue(`${path}[${index}]`, 'must be R, V or a code of v3 InformationSensitivityPolicy'));
}

function checkCodes(codes: Json, path: string, issues: Issue[]): void {
  for (const [system, listed] of Object.entries(codes)) {
    const at = `${path}.${system}`;
    const uris = urisOf(system);
    if (!uris) issues.push(issue(at, 'must be a known short name of a code system, or its URI'));
    if (!isObject(listed)) issues.push(issue(at, 'must be an object of names by code'));
    else if (uris) for (const code of Object.keys(listed)) checkCode(code, uris[0]!, at, issues);
  }
}

function checkCode(code: string, uri: string, path: string, issues: Issue[]): void {
  // FHIR's form of a code
  if (!/^\S+(?: \S+)*$/.test(code)) issues.push(issue(path, `"${code}" is no code`));
  else if (isClassification(uri) && !categoryOf(code)) issues.push(issue(path, `"${code}" is no category of ICD-10`));
}

function merged(one: ValueSet, other: ValueSet): ValueSet {
  const codes = { ...one.codes };
  for (const [system, listed] of Object.entries(other.codes)) codes[system] = { ...codes[system], ...listed };
  const source = [one.source, other.source].filter(Boolean).join('; ');
  return { labels: [...new Set([...one.labels, ...other.labels])], source, codes };
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const issue = (path: string, what: string): Issue => ({
  code: 'value',
  diagnostics: path ? `${path} ${what}` : `it ${what}`,
  ...(path && { expression: [path] }),
});

const invalid = (issues: Issue[]) =>
  new Failure('invalid', issues.map(({ diagnostics }) => diagnostics).join('; '), { issues });
