/** A code system that criteria may name. */
export interface CodeSystem {
  /** The URIs under which FHIR knows it, the first one being its own. */
  uris: readonly string[];
  title: string;
  /** What a criterion may give: a code, or a block of a classification. */
  code: RegExp;
  /**
   * `prefix`: codes stand under those that they begin with, blocks under those that enclose them; `table`: only a table
   * of parents tells; absent: no code stands under another.
   */
  hierarchy?: 'prefix' | 'table';
}

const icd10 = /^[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?$|^[A-Z]\d[0-9A-Z]-[A-Z]\d[0-9A-Z]$/;

/** URIs of https://terminology.hl7.org and their OIDs. */
export const codeSystems: readonly CodeSystem[] = [
  { title: 'ICD-10', uris: ['http://hl7.org/fhir/sid/icd-10', 'urn:oid:2.16.840.1.113883.6.3'], ...classified(icd10) },
  {
    title: 'ICD-10-CM',
    uris: ['http://hl7.org/fhir/sid/icd-10-cm', 'urn:oid:2.16.840.1.113883.6.90'],
    ...classified(icd10),
  },
  {
    title: 'ICD-10-GM',
    uris: ['http://fhir.de/CodeSystem/bfarm/icd-10-gm', 'http://fhir.de/CodeSystem/dimdi/icd-10-gm'],
    ...classified(icd10),
  },
  {
    title: 'ATC',
    uris: ['http://www.whocc.no/atc', 'urn:oid:2.16.840.1.113883.6.73'],
    ...classified(/^[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?$/),
  },
  {
    title: 'OPS',
    uris: ['http://fhir.de/CodeSystem/bfarm/ops', 'http://fhir.de/CodeSystem/dimdi/ops'],
    ...classified(/^\d(-[0-9a-z]{2,3}(\.[0-9a-z]{1,2})?)?$/),
  },
  {
    title: 'SNOMED CT',
    uris: ['http://snomed.info/sct', 'urn:oid:2.16.840.1.113883.6.96'],
    code: /^[1-9]\d{5,17}$/,
    hierarchy: 'table',
  },
  {
    title: 'RxNorm',
    uris: ['http://www.nlm.nih.gov/research/umls/rxnorm', 'urn:oid:2.16.840.1.113883.6.88'],
    code: /^\d{1,8}$/,
    hierarchy: 'table',
  },
  {
    title: 'LOINC',
    uris: ['http://loinc.org', 'urn:oid:2.16.840.1.113883.6.1'],
    code: /^(\d{1,7}|L[PG]\d{1,8})-\d$/,
    hierarchy: 'table',
  },
  { title: 'CVX', uris: ['http://hl7.org/fhir/sid/cvx', 'urn:oid:2.16.840.1.113883.12.292'], code: /^\d{1,3}$/ },
  { title: 'CPT', uris: ['http://www.ama-assn.org/go/cpt'], code: /^\d{4}[0-9A-Z]$/ },
];

function classified(code: RegExp) {
  return { code, hierarchy: 'prefix' as const };
}

const byUri = new Map(codeSystems.flatMap((system) => system.uris.map((uri) => [uri, system])));

export const codeSystemOf = (uri: string): CodeSystem | undefined => byUri.get(uri);
