import type { Prepared, PreparedElement, PreparedType } from './prepared.ts';
import { primitives } from './primitives.ts';

/** One property that an object of a type may have in JSON. */
export interface Property {
  element: PreparedElement;
  /** FHIRPath name: `value` for `valueQuantity`. */
  name: string;
  type: string;
  primitive: boolean;
}

export interface Shape {
  kind: PreparedType['kind'];
  properties: ReadonlyMap<string, Property>;
  /** Elements that must be there, each with the properties any of which will do. */
  required: readonly { name: string; properties: readonly string[] }[];
}

/** The JSON shape of each type, made when it is first asked for. Undefined: there is no such type. */
export type Shapes = (type: string) => Shape | undefined;

export function shapes({ types }: Prepared): Shapes {
  const known = new Map<string, Shape>();
  return (name) => {
    const shape = known.get(name);
    if (shape) return shape;
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (!type) return undefined;
    const made = shapeOf(type);
    known.set(name, made);
    return made;
  };
}

function shapeOf({ kind, elements }: PreparedType): Shape {
  const properties = new Map<string, Property>();
  const required: { name: string; properties: string[] }[] = [];
  for (const element of elements) {
    if (element.max === 0) continue;
    const own = propertiesOf(element);
    for (const [key, property] of own) properties.set(key, property);
    if (element.min > 0) required.push({ name: baseName(element), properties: own.map(([key]) => key) });
  }
  return { kind, properties, required };
}

export const baseName = ({ name }: PreparedElement): string => name.replace('[x]', '');

/** A choice has one property for each of its types. */
export function propertiesOf(element: PreparedElement): [key: string, property: Property][] {
  const name = baseName(element);
  return element.types.map((type) => {
    const key = element.name === name ? name : name + type[0]!.toUpperCase() + type.slice(1);
    return [key, { element, name, type, primitive: Object.hasOwn(primitives, type) }];
  });
}
