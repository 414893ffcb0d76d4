/** The code systems that value sets name by a short name, with the URIs under which FHIR and C-CDA know them. */
const systems: Record<string, readonly string[]> = {
  snomed: ['http://snomed.info/sct', 'urn:oid:2.16.840.1.113883.6.96'],
  loinc: ['http://loinc.org', 'urn:oid:2.16.840.1.113883.6.1'],
  rxnorm: ['http://www.nlm.nih.gov/research/umls/rxnorm', 'urn:oid:2.16.840.1.113883.6.88'],
  cvx: ['http://hl7.org/fhir/sid/cvx', 'urn:oid:2.16.840.1.113883.12.292'],
  hcpcs: [
    'http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets',
    'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets',
    'urn:oid:2.16.840.1.113883.6.285',
  ],
  // WHO's, its clinical modification of the USA, and Germany's: their categories are the same where the table names one
  icd10: [
    'http://hl7.org/fhir/sid/icd-10',
    'http://hl7.org/fhir/sid/icd-10-cm',
    'http://fhir.de/CodeSystem/bfarm/icd-10-gm',
    'http://fhir.de/CodeSystem/dimdi/icd-10-gm',
    'urn:oid:2.16.840.1.113883.6.3',
    'urn:oid:2.16.840.1.113883.6.90',
  ],
};

/** The URIs of a short name; any absolute URI is a system of its own. Undefined: neither. */
export function urisOf(system: string): readonly string[] | undefined {
  if (Object.hasOwn(systems, system)) return systems[system];
  return /^(?:https?:\/\/|urn:)\S+$/.test(system) ? [system] : undefined;
}

const classifications = new Set(systems.icd10);

/** Whether the system's codes are categories, which cover the codes that begin with them. */
export const isClassification = (uri: string): boolean => classifications.has(uri);

/** A code of ICD-10 as the table has it: `F10.20` is `F1020`; undefined where it is none. */
export function categoryOf(code: string): string | undefined {
  const plain = code.replace('.', '').toUpperCase();
  return /^[A-Z]\d[0-9A-Z]{1,5}$/.test(plain) ? plain : undefined;
}
