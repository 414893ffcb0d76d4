import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { login } from '../../../cli/oidc.ts';
import type { Random } from '../../../demo/random.ts';
import { type Person, password, type World } from '../world.ts';
import { consenting } from './consents.ts';
import { type Door, doorTo } from './door.ts';
import type { Journal } from './journal.ts';
import { writing } from './writes.ts';

export interface Load {
  /** Ends it; what is in hand is answered, or given up. */
  stop(): Promise<void>;
}

/** From one operation of a worker to its next, milliseconds: faults need what is left of the machine. */
const pace = 60;

interface Parts {
  url: string;
  world: World;
  journal: Journal;
  random: Random;
}

/** People who write, read, are refused, change their minds, log in and register studies, all at once, until it is stopped. */
export function underLoad({ url, world, journal, random }: Parts): Load {
  const { patients, authors, readers, stranger, researcher } = world;
  let over = false;
  const door = doorTo(url, journal, () => over);
  const parts = { door, journal, random, over: () => over };
  const wards = patients.map((patient) => consenting(parts, patient));
  const turns = [
    ...authors.map((author) => writing({ door, journal, world, author, random })),
    ...authors.map((author) => search(parts, author, world)),
    ...wards.map(({ patient }) => patient),
    ...wards.flatMap(({ reader }) => readers.map((person) => () => reader(person))),
    refused(parts, stranger, world),
    logsIn(url, parts, stranger),
    registersStudies(parts, researcher),
    readsTrail(parts, patients[0]!),
  ];
  const workers = turns.map(async (turn) => {
    while (!over) {
      await turn();
      await pause(pace);
    }
  });
  const done = Promise.all(workers).catch((error: Error) => {
    journal.complaints.push(`somebody gave up: ${error.stack}`);
  });
  return {
    async stop() {
      over = true;
      await done;
    },
  };
}

interface Asking {
  door: Door;
  journal: Journal;
  random: Random;
}

/** Somebody of the hospital that filed everything looks through a patient's record. */
function search({ door, journal, random }: Asking, { token }: Person, { patients }: World) {
  return async () => {
    const headers = { 'x-request-id': randomUUID() };
    const path = `/fhir/Observation?patient=${random.pick(patients).id}&_count=5`;
    const answer = await door.insist({ path, token, headers }, [200]);
    if (!answer) return;
    const found = answer.body.entry?.length;
    if (found !== 5) journal.complaints.push(`a search found ${found} of what is there`);
    journal.answered.set(headers['x-request-id'], path);
    journal.done('read');
  };
}

/** Nobody ever let this one read. */
function refused({ door, journal, random }: Asking, { token }: Person, { patients }: World) {
  return async () => {
    const headers = { 'x-request-id': randomUUID() };
    const path = `/fhir/Observation/${random.pick(random.pick(patients).observations)}`;
    const answer = await door.insist({ path, token, headers }, [403]);
    if (!answer) return;
    journal.answered.set(headers['x-request-id'], path);
    journal.done('refusal');
  };
}

function logsIn(server: string, { journal }: Asking, person: Person) {
  return async () => {
    const { accessToken } = await login({ server, user: person.login, password }).catch(() => ({ accessToken: '' }));
    if (accessToken) journal.done('login');
    await pause(4 * pace);
  };
}

function registersStudies({ door, journal }: Asking, { token }: Person) {
  return async () => {
    const body = { title: `Study ${randomUUID()}`, purpose_of_use: 'CLINTRCH' };
    const answer = await door.insist({ method: 'POST', path: '/research/studies', token, body }, [201]);
    if (!answer) return;
    journal.studies.push(answer.body.id);
    journal.done('study');
    await pause(2 * pace);
  };
}

/** A patient looks at who has seen their record. */
function readsTrail({ door, journal }: Asking, { token }: Person) {
  return async () => {
    const headers = { 'x-request-id': randomUUID() };
    const path = '/fhir/AuditEvent?_count=5';
    const answer = await door.insist({ path, token, headers }, [200]);
    if (!answer) return;
    journal.answered.set(headers['x-request-id'], path);
    journal.done('trail');
    await pause(4 * pace);
  };
}
