import { canonical } from '../../../../contracts/canonical.ts';
import { Failure } from '../../../../kernel/errors.ts';
import type { Recorded } from '../../../../kernel/eventstore/sealed.ts';
import type { Attribute, ReleaseRegistered } from '../../domain/registration.ts';
import type { Hierarchy } from '../../engine/hierarchy.ts';
import { sha256 } from '../../package/manifest.ts';
import { emptyRegistry, type Registry, type ReleaseNotes, recorded, withSubjects } from '../../registry/registry.ts';
import type { ReleaseClaim } from '../anchor.ts';
import type { ResearchLog } from '../log.ts';
import { type Columns, readColumns } from './columns.ts';
import { type Pieces, whole } from './pieces.ts';

/** Recipients who might lay their data together: everybody. */
export const domain = 'everybody';
export const registryStream = `registry/${domain}`;
export const columnsStream = (release: string): string => `columns/${release}`;
/** Whose key seals the registry. */
export const registryOwner = 'registry';
const file = 'columns';

/** The domain's chain before any release; hex. */
export const origin = sha256(canonical({ domain }));

/** All that was released, as it has to be known to whoever checks what comes next. */
export interface Registered {
  /** Version of the stream: whoever registers the next release must have seen this one. */
  version: number;
  /** The domain's chain; the oldest first. */
  chain: readonly ReleaseClaim[];
  head: string;
  /** By `keyOf` the attribute: the releases with that sensitive attribute. */
  byAttribute: ReadonlyMap<string, { attribute: Attribute; registry: Registry }>;
  /** All releases by their classes alone, once there are several attributes. */
  all?: Registry;
  /** The hierarchies of the quasi-identifiers that were released, the newest first. */
  hierarchies: readonly Hierarchy[];
}

export interface Registrations {
  /**
   * Everything that was registered up to now.
   * @param attribute of the release that is to come
   * @throws Failure `exception` where what is read is not what was recorded
   */
  with(attribute: Attribute): Promise<Registered>;
}

export const keyOf = ({ source, groups }: Attribute): string => JSON.stringify([source, groups]);

const nothing: Registered = { version: 0, chain: [], head: origin, byAttribute: new Map(), hierarchies: [] };

/** Reads what is new each time; the rest is held in memory. */
export function registrations(log: ResearchLog, pieces: Pieces): Registrations {
  let known = nothing;

  async function columnsOf({ release, columns }: ReleaseRegistered): Promise<Columns> {
    const bytes = await whole(pieces.read(columnsStream(release), file));
    if (sha256(bytes) !== columns) throw broken();
    return readColumns(bytes);
  }

  async function upToDate(): Promise<Registered> {
    const news = await log.read(registryStream, { from: known.version + 1 });
    for (const { version, event } of news as Recorded<ReleaseRegistered>[])
      if (version === known.version + 1) known = after(known, event, await columnsOf(event));
    return known;
  }

  return {
    async with(attribute) {
      const now = await upToDate();
      const attributes = new Set([...now.byAttribute.keys(), keyOf(attribute)]);
      if (attributes.size === 1 || now.all) return now;
      known = { ...nothing, all: emptyRegistry(domain, 1) };
      return upToDate();
    },
  };
}

/** The columns as they are stored, and their hash. */
export const columnsFile = (bytes: Uint8Array): [string, Uint8Array] => [file, bytes];

function after(known: Registered, event: ReleaseRegistered, columns: Columns): Registered {
  const key = keyOf(event.attribute);
  const before = known.byAttribute.get(key)?.registry ?? emptyFor(event.attribute);
  const registry = entered(before, columns, columns.sensitive, notesOf(event));
  if (registry.head !== event.head || event.before !== known.head || chained(event) !== event.after) throw broken();
  const { release, contents, at } = event;
  const claim = { release, domain: origin, before: event.before, after: event.after, contents, at };
  const all = known.all && entered(known.all, columns, new Int32Array(columns.sensitive.length), notesOf(event));
  return {
    version: known.version + 1,
    chain: [...known.chain, claim],
    head: event.after,
    byAttribute: new Map([...known.byAttribute, [key, { attribute: event.attribute, registry }]]),
    ...(all && { all }),
    hierarchies: [...columns.recoding.quasi.map(({ hierarchy }) => hierarchy), ...known.hierarchies],
  };
}

export const emptyFor = ({ groups }: Attribute): Registry => emptyRegistry(domain, groups.length);

/** The registry with a release of these columns. */
export function entered(
  before: Registry,
  { pseudonyms, recoding }: Pick<Columns, 'pseudonyms' | 'recoding'>,
  sensitive: Int32Array,
  notes: ReleaseNotes,
): Registry {
  const { registry, numbers } = withSubjects(before, pseudonyms);
  return recorded(registry, { subjects: numbers, recoding, sensitive }, notes);
}

type Noted = Pick<ReleaseRegistered, 'release' | 'definition' | 'consentSnapshot' | 'parameters' | 'contents' | 'at'>;

export function notesOf({ release, definition, consentSnapshot, parameters, contents, at }: Noted): ReleaseNotes {
  return { id: release, definition, consentSnapshot, parameters, output: contents, releasedAt: at };
}

/** The domain's head after a release. */
export const chained = ({
  before,
  attribute,
  head,
}: Pick<ReleaseRegistered, 'before' | 'attribute' | 'head'>): string =>
  sha256(canonical({ before, attribute: keyOf(attribute), head }));

const broken = () => new Failure('exception', 'The registry of releases is not what was recorded.');
