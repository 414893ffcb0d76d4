import { randomUUID } from 'node:crypto';
import type { Random } from '../../../demo/random.ts';
import { observation } from '../../scene.ts';
import { type Person, patient, type World } from '../world.ts';
import type { Answered, Asked, Door } from './door.ts';
import type { Journal, Written } from './journal.ts';

export const markers = 'urn:healthchain:faults';

/** One clinician who files, changes what they filed, and now and then sends the same request twice. */
export function writing(parts: { door: Door; journal: Journal; world: World; author: Person; random: Random }) {
  const { door, journal, world, author, random } = parts;
  const own: Written[] = [];

  async function create(): Promise<void> {
    const marker = randomUUID();
    const identifier = [{ system: markers, value: marker }];
    const value = random.integer(40, 180);
    const isPatient = random.chance(0.1);
    const of = random.pick(world.patients).id;
    const body = isPatient
      ? { ...patient(marker), identifier }
      : { ...observation(of, value), identifier, valueQuantity: { value } };
    const path = `/fhir/${body.resourceType}`;
    const answer = await once({ method: 'POST', path, token: author.token, body }, [201]);
    if (!answer) return;
    const { id, meta } = answer.body;
    const written = { reference: `${body.resourceType}/${id}`, marker, token: author.token, versions: new Map() };
    written.versions.set(Number(meta.versionId), value);
    journal.written.push(written);
    if (!isPatient) own.push(written);
    journal.done('write');
  }

  async function update(written: Written): Promise<void> {
    const { reference, marker, versions } = written;
    const version = Math.max(...versions.keys());
    const seen = { 'x-request-id': randomUUID() };
    const before = await door.insist({ path: `/fhir/${reference}`, token: author.token, headers: seen }, [200]);
    if (!before) return;
    journal.answered.set(seen['x-request-id'], `/fhir/${reference}, to change it`);
    const value = random.integer(200, 400);
    const body = { ...before.body, identifier: [{ system: markers, value: marker }], valueQuantity: { value } };
    const headers = { 'if-match': `W/"${version}"` };
    const asked = { method: 'PUT', path: `/fhir/${reference}`, token: author.token, body, headers };
    const answer = await once(asked, [200]);
    if (!answer) return;
    versions.set(Number(answer.body.meta.versionId), value);
    journal.done('write');
  }

  /** Under a key: so the same request again, whose first answer may have been lost, is the same answer. */
  async function once(asked: Asked, expected: number[]): Promise<Answered | undefined> {
    const keyed = { ...asked, headers: { ...asked.headers, 'idempotency-key': randomUUID() } };
    const answer = await door.insist(keyed, expected);
    if (!answer || random.chance(0.8)) return answer;
    const again = await door.insist(keyed, expected);
    const same =
      !again || (again.body.id === answer.body.id && again.body.meta.versionId === answer.body.meta.versionId);
    if (!same) journal.complaints.push(`${asked.method} twice under one Idempotency-Key: two answers`);
    return answer;
  }

  return async (): Promise<void> => {
    if (own.length > 0 && random.chance(0.3)) await update(random.pick(own));
    else await create();
  };
}
