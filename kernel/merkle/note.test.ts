import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { noteSigner, openNote } from './note.ts';

const seed = (byte: number) => new Uint8Array(32).fill(byte);
const log = await noteSigner('example.com/log', seed(1));
const other = await noteSigner('example.com/log', seed(2));
const witness = await noteSigner('witness.example', seed(3));
const root = seed(9);
const text = formatCheckpoint({ origin: 'example.com/log', size: 12, root });
const fails = (note: string, vkeys: string[], code: string) => assert.rejects(openNote(note, vkeys), { code });

test('a note of Go’s sumdb/note package opens with its key', async () => {
  const text = `If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n`;
  const signature =
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
  const vkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  assert.equal(await openNote(`${text}\n${signature}`, [vkey]), text);
});

test('a note opens with any key that signed it, and not without', async () => {
  const note = await log.sign(text);
  const cosigned = note + (await witness.sign(text)).slice(text.length + 1);
  assert.equal(await openNote(note, [log.vkey]), text);
  for (const vkey of [log.vkey, witness.vkey]) assert.equal(await openNote(cosigned, [other.vkey, vkey]), text);
  await fails(note, [], 'invalid');
  await fails(note, [other.vkey, witness.vkey], 'invalid');
});

test('a known key’s bad signature fails the note though another key signed it well', async () => {
  const wrong = (await log.sign('another text\n')).split('\n\n')[1];
  await fails((await witness.sign(text)) + wrong, [log.vkey, witness.vkey], 'invalid');
});

test('no single flipped bit of a note with one signature is let pass', async () => {
  const bytes = new TextEncoder().encode(await log.sign(text));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    await assert.rejects(openNote(new TextDecoder().decode(damaged), [log.vkey]), `bit ${bit}`);
  }
});

test('what is no note, and what is no key, is refused as such', async () => {
  const note = await log.sign(text);
  const malformed = ['', '\n\n', text, note.slice(0, -1), note.replace('— ', '- '), note.replace('12', '1\r2')];
  for (const each of malformed) await fails(each, [log.vkey], 'structure');
  const keys = ['', 'example.com/log', log.vkey.replace('+', '+f'), `x${log.vkey}`, `${log.vkey.slice(0, -1)}!`];
  for (const vkey of keys) await fails(note, [vkey], 'value');
  await assert.rejects(log.sign('no newline'), RangeError);
  await assert.rejects(noteSigner('a name', seed(1)), RangeError);
});

test('checkpoints are read back, extension lines or not', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, root) => {
      const checkpoint = { origin: 'example.com/log', size, root };
      assert.deepEqual(parseCheckpoint(formatCheckpoint(checkpoint)), checkpoint);
      assert.deepEqual(parseCheckpoint(`${formatCheckpoint(checkpoint)}more\n`), checkpoint);
    }),
  );
});

test('what is no checkpoint is refused', () => {
  const hash = encodeBase64(root);
  const short = encodeBase64(root.subarray(1));
  const sizes = ['', '01', '-1', '1.5', '0x1', '9007199254740993'].map((size) => `log\n${size}\n${hash}\n`);
  const rest = ['', 'log\n', `\n1\n${hash}\n`, `log\n1\n${hash}`, `log\n1\n${short}\n`, `log\n1\n${hash}\n\n`];
  for (const each of [...sizes, ...rest, `log\n1\n${hash}\n\nmore\n`])
    assert.throws(() => parseCheckpoint(each), { code: 'structure' }, JSON.stringify(each));
});

test('base64 is read in its one canonical form only', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes)));
  for (const text of ['AB==', 'AA=', 'AA', ' AA==', 'AA==\n', 'A-_=', '=', '*'])
    assert.equal(decodeBase64(text), undefined);
});
