import { type Accessor, type Path, path } from './paths.ts';
import type { Prepared, PreparedSearchParameter, SearchParameterType } from './prepared.ts';
import type { Shapes } from './shapes.ts';

export interface SearchParameter {
  code: string;
  type: SearchParameterType;
  /** Resource types that a reference may lead to; undefined: any. */
  targets: readonly string[] | undefined;
  /** Whether resources are indexed by it: composite and special parameters are not. */
  supported: boolean;
  /** Whether its tokens are identifiers: no two that differ in case alone may be taken for the same. */
  isIdentifier: boolean;
  values: Accessor;
}

/** The search parameters of a resource type by name, made when first asked for. Undefined: there is no such type. */
export type SearchParameters = (type: string) => ReadonlyMap<string, SearchParameter> | undefined;

export function searchParameters(definitions: Prepared, shapes: Shapes): SearchParameters {
  const known = new Map<string, ReadonlyMap<string, SearchParameter>>();
  return (type) => {
    const before = known.get(type);
    if (before || !Object.hasOwn(definitions.searchParameters, type)) return before;
    const made = new Map(
      definitions.searchParameters[type]!.map((each) => [each.code, parameterOf(shapes, type, each)]),
    );
    known.set(type, made);
    return made;
  };
}

function parameterOf(shapes: Shapes, resource: string, prepared: PreparedSearchParameter): SearchParameter {
  const { code, type, expressions, targets } = prepared;
  const supported = type !== 'composite' && type !== 'special';
  const paths = supported ? expressions.map((each) => pathOf(shapes, resource, each)) : [];
  return {
    ...{ code, type, targets, supported },
    isIdentifier: paths.some(({ types }) => types.includes('Identifier')),
    values: (content, found) => {
      for (const { values } of paths) values(content, found);
    },
  };
}

/** `Patient.deceased.exists() and Patient.deceased != false`: the one expression that is a statement. */
const isOrWas = /^(\w+\.\w+)\.exists\(\) and \1 != false$/;

function pathOf(shapes: Shapes, resource: string, expression: string): Path {
  const element = isOrWas.exec(expression)?.[1];
  if (!element) return path(shapes, resource, expression);
  const { values } = path(shapes, resource, element);
  const declared = shapes(resource)!.properties.get('active')!;
  const holds: Accessor = (content, found) => {
    let isSo = false;
    values(content, (value) => {
      isSo ||= value !== false;
    });
    found(isSo, declared);
  };
  return { types: ['boolean'], values: holds };
}
