import { setImmediate as breathe } from 'node:timers/promises';
import type { ResourceFacts } from '../../../contracts/rules/facts.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { undefinedWhereErased } from '../../../kernel/keys/erased.ts';
import type { DataKey, Keyring } from '../../../kernel/keys/keyring.ts';
import type { Find, Tally, ViewDocument, Views, ViewWrite } from '../../../kernel/views/port.ts';
import type { Projection } from '../../../kernel/views/projection.ts';
import type { RecordsEvent } from '../domain/event.ts';
import type { Content, ResourceEvent } from '../domain/resource.ts';
import type { Fhir } from '../fhir/fhir.ts';
import type { Terms } from '../fhir/terms.ts';
import { contentOf, ownerOf } from './content.ts';

/** What search and the guard know of a resource without opening it. */
export interface Entry {
  type: string;
  id: string;
  version: number;
  /** meta.lastUpdated, milliseconds since the epoch. */
  at: number;
  patients: string[];
  author: string;
  terms: Terms;
  facts: ResourceFacts;
}

/** What stands in the index: an entry, or that there is none any more. */
export interface Indexed {
  /** `Type/id` */
  reference: string;
  version: number;
  /** Orders a compartment's documents by their last change. */
  at: number;
  entry?: Entry;
}

export const collection = 'resources';

/** The compartments that a resource is indexed in: its patients', or one for all of its type that have none. */
export const compartmentsOf = ({ patients, resourceType }: Pick<ResourceEvent, 'patients' | 'resourceType'>) =>
  patients.length > 0 ? patients : [typeCompartment(resourceType)];

export const typeCompartment = (type: string): string => `type/${type}`;

/** Opens the index's documents. What cannot be opened any more is not there. */
export interface Index {
  find(find: Find): Promise<Indexed[]>;
  get(reference: string): Promise<Indexed | undefined>;
  /** What is stored, by whichever process; undefined where only this one writes. */
  tallyOfAll(where: Find['where']): Promise<Tally | undefined>;
}

export function index({ views, keyring }: { views: Views; keyring: Keyring }): Index {
  async function opened(documents: ViewDocument[]): Promise<Indexed[]> {
    const keys = new Map<string, DataKey | undefined>();
    const bodies = documents.map((document) => ({ ...document, ...parted(document.body) }));
    for (const { owner } of bodies)
      if (!keys.has(owner)) keys.set(owner, await keyring.key(owner).catch(undefinedWhereErased));
    return bodies.flatMap(({ id, version, sort, owner, sealed }) => {
      const plain = keys.get(owner)?.open(sealed, place(id, version));
      if (!plain) return [];
      const entry: Entry | null = JSON.parse(textOf(plain));
      return [{ reference: id, version, at: sort, ...(entry && { entry }) }];
    });
  }
  return {
    find: async (find) => opened(await views.find(collection, { ...find, keyless: true })),
    async get(reference) {
      const document = await views.get(collection, reference);
      return document && (await opened([document]))[0];
    },
    tallyOfAll: async (where) => (views.isShared ? views.tally(collection, where) : undefined),
  };
}

/** A document's body: whose key seals it (a random id), and what is sealed. */
const joined = (owner: string, sealed: Uint8Array): Uint8Array => Buffer.concat([Buffer.from(`${owner}\n`), sealed]);

function parted(body: Uint8Array): { owner: string; sealed: Uint8Array } {
  const end = body.indexOf(10);
  return { owner: textOf(body.subarray(0, end)), sealed: body.subarray(end + 1) };
}

/** Without a copy: a compartment has a thousand of these. */
const textOf = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString();

const place = (reference: string, version: number) => `${collection}/${reference}@${version}`;

interface Parts {
  keyring: Keyring;
  fhir: Pick<Fhir, 'termsOf' | 'factsOf'>;
  /** Told of each change before it is applied. */
  changed(compartments: readonly string[], indexed: Indexed): void;
}

/** The index: each resource's terms and facts, sealed as the resource is; found by compartment, or by keyed hashes of its identifiers. */
export function indexProjection({ keyring, fhir, changed }: Parts): Projection<RecordsEvent> {
  async function put(version: number, event: ResourceEvent): Promise<ViewWrite> {
    const { resourceType: type, id, patients, author, at } = event;
    const reference = `${type}/${id}`;
    const content = event.type === 'ResourceDeleted' ? undefined : contentOf(event);
    const entry = content && entryOf(event, content, version, fhir);
    const compartments = compartmentsOf(event);
    changed(compartments, { reference, version, at, ...(entry && { entry }) });
    const owner = ownerOf({ patients, author });
    const plain = Buffer.from(JSON.stringify(entry ?? null));
    const body = joined(owner, (await keyring.ensure(owner)).seal(plain, place(reference, version)));
    const identifier = identifierKeys(keyring, type, content?.identifier);
    const keys = { compartment: compartments, ...(identifier.length > 0 && { identifier }) };
    return { collection, id: reference, version, keys, sort: at, body };
  }

  let puts = 0;
  return {
    collections: [collection],
    async apply({ version, event }: Recorded<RecordsEvent>) {
      switch (event.type) {
        case 'ResourceCreated':
        case 'ResourceUpdated':
        case 'ResourceRelabelled':
        case 'ResourceDeleted':
          if (++puts % 20 === 0) await breathe(); // a large bundle leaves room for everybody else's requests
          return [await put(version, event)];
        case 'AccessRecorded':
        case 'ConditionMet':
        case 'RequestAnswered':
          return [];
        default:
          return event satisfies never;
      }
    },
  };
}

function entryOf(event: ResourceEvent, content: Content, version: number, fhir: Parts['fhir']): Entry {
  const { resourceType: type, id, at, patients, author } = event;
  return {
    type,
    id,
    version,
    at,
    patients,
    author,
    terms: fhir.termsOf(content),
    facts: fhir.factsOf(content, author),
  };
}

/** Keyed hashes that an identifier is found through: with its system, and without. */
function identifierKeys(keyring: Keyring, type: string, identifiers: unknown): string[] {
  const list = Array.isArray(identifiers) ? identifiers : identifiers ? [identifiers] : [];
  return list.flatMap(({ system, value }: { system?: string; value?: unknown }) => {
    if (typeof value !== 'string') return [];
    return [identifierKey(keyring, type, value, system ?? ''), identifierKey(keyring, type, value)];
  });
}

/** @param system empty: an identifier that has none; undefined: of any system */
export function identifierKey(keyring: Pick<Keyring, 'mac'>, type: string, value: string, system?: string): string {
  return keyring.mac(JSON.stringify(['identifier', type, system ?? null, value]));
}
