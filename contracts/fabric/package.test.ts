import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { chaincodePackage } from './package.ts';

const connection = { address: 'localhost:9999', rootCertificate: 'PEM' };

/** The files of a gzipped tar, read by its layout (POSIX.1, ustar). */
function unpacked(archive: Buffer): Record<string, Buffer> {
  const tar = gunzipSync(archive);
  const files: Record<string, Buffer> = {};
  for (let at = 0; tar[at] !== 0; ) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    const block = Buffer.from(tar.subarray(at, at + 512));
    const sum = Number.parseInt(block.toString('latin1', 148, 154), 8);
    block.fill(' ', 148, 156);
    assert.equal(
      block.reduce((total, byte) => total + byte, 0),
      sum,
    );
    files[tar.toString('latin1', at, tar.indexOf(0, at))] = tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

test('a package holds its label and where the server is', () => {
  const { 'metadata.json': metadata, 'code.tar.gz': code } = unpacked(
    chaincodePackage('healthchain_1', connection).bytes,
  );
  assert.deepEqual(JSON.parse(metadata!.toString()), { type: 'ccaas', label: 'healthchain_1' });
  const { 'connection.json': found } = unpacked(code!);
  assert.equal(JSON.parse(found!.toString()).address, 'localhost:9999');
});

test('the same arguments give the same bytes and id, on every machine', () => {
  const { id, bytes } = chaincodePackage('healthchain_1', connection);
  assert.deepEqual(chaincodePackage('healthchain_1', connection).bytes, bytes);
  assert.equal(id, `healthchain_1:${createHash('sha256').update(bytes).digest('hex')}`);
  assert.equal(id, 'healthchain_1:d865dbeb66c90e9b0dfe431a3ba1cf7653f493de2417c62ce60562b20022f029');
  assert.notEqual(chaincodePackage('healthchain_2', connection).id, id);
});
