import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pino from 'pino';
import { systemClock } from '../../kernel/clock.ts';
import { readConfig } from '../../kernel/config.ts';
import { certificateFiles, rpcSection } from '../../kernel/rpc/config.ts';
import { mutualTls } from '../../kernel/rpc/mutualTls.ts';
import { saveAddresses } from './addresses.ts';
import { platformFolder } from './certs.ts';

const data = mkdtempSync(join(tmpdir(), 'engines-'));
test.after(() => rmSync(data, { recursive: true }));

/** Runs `npm run engines`' command on a machine without any tools. */
function engines(...args: string[]) {
  const env = { DATA_DIR: data, PATH: data, HOME: data };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    ...{ env, encoding: 'utf8' },
  });
  return { status, stdout, stderr };
}

test('--help says what there is; what is not understood is told, with exit code 2', () => {
  const help = engines('--help');
  assert.equal(help.status, 0);
  for (const word of ['up', 'down', 'status', 'certs', 'mongo', 'kafka', 'fabric', '--clean', '--json'])
    assert.match(help.stdout, new RegExp(word));
  const told = { 'up oracle': /There is no engine "oracle"/, 'up --brokers 2': /usage/, 'certs ../x': /usage/ };
  for (const [wrong, said] of Object.entries(told)) {
    const { status, stderr } = engines(...wrong.split(' '));
    assert.deepEqual([status, said.test(stderr)], [2, true], stderr);
  }
});

test('status --json is for programs, also where nothing was ever started', () => {
  const { status, stdout } = engines('status', '--json');
  assert.equal(status, 0);
  const told: { engine: string; running: boolean }[] = JSON.parse(stdout);
  assert.deepEqual(
    told.map(({ engine, running }) => [engine, running]),
    [
      ['mongo', false],
      ['kafka', false],
      ['fabric', false],
    ],
  );
});

test('which of Python, Java, Maven and Go is missing is said with the way to get it, and nothing is started', () => {
  const needs = {
    mongo: [/Python 3\.10 or newer with venv is missing: apt-get install python3-venv/],
    kafka: [/Java 17 or newer is missing: apt-get install/, /Maven 3 is missing: apt-get install maven/],
    fabric: [/Go 1\.21 or newer is missing: .*go\.dev\/dl.* brew install go/],
  };
  for (const [engine, lines] of Object.entries(needs)) {
    const { status, stderr } = engines('up', engine);
    assert.equal(status, 1);
    for (const line of lines) assert.match(stderr, line);
    assert.doesNotMatch(stderr, /^ {4}at /m, 'no stack');
  }
  assert.ok(readdirSync(join(data, 'engines')).every((name) => name.endsWith('.lock')));
});

test('certs: what a process started by hand needs to join', () => {
  saveAddresses(platformFolder(data), { keys: { rpc: '127.0.0.1:7', http: 'http://127.0.0.1:8' } });
  const { status, stdout } = engines('certs', 'records', '--json', '--hours', '2');
  assert.equal(status, 0);
  const config = readConfig(JSON.parse(stdout), rpcSection);
  assert.equal(config.KEYS_RPC, '127.0.0.1:7');
  const log = pino({ level: 'silent' });
  mutualTls({
    ...{ files: certificateFiles(config), trustDomain: config.RPC_TRUST_DOMAIN, service: 'records' },
    ...{ clock: systemClock, log },
  }).close();
  assert.match(engines('certs', 'records').stdout, /^export RPC_CERTIFICATE='.*records\.pem'$/m);
});
