import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Consent } from '@medplum/fhirtypes';
import { documentOf } from './document.ts';

test('the event has the SHA-256 of what is attached; a hash beside it must be its own', () => {
  const of = (sourceAttachment: Consent['sourceAttachment']) =>
    documentOf({ ...(sourceAttachment && { sourceAttachment }) } as Consent);
  const document = '8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4';
  assert.deepEqual(of({ data: 'aGk=' }), { document });
  assert.deepEqual(of({ data: 'aG\nk=', hash: 'witfkXg0JglCjW9RssWvTAveakI=' }), { document });
  assert.deepEqual(of(undefined), {});
  assert.deepEqual(of({ url: 'https://archive.example/1', hash: 'AAAA' }), {});
  assert.throws(() => of({ data: 'aGk=', hash: 'AAAA' }), /not the SHA-1/);
});
