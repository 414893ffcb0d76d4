import type { Query } from './query.ts';
import type { Property, Shapes } from './shapes.ts';

type Json = Record<string, unknown>;

/** Always there, whatever was asked for. */
const kept: readonly string[] = ['id', 'meta', 'resourceType'];
const subsetted = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

/** What `_summary` and `_elements` leave of a resource, tagged as SUBSETTED; the resource itself where all of it is wanted. */
export function subset<T extends object>(shapes: Shapes, resource: T, query: Pick<Query, 'summary' | 'elements'>): T {
  const { resourceType, meta } = resource as { resourceType?: string; meta?: { tag?: unknown[] } };
  const wanted = wantedBy(query);
  if (!wanted || !resourceType) return resource;
  const isSummary = query.summary === 'true';
  const left = pick(shapes, resource as Json, resourceType, wanted, isSummary);
  return { ...left, meta: { ...meta, tag: [...(meta?.tag ?? []), subsetted] } } as T;
}

function wantedBy({ summary, elements }: Pick<Query, 'summary' | 'elements'>) {
  if (summary === 'data') return ({ name }: Property) => name !== 'text';
  if (summary === 'text') return ({ name, element }: Property) => name === 'text' || element.min > 0;
  if (summary === 'true') return ({ element }: Property) => element.summary === true || element.min > 0;
  if (!elements) return undefined;
  return ({ name, element }: Property) => elements.includes(name) || element.min > 0 || element.modifier === true;
}

function pick(
  shapes: Shapes,
  value: Json,
  type: string,
  wanted: (property: Property) => boolean,
  isDeep: boolean,
): Json {
  const properties = shapes(type)?.properties;
  const left: Json = {};
  for (const [key, inner] of Object.entries(value)) {
    const property = properties?.get(key.replace(/^_/, ''));
    if (kept.includes(key)) left[key] = inner;
    else if (property && wanted(property)) left[key] = isDeep ? pickInside(shapes, inner, property, wanted) : inner;
  }
  return left;
}

function pickInside(
  shapes: Shapes,
  value: unknown,
  property: Property,
  wanted: (property: Property) => boolean,
): unknown {
  if (property.primitive || property.type === 'Resource') return value;
  if (Array.isArray(value)) return value.map((each) => pickInside(shapes, each, property, wanted));
  return pick(shapes, value as Json, property.type, wanted, true);
}
