import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../../kernel/errors.ts';
import { decide, evolve, noResource, type Resource, type ResourceCommand, type ResourceEvent } from './resource.ts';

const by = { subject: 'adler', role: 'practitioner', organization: 'northgate', purpose: 'TREAT', client: 'cli' };
const circumstances = { id: 'o-1', at: Date.UTC(2026, 0, 2), by, request: 'r-1' };
const content = { resourceType: 'Observation', status: 'final' };
const create: ResourceCommand = { ...circumstances, type: 'create', content, patients: ['p-1'], author: 'northgate' };
const update = (change = {}): ResourceCommand => ({
  ...circumstances,
  type: 'update',
  content: { ...content, status: 'amended' },
  patients: ['p-1'],
  ...change,
});
const remove = (change = {}): ResourceCommand => ({ ...circumstances, type: 'delete', ...change });

/** What the commands come to, one after the other. */
function given(...commands: ResourceCommand[]): Resource {
  return commands.reduce((state, command) => decide(command, state).reduce(evolve, state), noResource as Resource);
}
const refused = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

test('given nothing, when a resource is created, then it has the server’s id and meta in place of the client’s', () => {
  const meta = { versionId: '77', lastUpdated: '1999-01-01T00:00:00Z', tag: [{ code: 'x' }] };
  const [event] = decide({ ...create, content: { ...content, id: 'mine', meta } } as ResourceCommand, noResource);
  assert.deepEqual(JSON.parse(event!.json), {
    resourceType: 'Observation',
    id: 'o-1',
    meta: { versionId: '1', lastUpdated: '2026-01-02T00:00:00.000Z', tag: [{ code: 'x' }] },
    status: 'final',
  });
  assert.deepEqual([event!.type, event!.author, event!.patients], ['ResourceCreated', 'northgate', ['p-1']]);
});

test('given a resource, when it is created again, then it is a duplicate', () => {
  assert.throws(() => decide(create, given(create)), refused('duplicate'));
});

test('given a resource, when it is updated, then its author stays and its version counts on', () => {
  const [event] = decide(update({ ifMatch: 1 }), given(create));
  assert.deepEqual([event!.type, event!.author], ['ResourceUpdated', 'northgate']);
  assert.equal(JSON.parse(event!.json).meta.versionId, '2');
});

test('given two versions, when the client has seen the first, then nothing is decided', () => {
  const state = given(create, update());
  assert.throws(() => decide(update({ ifMatch: 1 }), state), refused('precondition-failed'));
  assert.throws(() => decide(remove({ ifMatch: 1 }), state), refused('precondition-failed'));
});

test('given a resource of one patient, it cannot become another’s', () => {
  assert.throws(() => decide(update({ patients: ['p-2'] }), given(create)), refused('business-rule'));
  assert.throws(() => decide(update({ patients: [] }), given(create)), refused('business-rule'));
});

test('given nothing, there is nothing to update and nothing to delete', () => {
  assert.throws(() => decide(update(), noResource), refused('not-found'));
  assert.deepEqual(decide(remove(), noResource), []);
});

const relabel = (security?: object[]): ResourceCommand => {
  return { ...circumstances, type: 'relabel', content: { ...content, ...(security && { meta: { security } }) } };
};

test('given a resource, other labels make a version; the same labels decide nothing', () => {
  const state = given(create);
  const [event] = decide(relabel([{ code: 'HIV' }]), state);
  assert.deepEqual([event!.type, event!.author, event!.patients], ['ResourceRelabelled', 'northgate', ['p-1']]);
  assert.deepEqual(JSON.parse(event!.json).meta, {
    ...{ security: [{ code: 'HIV' }], versionId: '2', lastUpdated: '2026-01-02T00:00:00.000Z' },
  });
  const relabelled = evolve(state, event!);
  assert.equal(relabelled.status, 'current');
  assert.deepEqual(decide(relabel([{ code: 'HIV' }]), relabelled), []);
  assert.deepEqual(decide(relabel(), state), []);
});

test('given nothing, or a deletion, there is nothing to label', () => {
  assert.throws(() => decide(relabel(), noResource), refused('not-found'));
  assert.throws(() => decide(relabel(), given(create, remove())), refused('not-found'));
});

test('given a deletion, a second one decides nothing, and an update brings the resource back', () => {
  const deleted = given(create, remove());
  assert.equal(deleted.status, 'deleted');
  assert.deepEqual(decide(remove(), deleted), []);
  assert.equal(given(create, remove(), update()).status, 'current');
});

test('whatever is done, each event’s versionId is its place in the stream', () => {
  const step = fc.constantFrom(update(), remove());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let state = given(create);
      const versions: ResourceEvent[] = [];
      for (const command of steps) {
        for (const event of decide(command, state)) {
          state = evolve(state, event);
          versions.push(event);
        }
      }
      assert.equal(state.version, versions.length + 1);
      for (const [index, { type, json }] of versions.entries())
        if (type !== 'ResourceDeleted') assert.equal(JSON.parse(json).meta.versionId, String(index + 2));
    }),
  );
});
