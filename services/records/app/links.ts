import { Failure, type Issue } from '../../../kernel/errors.ts';
import type { Caller } from './caller.ts';
import type { Conditions } from './conditions.ts';
import { isElsewhere } from './elsewhere.ts';
import type { Interaction } from './interaction.ts';
import { placeIn } from './placed.ts';
import { isConditional, localReference, withReferences } from './references.ts';
import type { Resources } from './resources.ts';

/** A write and the id that it has, or will have. */
export interface Linked {
  interaction: Interaction;
  id: string;
}

/** The references between resources that are written together, and to those that are there. */
export interface Links {
  /** The resource with the references of its bundle replaced by those of the resources that they mean. */
  link(resource: unknown, of: Interaction): unknown;
  /** Throws Failure `processing` with an issue `not-found` for each reference to what is not here. */
  check(): Promise<void>;
}

export type Linker = (caller: Caller, written: readonly Linked[]) => Promise<Links>;

/** @param parts.fhirBase our own base: absolute references below it are ours */
export function linker(parts: { resources: Resources; conditions: Conditions; fhirBase: string }): Linker {
  const { resources, conditions, fhirBase } = parts;

  /** Conditional references are those of a transaction (FHIR R4 §3.1.0.11.3). */
  async function conditional(caller: Caller, written: readonly Linked[]): Promise<Map<string, string>> {
    const asked = new Map<string, string>();
    for (const { interaction } of written) {
      if (!('resource' in interaction) || !isObject(interaction.resource)) continue;
      withReferences(interaction.resource, interaction.type, (reference, path) => {
        if (isConditional(reference)) asked.set(reference, placeIn(interaction.entry, path));
        return reference;
      });
    }
    const found = new Map<string, string>();
    for (const [reference, path] of asked) {
      const [type, query] = split(reference);
      const met = await conditions.find(caller, type, query);
      if (!met.found) throw missing([{ reference, path }]);
      found.set(reference, `${type}/${met.found.content.id}`);
    }
    return found;
  }

  return async (caller, written) => {
    const known = new Map(await conditional(caller, written));
    const own = new Set<string>();
    for (const { interaction, id } of written) {
      own.add(`${interaction.type}/${id}`);
      if (interaction.fullUrl) know(known, interaction, `${interaction.type}/${id}`);
    }
    const outside = new Map<string, string>();
    const unresolved: Reference[] = [];
    const resolve = (reference: string, path: string): string => {
      const meant = known.get(reference) ?? withoutBase(reference, fhirBase);
      const local = localReference(meant);
      if (local && !own.has(local) && !isElsewhere(local.split('/', 1)[0]!)) outside.set(local, path);
      if (meant.startsWith('urn:uuid:')) unresolved.push({ reference, path });
      return meant;
    };
    return {
      link(resource, { type, entry }) {
        if (!isObject(resource)) return resource;
        return withReferences(resource, type, (reference, path) => resolve(reference, placeIn(entry, path)));
      },
      async check() {
        const there = await Promise.all([...outside.keys()].map(resources.exists));
        const absent = [...outside].filter((_, index) => !there[index]);
        const all = [...unresolved, ...absent.map(([reference, path]) => ({ reference, path }))];
        if (all.length > 0) throw missing(all);
      },
    };
  };
}

/** Two resources under one fullUrl: nobody could say which of them a reference means. */
function know(known: Map<string, string>, { fullUrl, entry }: Interaction, reference: string): void {
  if ((known.get(fullUrl!) ?? reference) === reference) return void known.set(fullUrl!, reference);
  const expression = [`${entry ?? 'Bundle.entry'}.fullUrl`];
  throw new Failure('invalid', 'Another entry has this fullUrl too.', { expression });
}

interface Reference {
  reference: string;
  path: string;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const withoutBase = (reference: string, base: string): string =>
  reference.startsWith(`${base}/`) ? reference.slice(base.length + 1) : reference;

function split(reference: string): [type: string, query: string] {
  const at = reference.indexOf('?');
  return [reference.slice(0, at), reference.slice(at + 1)];
}

function missing(references: readonly Reference[]): Failure {
  const issues = references.map(({ path }): Issue => {
    return { code: 'not-found', diagnostics: 'There is no such resource here.', expression: [path] };
  });
  return new Failure('processing', 'A reference leads to a resource that is not here.', { issues });
}
