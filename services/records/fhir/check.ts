import type { Bindings } from './bindings.ts';
import { isInOrder } from './dates.ts';
import { type Issues, inside, type Place } from './issues.ts';
import { primitives } from './primitives.ts';
import { wrongReference } from './references.ts';
import type { Property, Shape, Shapes } from './shapes.ts';

export interface Context {
  shapes: Shapes;
  bound: Bindings;
  issues: Issues;
  /** Ids of the contained resources that references may name. */
  contained: ReadonlySet<unknown>;
}

type Json = Readonly<Record<string, unknown>>;

/** Deeper than any resource is; keeps a hostile one from exhausting the stack. */
const deepest = 50;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Adds to `context.issues` whatever is wrong with a whole resource. */
export function checkRoot(resource: unknown, expectedType: string | undefined, context: Context): void {
  const type = isObject(resource) && typeof resource.resourceType === 'string' ? resource.resourceType : undefined;
  const isKnown = type !== undefined && isResourceType(context.shapes, type);
  const place: Place = { name: isKnown ? type : (expectedType ?? 'Resource'), depth: 0 };
  if (expectedType && type !== undefined && type !== expectedType)
    context.issues.add('invalid', `must be of type ${expectedType}`, inside(place, 'resourceType'));
  else checkResource(resource, place, context);
}

const isResourceType = (shapes: Shapes, type: string): boolean => shapes(type)?.kind === 'resource';

function checkResource(value: unknown, place: Place, context: Context): void {
  const shape = shapeOf(value, place, context);
  if (!shape) return;
  const { contained } = value as Json;
  const ids = new Set(Array.isArray(contained) ? contained.map((each) => each?.id) : []);
  checkObject(value as Json, shape, place, { ...context, contained: ids });
}

function checkContained(value: unknown, place: Place, context: Context): void {
  const shape = shapeOf(value, place, context);
  if (!shape) return;
  const { id, contained } = value as Json;
  if (id === undefined) context.issues.add('required', 'a contained resource needs an id', inside(place, 'id'));
  if (contained === undefined) checkObject(value as Json, shape, place, context);
  else context.issues.add('structure', 'a contained resource contains no others', inside(place, 'contained'));
}

function shapeOf(value: unknown, place: Place, { shapes, issues }: Context): Shape | undefined {
  const here = inside(place, 'resourceType');
  if (!isObject(value)) issues.add('structure', 'must be a resource', place);
  else if (typeof value.resourceType !== 'string') issues.add('required', 'is missing', here);
  else if (!isResourceType(shapes, value.resourceType)) issues.add('not-supported', 'is no type of FHIR R4', here);
  else return shapes(value.resourceType);
  return undefined;
}

function checkObject(value: Json, shape: Shape, place: Place, context: Context): void {
  const { issues } = context;
  if (place.depth > deepest) {
    issues.add('structure', 'is nested too deeply', place);
    return;
  }
  const choices = new Map<string, string>();
  let isEmpty = true;
  for (const key in value) {
    if (key === 'resourceType' && shape.kind === 'resource') continue;
    isEmpty = false;
    checkProperty(value, key, shape, choices, place, context);
  }
  if (isEmpty && shape.kind !== 'resource') issues.add('structure', 'must not be empty', place);
  for (const { name, properties } of shape.required)
    if (!properties.some((key) => value[key] !== undefined || value[`_${key}`] !== undefined))
      issues.add('required', 'is missing', inside(place, name));
}

/** @param choices which of the types of each choice was met before */
function checkProperty(
  value: Json,
  key: string,
  shape: Shape,
  choices: Map<string, string>,
  place: Place,
  context: Context,
): void {
  const isCompanion = key.startsWith('_');
  const base = isCompanion ? key.slice(1) : key;
  const property = shape.properties.get(base);
  if (!property || (isCompanion && !property.primitive)) {
    context.issues.add('structure', 'is no element of this type', inside(place, key));
    return;
  }
  const { name } = property;
  if (name !== base) {
    if ((choices.get(name) ?? base) !== base)
      context.issues.add('structure', 'only one of its types may be given', inside(place, name));
    choices.set(name, base);
  }
  if (isCompanion) checkCompanion(value[key], property, inside(place, name), context);
  else if (property.element.list) checkList(value[key], value[`_${key}`], property, place, context);
  else checkValue(value[key], property, inside(place, name), context);
}

