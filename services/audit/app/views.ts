import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import { lru } from '../../../kernel/keys/lru.ts';
import type { ViewDocument, Views, ViewWrite } from '../../../kernel/views/port.ts';
import type { Projection } from '../../../kernel/views/projection.ts';
import type { BatchAnchored, CheckpointPublished, LogEvent, SequencedEntry } from '../domain/event.ts';
import { tilesCollection, tileWrites } from './tiles.ts';

/** Where an audit event's entry is; nothing of its content. */
export type Place = Pick<SequencedEntry, 'batch' | 'at' | 'groups'>;

/** Keyed hashes that entries are found through. */
export interface BlindKeys {
  patient(id: string): string;
  organization(id: string): string;
}

/** Hashes are remembered, a bounded number of them: the same few patients come again and again. */
export function blindKeys(keyring: Keyring): BlindKeys {
  const known = lru<string>(20_000);
  const blind = (text: string) => {
    const hashed = known.get(text) ?? keyring.mac(text);
    known.set(text, hashed);
    return hashed;
  };
  return { patient: (id) => blind(`patient/${id}`), organization: (id) => blind(`organization/${id}`) };
}

/**
 * `tiles`; `events` (id of the public event → place, found by patient and organisation, ordered by time);
 * `checkpoints` and `anchors` (number of the batch → its event).
 */
export function auditProjection(views: Views, blind: BlindKeys): Projection<LogEvent> {
  return {
    collections: [tilesCollection, 'events', 'checkpoints', 'anchors'],
    async apply({ event }: Recorded<LogEvent>): Promise<ViewWrite[]> {
      switch (event.type) {
        case 'BatchSequenced':
          return tileWrites(views, event);
        case 'EntriesSequenced':
          return event.entries.map((entry) => indexed(entry, blind));
        case 'CheckpointPublished':
          return [numbered('checkpoints', event)];
        case 'BatchAnchored':
          return [numbered('anchors', event)];
        case 'CheckpointRefused':
        case 'AuditTrailRead':
          return [];
        default:
          return event satisfies never;
      }
    },
  };
}

function indexed({ id, batch, at, groups, occurred, patients, organizations }: SequencedEntry, blind: BlindKeys) {
  const keys = { patient: patients.map(blind.patient), organization: organizations.map(blind.organization) };
  return { collection: 'events', id, version: 1, keys, sort: occurred, body: encode({ batch, at, groups }) };
}

const numbered = (collection: string, event: CheckpointPublished | BatchAnchored): ViewWrite => ({
  ...{ collection, id: String(event.batch), version: 1, keys: { all: '1' }, sort: event.batch },
  body: encode(event),
});

const encode = (value: object) => Buffer.from(JSON.stringify(value));
const decode = <T>({ body }: ViewDocument): T => JSON.parse(Buffer.from(body).toString());

export const placeOf = (document: ViewDocument) => decode<Place>(document);

/** Those of the events that the log has an entry of; some hundred a call at most. */
export const logged = (views: Views, events: string[]): Promise<Set<string>> => views.existing('events', events);

/** Where the entry of an event is; undefined where there is none. */
export async function findPlace(views: Views, event: string): Promise<Place | undefined> {
  const document = await views.get('events', event);
  return document && placeOf(document);
}

export const checkpointOf = (views: Views, batch: number) => one<CheckpointPublished>(views, 'checkpoints', batch);
export const anchorOf = (views: Views, batch: number) => one<BatchAnchored>(views, 'anchors', batch);
export const newestCheckpoint = (views: Views) => newest<CheckpointPublished>(views, 'checkpoints');
export const newestAnchor = (views: Views) => newest<BatchAnchored>(views, 'anchors');

async function one<T>(views: Views, collection: string, batch: number): Promise<T | undefined> {
  const document = await views.get(collection, String(batch));
  return document && decode<T>(document);
}

async function newest<T>(views: Views, collection: string): Promise<T | undefined> {
  const [document] = await views.find(collection, { where: { all: '1' }, descending: true, limit: 1 });
  return document && decode<T>(document);
}
