import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nearest } from './nearest.ts';

const known = [
  { id: 'lindenhof', name: 'Lindenhof Hospital' },
  { id: 'northgate', name: 'Northgate Hospital' },
  { id: 'harbour', name: 'Harbour Clinic' },
];
const ids = (written: string) => nearest(written, known).map(({ id }) => id);

test('what was probably meant, by id or name; nothing where nothing is alike', () => {
  assert.deepEqual(ids('lindenhoff'), ['lindenhof']);
  assert.deepEqual(ids('LINDEHNOF'), ['lindenhof']);
  assert.deepEqual(ids('harbor'), ['harbour']);
  assert.deepEqual(ids('hospital'), ['lindenhof', 'northgate']);
  assert.deepEqual(ids('hosptal'), ['lindenhof', 'northgate']);
  assert.deepEqual(ids('clinc'), ['harbour']);
  assert.deepEqual(ids('zurich'), []);
});

test('one slip of the pen in any name is seen through', () => {
  fc.assert(
    fc.property(fc.constantFrom(...known), fc.nat(), fc.constantFrom('', 'q'), ({ id }, at, letter) => {
      const place = at % id.length;
      assert.equal(ids(id.slice(0, place) + letter + id.slice(place + 1))[0], id);
    }),
  );
});
