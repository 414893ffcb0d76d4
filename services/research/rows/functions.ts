import fhirpath, { type UserInvocationTable } from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';

/**
 * The FHIRPath functions of a view: those that depend on the resource alone. None that looks elsewhere (resolve,
 * memberOf), writes (trace) or tells the time (now); and none by which a short text could make much of a small resource
 * (select, combine, repeat, descendants, split, replace, matches, power).
 */
export const viewFunctions: ReadonlySet<string> = new Set(
  `abs all allFalse allTrue anyFalse anyTrue as ceiling contains convertsToBoolean convertsToDate convertsToDateTime
  convertsToDecimal convertsToInteger convertsToQuantity convertsToString convertsToTime count distinct empty endsWith
  exclude exists extension first floor getReferenceKey getResourceKey getValue hasValue highBoundary iif indexOf
  intersect is isDistinct join last length lowBoundary lower not ofType precision round single skip startsWith subsetOf
  substring supersetOf tail take toBoolean toDate toDateTime toDecimal toInteger toQuantity toString toTime trim
  truncate union upper where`.split(/\s+/),
);

interface Reference {
  reference?: string;
  type?: string;
}

/** The two functions that SQL-on-FHIR adds: what joins the tables of two views. Equal keys, same resource. */
export const keyFunctions: UserInvocationTable = {
  getResourceKey: {
    arity: { 0: [] },
    fn: (nodes: { resourceType?: string; id?: string }[]) =>
      nodes.flatMap(({ resourceType, id }) => (resourceType && id ? [`${resourceType}/${id}`] : [])),
  },
  getReferenceKey: {
    arity: { 0: [], 1: ['TypeSpecifier'] },
    fn: (nodes: Reference[], type?: { name: string }) => nodes.flatMap((node) => referenceKey(node, type?.name)),
  },
};

/** Relative references are of this server; others keep their address, so that they never equal one of ours. */
function referenceKey({ reference, type }: Reference, wanted: string | undefined): string[] {
  if (!reference || reference.startsWith('#')) return [];
  const address = reference.replace(/\/_history\/[^/]+$/, '');
  const named = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}$/.exec(address)?.[1] ?? type;
  return wanted === undefined || wanted === named ? [address] : [];
}

/**
 * Where SQL-on-FHIR asks for more than FHIRPath: nothing joined is the empty text, and a boundary of a dateTime without
 * an offset is that of the earliest or the latest place on Earth.
 */
export const stricterFunctions: UserInvocationTable = {
  join: {
    arity: { 0: [], 1: ['String'] },
    fn: (nodes: unknown[], separator = '') => [nodes.join(separator)],
  },
  lowBoundary: boundary('lowBoundary', '+14:00'),
  highBoundary: boundary('highBoundary', '-12:00'),
};

function boundary(name: 'lowBoundary' | 'highBoundary', offset: string): UserInvocationTable[string] {
  const evaluate = (precision: string) =>
    fhirpath.compile(`${name}(${precision})`, r4, { resolveInternalTypes: false });
  return {
    arity: { 0: [], 1: ['Integer'] },
    internalStructures: true,
    fn: (nodes: unknown[], precision?: number) =>
      evaluate(precision === undefined ? '' : String(precision))(nodes).map((value: unknown) => {
        const local = /^\d{4}-\d\d-\d\dT[\d:.]+$/.test(String(value));
        return local ? fhirpath.evaluate({}, `@${value}${offset}`, {}, r4, { resolveInternalTypes: false })[0] : value;
      }),
  };
}