/** @param companion extensions of primitives, which may stand in for a value that is null */
function checkList(value: unknown, companion: unknown, property: Property, place: Place, context: Context): void {
  const { element, name, primitive } = property;
  const { issues } = context;
  if (!Array.isArray(value)) {
    issues.add('structure', 'must be an array', inside(place, name));
    return;
  }
  if (value.length === 0) issues.add('structure', 'must not be empty', inside(place, name));
  if (value.length > (element.max ?? Infinity))
    issues.add('structure', `may be there ${element.max} times at most`, inside(place, name));
  for (const [index, item] of value.entries()) {
    const isExtendedOnly = item === null && primitive && Array.isArray(companion) && isObject(companion[index]);
    if (!isExtendedOnly) checkValue(item, property, inside(place, name, index), context);
  }
}

function checkValue(value: unknown, property: Property, place: Place, context: Context): void {
  const { type, element, primitive } = property;
  if (primitive) checkPrimitive(value, property, place, context);
  else if (type === 'Resource') (element.name === 'contained' ? checkContained : checkResource)(value, place, context);
  else if (!isObject(value)) context.issues.add('structure', 'must be an object', place);
  else checkDatatype(value, property, place, context);
}

function checkPrimitive(value: unknown, { type, element }: Property, place: Place, { bound, issues }: Context): void {
  const { form, accepts } = primitives[type]!;
  if (!accepts(value)) issues.add('value', `must be ${form}`, place);
  else if (element.binding && type === 'code' && !bound.code(element.binding, value as string))
    issues.add('value', `is no code of ${element.binding}`, place);
}

function checkDatatype(value: Json, { type, element }: Property, place: Place, context: Context): void {
  checkObject(value, context.shapes(type)!, place, context);
  if (type === 'Reference') checkReference(value, element.targets, place, context);
  else if (type === 'Extension') checkExtension(value, place, context.issues);
  else if (type === 'Period' && !isInOrder(value)) context.issues.add('value', 'must not end before it starts', place);
  else if (element.binding && !context.bound.concept(element.binding, type, value))
    context.issues.add('value', `has no code of ${element.binding}`, place);
}

/** `_birthDate` and its like: id and extensions of a primitive. */
function checkCompanion(value: unknown, { element }: Property, place: Place, context: Context): void {
  const isMany = Array.isArray(value);
  if (isMany !== element.list) {
    context.issues.add('structure', `must be ${element.list ? 'an array' : 'an object'}`, place);
    return;
  }
  for (const [index, item] of (isMany ? value : [value]).entries()) {
    if (isMany && item === null) continue;
    const here = isMany ? { ...place, index } : place;
    if (isObject(item)) checkObject(item, context.shapes('Element')!, here, context);
    else context.issues.add('structure', 'must be an object', here);
  }
}

function checkReference(
  { reference }: Json,
  targets: readonly string[] | undefined,
  place: Place,
  { shapes, contained, issues }: Context,
): void {
  if (typeof reference !== 'string') return;
  const here = inside(place, 'reference');
  if (reference.startsWith('#')) {
    if (reference !== '#' && !contained.has(reference.slice(1)))
      issues.add('value', 'names no contained resource', here);
    return;
  }
  const wrong = wrongReference(reference, (type) => isResourceType(shapes, type), targets);
  if (wrong) issues.add(wrong.code, wrong.text, here);
}

/** Rule ext-1 of R4: a value or extensions, not both and not neither. */
function checkExtension(value: Json, place: Place, issues: Issues): void {
  const hasValue = Object.keys(value).some((key) => /^_?value./.test(key));
  const hasExtensions = value.extension !== undefined;
  if (hasValue === hasExtensions) issues.add('structure', 'needs a value or extensions, and not both', place);
}
