import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { authority } from './ca.ts';

const folder = mkdtempSync(join(tmpdir(), 'ca-'));
test.after(() => rmSync(folder, { recursive: true }));
const [hour, now] = [3_600_000, Date.UTC(2026, 0, 1)];
const read = (file: string) => new X509Certificate(readFileSync(file));

test('a certificate names its holder by URI, is signed by the CA, and ends when it was said to', () => {
  const ours = authority(folder, 'healthchain', now);
  const { ca, certificate, key } = ours.issue('records', now, 24);
  const [root, issued] = [read(ca), read(certificate)];
  assert.equal(issued.subjectAltName, 'URI:spiffe://healthchain/records');
  assert.ok(issued.checkIssued(root) && issued.verify(root.publicKey) && root.ca && !issued.ca);
  assert.deepEqual([issued.validFromDate.getTime(), issued.validToDate.getTime()], [now - hour, now + 24 * hour]);
  for (const file of [key, join(folder, 'ca.key')]) assert.equal(statSync(file).mode & 0o777, 0o600, file);
});

test('the CA stays, whoever opens its folder; a new certificate takes the place of the older one', () => {
  const before = read(authority(folder, 'healthchain', now).issue('records', now, 24).certificate);
  const again = authority(folder, 'healthchain', now + hour);
  const { ca, certificate } = again.issue('records', now + hour, 24);
  assert.notEqual(read(certificate).serialNumber, before.serialNumber);
  for (const issued of [before, read(certificate)]) assert.ok(issued.verify(read(ca).publicKey));
});
