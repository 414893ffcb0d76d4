import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Views, ViewWrite } from '../../../kernel/views/port.ts';
import type { Projection } from '../../../kernel/views/projection.ts';
import type { ResearchEvent } from '../domain/event.ts';
import { patientOf } from './log.ts';

const collection = 'held';
const page = 500;
const nothing = new Uint8Array();

const releaseKey = (keyring: Keyring, release: string) => keyring.mac(`held/${release}`);

/** Whom a release holds: a document for each patient and release, found by a keyed hash of the release. */
export function held(views: Views, keyring: Keyring): { in(release: string): Promise<string[]> } {
  return {
    async in(release) {
      const where = { release: releaseKey(keyring, release) };
      const found: string[] = [];
      for (let after: { sort: number; id: string } | undefined; ; ) {
        const documents = await views.find(collection, { where, limit: page, ...(after && { after }) });
        found.push(...documents.map(({ keys }) => String(keys.patient)));
        after = documents.at(-1);
        if (documents.length < page) return found;
      }
    },
  };
}

/** Of a patient who was erased only tombstones are left. */
export function heldProjection(views: Views, keyring: Keyring): Projection<ResearchEvent> {
  return {
    collections: [collection],
    async apply({ stream, version, event }: Recorded<ResearchEvent>): Promise<ViewWrite[]> {
      const patient = patientOf(stream);
      if (patient === undefined) return [];
      if (event.type === 'SubjectReleased') {
        const id = keyring.mac(`held/${patient}/${event.release}`);
        const keys = { patient, release: releaseKey(keyring, event.release) };
        return [{ collection, id, version, keys, sort: 0, body: nothing }];
      }
      if (event.type !== 'SubjectForgotten') return [];
      const documents = await views.find(collection, { where: { patient } });
      return documents.map(({ id }) => ({ collection, deleted: true, id, version }));
    },
  };
}
