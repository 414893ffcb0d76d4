import type {
  CapabilityStatement,
  CapabilityStatementRest,
  CapabilityStatementRestResource,
  CapabilityStatementRestResourceOperation,
  ResourceType,
} from '@medplum/fhirtypes';
import type { Compartments } from './compartment.ts';
import type { Prepared } from './prepared.ts';
import type { SearchParameter, SearchParameters } from './searchParameters.ts';

type Interaction = NonNullable<CapabilityStatementRestResource['interaction']>[number]['code'];

interface Given extends CapabilityOptions, Pick<Compartments, 'mayConcernPatient'> {
  base: string;
}

export interface CapabilityOptions {
  /** When the software last changed, dateTime. */
  date: string;
  version: string;
  /** Addresses of the authorisation server. */
  oauth: { authorize: string; token: string };
  /** Types that another service answers, with what it supports. */
  elsewhere?: Readonly<Record<string, { interactions: readonly Interaction[]; searchParameters: readonly string[] }>>;
}

const interactions: readonly Interaction[] = [
  ...(['create', 'read', 'vread', 'update', 'patch', 'delete', 'history-instance', 'search-type'] as const),
];

/** Carry requests and answers; they are not stored. */
const notStored: readonly string[] = ['OperationOutcome', 'Parameters'];

/** Of every resource kept here: its security labels. */
const metaOperations: readonly CapabilityStatementRestResourceOperation[] = [
  { name: 'meta-add', definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta-add' },
  { name: 'meta-delete', definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta-delete' },
];

const operations: Readonly<Record<string, readonly CapabilityStatementRestResourceOperation[]>> = {
  Patient: [
    { name: 'everything', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything' },
    { name: 'break-glass', definition: 'urn:healthchain:operation:break-glass' },
    { name: 'share', definition: 'urn:healthchain:operation:share' },
  ],
  Consent: [
    { name: 'explain', definition: 'urn:healthchain:operation:explain' },
    { name: 'revoke', definition: 'urn:healthchain:operation:revoke' },
  ],
  AuditEvent: [{ name: 'proof', definition: 'urn:healthchain:operation:proof' }],
};

/** What the FHIR door supports; the search parameters are those that searches are really understood by. */
export function capabilityStatement(
  definitions: Prepared,
  parameters: SearchParameters,
  options: Given,
): CapabilityStatement {
  const { base, date, version } = options;
  const types = Object.keys(definitions.searchParameters).filter((type) => !notStored.includes(type));
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date,
    kind: 'instance',
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    patchFormat: ['application/json-patch+json'],
    software: { name: 'HealthChain', version },
    implementation: { description: 'HealthChain: patient-controlled medical records', url: base },
    rest: [
      {
        mode: 'server',
        documentation:
          'Searches stay within one patient: name the patient, or look a Patient up by identifier. Types that are about no patient can be searched as they are.',
        security: securityOf(options.oauth),
        interaction: [{ code: 'transaction' }, { code: 'batch' }],
        operation: [{ name: 'relabel', definition: 'urn:healthchain:operation:relabel' }],
        resource: types.map((type) => resourceOf(type as ResourceType, parameters, options)),
      },
    ],
  };
}

/** SMART App Launch: where tokens come from. */
function securityOf({ authorize, token }: CapabilityOptions['oauth']): CapabilityStatementRest['security'] {
  const system = 'http://terminology.hl7.org/CodeSystem/restful-security-service';
  return {
    service: [{ coding: [{ system, code: 'SMART-on-FHIR', display: 'SMART-on-FHIR' }], text: 'OAuth2, SMART-on-FHIR' }],
    extension: [
      {
        url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
        extension: [
          { url: 'authorize', valueUri: authorize },
          { url: 'token', valueUri: token },
        ],
      },
    ],
  };
}

function resourceOf(
  type: ResourceType,
  parameters: SearchParameters,
  { elsewhere, mayConcernPatient }: Given,
): CapabilityStatementRestResource {
  const other = elsewhere?.[type];
  const supported = [...parameters(type)!.values()].filter(
    ({ code, supported }) => supported && (!other || other.searchParameters.includes(code)),
  );
  const codes = other?.interactions ?? interactions;
  const operation = [...(operations[type] ?? []), ...(other ? [] : metaOperations)];
  return {
    type,
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    interaction: codes.map((code) => ({ code })),
    searchParam: supported.map(({ code, type: kind }) => ({ name: code, type: kind as 'token' })),
    ...(operation.length > 0 && { operation }),
    ...(!other && { ...ownFeatures(type, supported), updateCreate: !mayConcernPatient(type) }),
  };
}

function ownFeatures(type: string, supported: readonly SearchParameter[]): Partial<CapabilityStatementRestResource> {
  const includes = supported.filter(({ type: kind }) => kind === 'reference').map(({ code }) => `${type}:${code}`);
  return {
    versioning: 'versioned-update',
    readHistory: true,
    conditionalCreate: true,
    conditionalUpdate: true,
    conditionalDelete: 'not-supported',
    referencePolicy: ['literal', 'local', 'enforced'],
    ...(includes.length > 0 && { searchInclude: includes }),
  };
}
