import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MongoBulkWriteError, type MongoError, MongoNetworkError } from 'mongodb';
import { Failure } from '../errors.ts';
import { isTransient, translated } from './mongoErrors.ts';

/** As the driver makes it of what a bulk met. */
const ofBulk = (met: MongoError) => {
  const inside = met as unknown as ConstructorParameters<typeof MongoBulkWriteError>[0];
  return new MongoBulkWriteError(inside, { insertedIds: {} } as ConstructorParameters<typeof MongoBulkWriteError>[1]);
};

test('a connection that broke under a bulk may be tried again, and is told as such', () => {
  const broken = ofBulk(new MongoNetworkError('connection interrupted'));
  assert.equal(isTransient(broken), true);
  const told = translated(broken);
  assert.ok(told instanceof Failure && told.code === 'unavailable');
});
