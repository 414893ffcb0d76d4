import { localTarget } from './references.ts';
import type { Property, Shapes } from './shapes.ts';

/** Gives every value that a path leads to, with the property that it is in. */
export type Accessor = (resource: object, found: (value: unknown, property: Property) => void) => void;

export interface Path {
  values: Accessor;
  /** FHIR types that the values may have. */
  types: readonly string[];
}

interface Step {
  element: string;
  /** `ofType(T)` */
  type?: string;
  keeps?: (value: unknown) => boolean;
  first?: boolean;
}

/** One way down the JSON, each step with what it keeps. */
type Route = { key: string; property: Property; keeps?: Step['keeps']; first?: boolean }[];

/**
 * Understands the kind of FHIRPath that R4's search parameters are written in: elements, `ofType`, `where` on
 * one element or on what a reference resolves to, an index of 0. Choices of type are laid out ahead of time.
 * @throws Error where the expression needs more than that
 */
export function path(shapes: Shapes, resourceType: string, expression: string): Path {
  const steps = parse(expression.replace(/^\(?\w+\./, ''));
  const routes = layOut(shapes, resourceType, steps);
  return {
    types: routes.flatMap((route) => route.at(-1)?.property.type ?? []),
    values: (resource, found) => {
      for (const route of routes) walk(resource, route, 0, found);
    },
  };
}

const stepForm = /^\.?(\w+)(\([^()]*(?:\(\))?[^()]*\)|\[0\])?\)?/;

function parse(path: string): Step[] {
  const steps: Step[] = [];
  for (let rest = path; rest; ) {
    const [whole, word, argument = ''] = stepForm.exec(rest) ?? fail(path);
    rest = rest.slice(whole.length);
    const last = steps.at(-1);
    if (argument === '') steps.push({ element: word! });
    else if (argument === '[0]') steps.push({ element: word!, first: true });
    else if (last && word === 'ofType') last.type = argument.slice(1, -1);
    else if (last && word === 'where') last.keeps = condition(argument.slice(1, -1));
    else fail(path);
  }
  return steps;
}

function condition(text: string): (value: unknown) => boolean {
  const resolved = /^resolve\(\) is (\w+)$/.exec(text)?.[1];
  if (resolved) return (value) => localTarget((value as { reference?: unknown }).reference)?.type === resolved;
  const [, element, wanted] = /^(\w+)='([^']*)'$/.exec(text) ?? fail(text);
  return (value) => (value as Record<string, unknown>)[element!] === wanted;
}

function layOut(shapes: Shapes, type: string, [step, ...others]: Step[]): Route[] {
  const shape = step && shapes(type);
  if (!step || !shape) return [[]];
  const ways = [...shape.properties].filter(
    ([, { name, type: own }]) => name === step.element && (!step.type || step.type === own),
  );
  return ways.flatMap(([key, property]) =>
    layOut(shapes, property.type, others).map((route) => [
      { key, property, ...(step.keeps && { keeps: step.keeps }), ...(step.first && { first: true }) },
      ...route,
    ]),
  );
}

function walk(from: unknown, route: Route, at: number, found: Parameters<Accessor>[1]): void {
  const { key, property, keeps, first } = route[at]!;
  const value = (from as Record<string, unknown>)[key];
  if (value === undefined || value === null) return;
  const items = Array.isArray(value) ? value : [value];
  for (const item of first ? items.slice(0, 1) : items) {
    if (item === null || (keeps && !keeps(item))) continue;
    if (at === route.length - 1) found(item, property);
    else walk(item, route, at + 1, found);
  }
}

function fail(expression: string): never {
  throw new Error(`this FHIRPath is more than search parameters need: ${expression}`);
}
