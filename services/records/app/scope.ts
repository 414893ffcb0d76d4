import { Failure } from '../../../kernel/errors.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Fhir } from '../fhir/fhir.ts';
import type { Query } from '../fhir/query.ts';
import type { Compartments } from './compartments.ts';
import type { Contents } from './content.ts';
import { type Entry, type Index, identifierKey, typeCompartment } from './views.ts';

/** Where the answers of a search are to be looked for. */
export interface Found {
  /** Patients that the search names. */
  named: string[];
  /** Everybody whom it is about: those named, or whose resources an id or identifier led to. */
  patients: string[];
  /** Resources of the type that may match. */
  entries: Entry[];
}

/**
 * Search works inside compartments: those that it names, the resources that an id or an identifier leads to, or all of
 * a type that is nobody's record.
 * @throws Failure `not-supported` for a search across patients, `value` for one that names too many
 */
export type Scope = (query: Query) => Promise<Found>;

interface Parts {
  fhir: Pick<Fhir, 'patientsAsked'>;
  contents: Contents;
  compartments: Compartments;
  index: Index;
  mac: Keyring['mac'];
}

export function scope({ fhir, contents, compartments, index, mac }: Parts): Scope {
  async function byIds(type: string, ids: readonly string[]): Promise<Entry[]> {
    const found = await Promise.all(ids.map((id) => index.get(`${type}/${id}`)));
    return found.flatMap((indexed) => indexed?.entry ?? []);
  }

  async function byKeys(keys: readonly string[]): Promise<Entry[]> {
    const found = await Promise.all(keys.map((identifier) => index.find({ where: { identifier } })));
    return distinct(found.flat().flatMap(({ entry }) => entry ?? []));
  }

  return async (query) => {
    const { type } = query;
    const asked = fhir.patientsAsked(query);
    if (asked) {
      const named = [...new Set(asked)];
      requireFew(named, 'patients');
      const all = (await Promise.all(named.map(compartments.load))).flat().filter((entry) => entry.type === type);
      return { named, patients: named, entries: named.length > 1 ? distinct(all) : all };
    }
    const ids = idsOf(query);
    requireFew(ids ?? [], 'ids');
    const keys = ids ? undefined : keysOf(query, mac);
    requireFew(keys ?? [], 'identifiers');
    if (!ids && !keys && !contents.isDirectory(type)) throw across();
    const entries = await (ids ? byIds(type, ids) : keys ? byKeys(keys) : compartments.load(typeCompartment(type)));
    return { named: [], patients: [...new Set(entries.flatMap(({ patients }) => patients))], entries };
  };
}

/** Of one type. */
const distinct = (entries: Entry[]): Entry[] => [...new Map(entries.map((entry) => [entry.id, entry])).values()];

function idsOf({ params }: Query): string[] | undefined {
  return params.flatMap((param) => (param.kind === 'id' && !param.not ? [param.values] : []))[0];
}

/** Keyed hashes of the identifiers that are asked for; undefined where none is asked for in full. */
function keysOf({ type, params }: Query, mac: Keyring['mac']): string[] | undefined {
  for (const param of params) {
    if (param.kind !== 'token' || param.code !== 'identifier' || param.not) continue;
    if (param.values.every(({ code }) => code !== undefined))
      return param.values.map(({ system, code }) => identifierKey({ mac }, type, code!, system));
  }
  return undefined;
}

/** Each of them is asked about and looked up by itself. */
const most = 200;

function requireFew(values: readonly string[], what: string): void {
  if (values.length > most) throw new Failure('value', `A search names at most ${most} ${what}.`);
}

const across = () =>
  new Failure(
    'not-supported',
    'A search across patients is not answered: name the patient (patient=<id>), or search by _id or identifier.',
    { expression: ['patient'] },
  );
