import Type, { type Static } from 'typebox';
import type { Coding, ResourceFacts } from '../../../contracts/rules/facts.ts';
import { isConfidentialityLevel } from '../../../contracts/rules/labels.ts';
import type { Asker } from '../../../contracts/rules/state.ts';
import { actCode, confidentiality } from '../../../contracts/rules/vocabulary.ts';
import { Failure } from '../../../kernel/errors.ts';
import { type Identified, idOf, namedAsker } from './named.ts';

const text = Type.String({ minLength: 1, maxLength: 200 });
const attribute = Type.Object({
  AttributeId: text,
  Value: Type.Unknown(),
  IncludeInResult: Type.Optional(Type.Boolean()),
});
const category = Type.Object({
  CategoryId: Type.Optional(text),
  Attribute: Type.Optional(Type.Array(attribute, { maxItems: 50 })),
});
const categories = Type.Optional(Type.Union([category, Type.Array(category, { maxItems: 50 })]));

/** A request in the JSON Profile of XACML 3.0 (version 1.1, §5), with the categories' short names or their own. */
export const xacmlBody = Type.Object({
  Request: Type.Object({
    ReturnPolicyIdList: Type.Optional(Type.Boolean()),
    AccessSubject: categories,
    Action: categories,
    Resource: categories,
    Environment: categories,
    Category: Type.Optional(Type.Array(category, { maxItems: 50 })),
  }),
});
export type XacmlRequest = Static<typeof xacmlBody>['Request'];
export type Category = Static<typeof category>;

/** One of the questions of a request: it may name several resources (Multiple Decision Profile). */
export interface XacmlQuestion {
  patient: string;
  actor: Asker;
  action: string;
  purpose: string;
  /** What of the patient's records is asked about; left out: all of them. */
  facts?: ResourceFacts;
}

const categoryIds = {
  AccessSubject: 'urn:oasis:names:tc:xacml:1.0:subject-category:access-subject',
  Action: 'urn:oasis:names:tc:xacml:3.0:attribute-category:action',
  Resource: 'urn:oasis:names:tc:xacml:3.0:attribute-category:resource',
  Environment: 'urn:oasis:names:tc:xacml:3.0:attribute-category:environment',
} as const;
type Name = keyof typeof categoryIds;

/** The categories of a kind, each with its full id. */
export function categoriesOf(request: XacmlRequest, name: Name): Category[] {
  const short = request[name] === undefined ? [] : [request[name]].flat();
  const long = (request.Category ?? []).filter(({ CategoryId }) => CategoryId === categoryIds[name]);
  return [...short, ...long].map((each) => ({ ...each, CategoryId: categoryIds[name] }));
}

/**
 * What is asked about one of the request's resources. Attributes go by the last part of their id, so that XACML's own,
 * XSPA's and the short ones of SDHC's LEAP Consent Decision Service are understood; the others play no part.
 * Throws Failure `required` for an attribute that is missing, `value` for one that is not understood.
 */
export function questionOf(request: XacmlRequest, resource: Category, fhirBase: string): XacmlQuestion {
  const all = (['AccessSubject', 'Action', 'Environment'] as const).flatMap((name) => categoriesOf(request, name));
  const patient = oneOf([resource], 'patientid', 'patient-id', 'resource-id');
  if (patient === undefined)
    throw new Failure('required', 'Say whose data: the attribute patient-id of the resource.', {
      expression: ['patient-id'],
    });
  const subject = oneOf(categoriesOf(request, 'AccessSubject'), 'subject-id', 'actor');
  const facts = factsOf(resource);
  return {
    patient: idOf('Patient', patient, fhirBase),
    actor: namedAsker(subject, fhirBase),
    action: textOf(oneOf(categoriesOf(request, 'Action'), 'action-id') ?? 'access'),
    purpose: textOf(oneOf(all, 'purposeofuse', 'purpose-of-use') ?? 'TREAT'),
    ...(facts && { facts }),
  };
}

function factsOf(resource: Category): ResourceFacts | undefined {
  const type = oneOf([resource], 'resource-type');
  const labels = allOf([resource], 'security-label', 'confidentiality-code').map(labelOf);
  if (type === undefined && labels.length === 0) return undefined;
  return {
    ...{ type: textOf(type ?? ''), id: textOf(oneOf([resource], 'fhir-id') ?? ''), labels },
    authorOrganization: textOf(oneOf([resource], 'author-organization') ?? ''),
    ...{ authors: [], codes: [], references: [], periodStart: '', periodEnd: '' },
  };
}

/** A bare code is a confidentiality level where it is one, else a sensitivity. */
function labelOf(value: string | Identified): Coding {
  if (typeof value !== 'string') return { system: value.system ?? '', code: value.value };
  const at = value.lastIndexOf('|');
  if (at >= 0) return { system: value.slice(0, at), code: value.slice(at + 1) };
  return { system: isConfidentialityLevel(value) ? confidentiality : actCode, code: value };
}

const textOf = (value: string | Identified): string => (typeof value === 'string' ? value : value.value);

/** The one value of the attribute, by whichever of its names. Throws Failure `value` where there are several. */
function oneOf(of: readonly Category[], ...names: string[]): string | Identified | undefined {
  const [value, ...more] = allOf(of, ...names);
  if (more.length === 0) return value;
  throw new Failure('value', `Give one ${names[0]} in a request.`, { expression: [names[0]!] });
}

function allOf(of: readonly Category[], ...names: string[]): (string | Identified)[] {
  const attributes = of.flatMap(({ Attribute = [] }) => Attribute);
  const wanted = attributes.filter(({ AttributeId }) =>
    names.includes(AttributeId.slice(AttributeId.lastIndexOf(':') + 1).toLowerCase()),
  );
  return wanted.flatMap(({ Value, AttributeId }) => [Value].flat().map((value) => understood(value, AttributeId)));
}

function understood(value: unknown, name: string): string | Identified {
  if (typeof value === 'string' && value) return value;
  if (typeof value === 'object' && value !== null && 'value' in value && typeof value.value === 'string')
    return value as Identified;
  throw new Failure('value', `${name} is a text, or a system with its value.`, { expression: [name] });
}
