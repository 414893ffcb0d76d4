import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomIds, systemClock } from '../../../../kernel/clock.ts';
import { WrongVersion } from '../../../../kernel/errors.ts';
import { sealedStore } from '../../../../kernel/eventstore/sealed.ts';
import { sqliteEventStore } from '../../../../kernel/eventstore/sqlite.ts';
import { openKeyring } from '../../../../kernel/keys/keyring.ts';
import { localKeys } from '../../../../kernel/keys/local.ts';
import type { ResearchEvent } from '../../domain/event.ts';
import type { Attribute, ReleaseRegistered } from '../../domain/registration.ts';
import { sha256 } from '../../package/manifest.ts';
import { localRelease } from '../../registry/testing/plain.ts';
import { readColumns, writeColumns } from './columns.ts';
import { pieces } from './pieces.ts';
import {
  chained,
  columnsFile,
  columnsStream,
  emptyFor,
  entered,
  keyOf,
  notesOf,
  registrations,
  registryOwner,
  registryStream,
} from './registrations.ts';
import { type Named, verdictOn } from './verdict.ts';

const illness: Attribute = { source: 'Condition', groups: ['a', 'b', 'c'] };
const other: Attribute = { source: 'Patient', groups: ['x', 'y', 'z'] };
const persons = Array.from({ length: 48 }, (_, index) => ({ age: index % 4, value: (index >> 2) % 3 }));
const rules = { k: 3, l: 2, mostWithheld: 0 };

/** A table of these people, who are known by their numbers. */
function named(people: readonly number[]): Named {
  const { recoding, sensitive } = localRelease(persons, [...people], rules.k);
  const pseudonyms = Uint32Array.from(people.flatMap((number) => [number * 2_654_435_761, 1, 2, 0xffff_ffff]));
  return { recoding, sensitive, pseudonyms };
}
const everybody = [...persons.keys()];

async function registry() {
  const [store, keys, ids, clock] = [sqliteEventStore(':memory:'), localKeys(':memory:'), randomIds, systemClock];
  const keyring = await openKeyring({ service: 'research', keys, store, ids, clock });
  const log = sealedStore<ResearchEvent>({ service: 'research', store, keyring, clock, ids });
  const open = () => registrations(log, pieces(log));
  const known = open();

  async function register(release: string, attribute: Attribute, table: Named) {
    const { version, head: before, byAttribute } = await known.with(attribute);
    const columns = writeColumns(table);
    await pieces(log).store(columnsStream(release), registryOwner, [columnsFile(columns)]);
    const hashes = { definition: 'd', consentSnapshot: 's', parameters: 'p', contents: 'c' };
    const notes = { release, ...hashes, at: version };
    const registered = byAttribute.get(keyOf(attribute))?.registry ?? emptyFor(attribute);
    const { head } = entered(registered, table, table.sensitive, notesOf(notes));
    const event: ReleaseRegistered = {
      ...{ type: 'ReleaseRegistered', request: 'q', study: 's', attribute, ...notes },
      ...{ columns: sha256(columns), head, before, after: chained({ before, attribute, head }) },
    };
    return { version, event };
  }
  const append = ({ version, event }: Awaited<ReturnType<typeof register>>) =>
    log.append([{ stream: registryStream, expected: version, owner: registryOwner, events: [event] }]);
  return { open, known, register, append, log };
}

test('columns that are written and read again are the same', () => {
  const table = named(everybody);
  const read = readColumns(writeColumns(table));
  const { quasi, ...recoding } = table.recoding;
  const { quasi: again, ...rest } = read.recoding;
  assert.deepEqual({ ...read, recoding: rest }, { ...table, recoding });
  assert.deepEqual(
    again.map(({ name, hierarchy }) => ({ name, hierarchy })),
    quasi.map(({ name, hierarchy }) => ({ name, hierarchy })),
  );
});

test('what another process reads is what the first one has, up to the head of the chain', async () => {
  const { open, known, register, append } = await registry();
  await append(await register('r1', illness, named(everybody)));
  await append(await register('r2', illness, named(everybody)));
  const [here, there] = await Promise.all([known.with(illness), open().with(illness)]);
  assert.deepEqual(there, here);
  assert.deepEqual([there.version, there.chain.length, there.head], [2, 2, there.chain[1]!.after]);
  assert.equal(there.chain[0]!.after, there.chain[1]!.before);
});

test('two releases that were checked against the same registry do not pass each other', async () => {
  const { register, append } = await registry();
  const [one, two] = [await register('r1', illness, named(everybody)), await register('r2', illness, named(everybody))];
  await append(one);
  await assert.rejects(append(two), WrongVersion);
});

test('columns that are not those that were registered are noticed', async () => {
  const { open, register, append } = await registry();
  const { version, event } = await register('r1', illness, named(everybody));
  await append({ version, event: { ...event, columns: sha256('other') } });
  await assert.rejects(open().with(illness), /not what was recorded/);
});

test('a process that starts later, or hears of it later, looks at releases of other attributes too', async () => {
  const { open, known, register, append } = await registry();
  const before = open();
  const [half, rest] = [everybody.filter((number) => number % 4 < 2), everybody.filter((number) => number % 4 > 1)];
  await append(await register('r1', illness, named(half)));
  await before.with(illness);
  await append(await register('r2', other, named(everybody)));
  for (const each of [known, before, open()]) {
    const registered = await each.with(illness);
    assert.equal(verdictOn(registered, illness, named(rest.slice(1)), rules).verdict, 'refused');
    assert.equal(verdictOn(registered, illness, named(rest), rules).verdict, 'accepted');
  }
});

test('releases of another attribute count by their classes; the same values in other groups are refused', async () => {
  const { known, register, append } = await registry();
  const half = everybody.filter((number) => number % 4 < 2);
  await append(await register('r1', illness, named(everybody)));
  const same = verdictOn(await known.with(other), other, named(everybody), rules);
  assert.equal(same.verdict, 'accepted');
  const one = everybody.slice(1);
  assert.equal(verdictOn(await known.with(other), other, named(one), rules).verdict, 'refused');
  const regrouped = { ...illness, groups: ['a', 'b + c', 'd'] };
  const verdict = verdictOn(await known.with(regrouped), regrouped, named(half), rules);
  assert.deepEqual(verdict, { verdict: 'refused', objections: [{ reason: 'other-groups', releases: ['r1'] }] });
});
