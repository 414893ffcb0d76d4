import type { Consent } from '@medplum/fhirtypes';
import { isObject, type Json } from '../../../contracts/rules/criteria.ts';
import { periodSpan } from '../../../contracts/rules/dates.ts';
import { Failure, type FailureCode, type Issue } from '../../../kernel/errors.ts';

/** Provisions nested deeper, or more of them, are nobody's consent. */
const deepest = 6;
const most = 500;

const statuses = ['draft', 'proposed', 'active', 'rejected', 'inactive', 'entered-in-error'];

/**
 * A FHIR Consent to a privacy policy in the shape that can be kept and decided on; what its provisions name is the
 * rules' to understand. Throws Failure with one issue for each element that is wrong.
 * @param zone minutes east of UTC, in which a date is a day
 */
export function requireConsent(value: unknown, zone = 0): Consent {
  if (!isObject(value) || value.resourceType !== 'Consent') {
    throw new Failure('structure', 'This is no Consent resource.', { expression: ['Consent'] });
  }
  const issues = [...shapeOf(value), ...sourceOf(value), ...provisionsOf(value, zone)];
  if (issues.length === 0) return value as unknown as Consent;
  throw new Failure(issues[0]!.code, issues.map(({ diagnostics }) => diagnostics).join(' '), { issues });
}

/** The id of the patient whose consent it is. Throws Failure `required` or `value`. */
export function patientOf({ patient }: Consent, fhirBase: string): string {
  const reference = patient?.reference;
  if (!reference) throw new Failure('required', 'Say whose consent it is.', { expression: ['Consent.patient'] });
  const local = reference.startsWith(`${fhirBase}/`) ? reference.slice(fhirBase.length + 1) : reference;
  const [, id] = /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(local) ?? [];
  if (id) return id;
  const message = 'The patient must be a Patient resource of this server: Patient/<id>.';
  throw new Failure('value', message, { expression: ['Consent.patient'] });
}

/** On behalf of a patient: the signed document, or a reference to it with its hash, and who signed. Throws Failure `required`. */
export function requireSigned({ sourceAttachment, sourceReference, performer }: Consent): void {
  const document = sourceAttachment?.data || (sourceAttachment?.url && sourceAttachment.hash);
  if (!document && !sourceReference?.reference) {
    const message = 'On behalf of a patient, attach the signed document, or refer to it.';
    throw new Failure('required', message, { expression: ['Consent.source'] });
  }
  if (performer?.length) return;
  throw new Failure('required', 'On behalf of a patient, say who signed.', { expression: ['Consent.performer'] });
}

const issue = (code: FailureCode, element: string, diagnostics: string): Issue => ({
  code,
  diagnostics,
  expression: [`Consent.${element}`],
});

function shapeOf({ status, scope, category, policy, policyRule, meta, performer }: Json): Issue[] {
  const issues: Issue[] = [];
  if (status === undefined) issues.push(issue('required', 'status', 'A consent has a status.'));
  else if (!statuses.includes(status as string))
    issues.push(issue('value', 'status', `status is one of ${statuses.join(', ')}.`));
  if (!hasCode(scope, 'patient-privacy'))
    issues.push(issue('value', 'scope', 'Only consents with the scope patient-privacy are kept here.'));
  if (!isFilledList(category)) issues.push(issue('required', 'category', 'A consent has a category.'));
  if (policy === undefined && policyRule === undefined)
    issues.push(issue('required', 'policy', 'A consent names a policy or a policyRule (ppc-1).'));
  if (policy !== undefined && !isFilledList(policy)) issues.push(issue('structure', 'policy', 'policy is a list.'));
  if (performer !== undefined && !isFilledList(performer))
    issues.push(issue('structure', 'performer', 'performer is a list.'));
  if (meta !== undefined && !isObject(meta)) issues.push(issue('structure', 'meta', 'meta is an object.'));
  if (isObject(meta) && meta.tag !== undefined && !isFilledList(meta.tag))
    issues.push(issue('structure', 'meta.tag', 'meta.tag is a list.'));
  return issues;
}

function sourceOf({ sourceAttachment, sourceReference }: Json): Issue[] {
  const strings = (of: unknown, ...names: string[]) =>
    of === undefined || (isObject(of) && names.every((name) => ['undefined', 'string'].includes(typeof of[name])));
  if (!strings(sourceAttachment, 'data', 'url', 'hash') || !strings(sourceReference, 'reference'))
    return [issue('structure', 'source', 'The source is an Attachment or a Reference.')];
  const { data } = isObject(sourceAttachment) ? sourceAttachment : {};
  return data === undefined || isBase64(data as string)
    ? []
    : [issue('value', 'source', 'The attached document is not base64.')];
}

/** White space may stand anywhere (FHIR base64Binary). */
function isBase64(text: string): boolean {
  const compact = text.replace(/\s+/g, '');
  return compact.length > 0 && compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
}

function provisionsOf({ provision }: Json, zone: number): Issue[] {
  if (!isObject(provision)) return [issue('required', 'provision', 'A consent says what it permits or denies.')];
  const issues: Issue[] = [];
  let count = 0;
  const look = (each: unknown, path: string, depth: number): void => {
    count += 1;
    if (count > most) return;
    if (!isObject(each)) return void issues.push(issue('structure', path, 'A provision is an object.'));
    if (each.type !== 'permit' && each.type !== 'deny')
      issues.push(
        issue(each.type === undefined ? 'required' : 'value', `${path}.type`, 'A provision permits or denies.'),
      );
    issues.push(...periodsOf(each, path, zone));
    if (each.provision === undefined) return;
    if (!Array.isArray(each.provision)) return void issues.push(issue('structure', path, 'provision is a list.'));
    if (depth === deepest) return void issues.push(issue('value', path, 'Provisions are nested too deeply.'));
    for (const [at, inner] of each.provision.entries()) look(inner, `${path}.provision[${at}]`, depth + 1);
  };
  look(provision, 'provision', 1);
  return count > most ? [issue('value', 'provision', `A consent has at most ${most} provisions.`)] : issues;
}

/** A period that ends before it begins holds never; that is nobody's will. */
function periodsOf(provision: Json, path: string, zone: number): Issue[] {
  return ['period', 'dataPeriod'].flatMap((name) => {
    const period = provision[name];
    const { start, end } = (isObject(period) && periodSpan(period, zone)) || {};
    if (start === undefined || end === undefined || start < end) return [];
    return [issue('value', `${path}.${name}`, 'A period must not end before it begins.')];
  });
}

const isFilledList = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isObject);

const hasCode = (concept: unknown, code: string): boolean =>
  isObject(concept) &&
  Array.isArray(concept.coding) &&
  concept.coding.some((coding) => isObject(coding) && coding.code === code);
