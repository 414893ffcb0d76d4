import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commandNames } from './commands.ts';
import { cli, serve } from './testing.ts';

/** Command lines that can reach a server, each with all that it needs. */
const calls: Record<string, string[]> = {
  users: [],
  token: ['--as', 'alice'],
  grant: ['--organization', 'west'],
  revoke: ['a-consent'],
  'revoke-all': [],
  template: ['visit', '--organization', 'west'],
  permitted: [],
  notifications: [],
  emergencies: [],
  'break-glass': ['a-patient', '--reason', 'found unconscious'],
  trail: [],
  proof: ['an-event'],
  story: [],
};

process.env.HEALTHCHAIN_TOKEN = 'a.b.c';

test('every command tells its usage and what each option is', async () => {
  for (const name of commandNames) {
    const { code, out, err } = await cli(name, '--help');
    assert.equal(code, 0);
    assert.equal(err, '');
    assert.match(out, new RegExp(`^usage: npm run -s cli -- ${name}\\b`));
    for (const line of out.split('\n').filter((each) => each.startsWith('  '))) assert.match(line, /--[\w-]+.* {2,}\S/);
  }
});

test('without a command, all commands are listed', async () => {
  const { code, out } = await cli();
  assert.equal(code, 0);
  for (const name of commandNames) assert.match(out, new RegExp(`^ {2}${name} +\\S`, 'm'));
});

test('a command line that is not understood ends with 2 and says why', async () => {
  const wrong: [string[], RegExp][] = [
    [['dance'], /no command "dance"/],
    [['constructor'], /no command/],
    [['users', '--loud'], /loud/],
    [['users', 'extra'], /one argument too many/],
    [['import', 'a', 'b'], /one argument too many/],
    [['import'], /a bundle, or a folder/],
    [['verify'], /a proof file/],
    [['proof'], /audit event/],
    [['revoke', ''], /consent/],
    [['import', '.', '--concurrency', '0'], /concurrency/],
    [['trail', '--count', 'many'], /count/],
    [['token'], /--as/],
    [['grant'], /--organization/],
    [['break-glass', 'a-patient'], /--reason/],
    [['users', '--server', 'localhost:8080'], /no http address/],
    [['users', '--server'], /server/],
  ];
  for (const [argv, why] of wrong) {
    const { code, out, err } = await cli(...argv);
    assert.equal(code, 2, argv.join(' '));
    assert.equal(out, '');
    assert.match(err, why);
    const asJson = await cli(...argv, '--json');
    assert.equal(asJson.code, 2);
    assert.equal(JSON.parse(asJson.out).error.code, 'required');
    assert.equal(asJson.err, '');
  }
});

test('a server’s refusal ends with 1 and is told as it told it', async () => {
  const issue = { severity: 'error', code: 'forbidden', diagnostics: 'You have not agreed.', expression: ['Patient'] };
  await using server = await serve(() => ({ status: 403, body: { resourceType: 'OperationOutcome', issue: [issue] } }));
  const { code, err, out } = await cli('trail', '--server', server.url);
  assert.deepEqual({ code, err, out }, { code: 1, err: 'forbidden: You have not agreed.', out: '' });
  const json = await cli('trail', '--json', '--server', `${server.url}/`);
  assert.equal(json.code, 1);
  const { severity: _, ...stated } = issue;
  assert.deepEqual(JSON.parse(json.out).error, {
    code: 'forbidden',
    message: 'You have not agreed.',
    issues: [stated],
  });
});

test('a problem document, and a status alone, are told too', async () => {
  await using server = await serve(({ path }) =>
    path.includes('patient=p') ? { status: 429, body: { title: 'Slow down', detail: 'Too many.' } } : { status: 502 },
  );
  assert.equal((await cli('trail', '--patient', 'p', '--server', server.url)).err, 'throttled: Too many.');
  assert.match((await cli('trail', '--server', server.url)).err, /502/);
});

test('nobody who answers: it says what to do', async () => {
  const { url } = await serve(() => ({})).then(async (server) => {
    await server[Symbol.asyncDispose]();
    return server;
  });
  const { code, err } = await cli('users', '--server', url);
  assert.equal(code, 1);
  assert.match(err, /^unavailable: .*ECONNREFUSED.*npm start/);
});

const garbage = ['', '<html>Welcome</html>', '[]', '{}', 'null', '"text"', '{"users":7}', '\u0000\u0001', '{"entry":1'];

test('whatever a server answers, each command ends with 1 and one line that says so', async () => {
  for (const [name, argv] of Object.entries(calls))
    for (const body of garbage)
      for (const status of [200, 404, 500]) {
        await using server = await serve(() => ({ status, body }));
        const { code, out, err } = await cli(name, ...argv, '--server', server.url);
        assert.equal(code, 1, `${name} on ${status} ${body}: ${out}`);
        assert.match(err, /^[a-z-]+: [^\n]+$/, `${name} on ${status} ${body}`);
        assert.equal(out, '');
      }
});

test('without a user or a token, it asks for one', async () => {
  const token = process.env.HEALTHCHAIN_TOKEN;
  delete process.env.HEALTHCHAIN_TOKEN;
  try {
    assert.match((await cli('trail')).err, /^login: .*--as.*HEALTHCHAIN_TOKEN/);
  } finally {
    process.env.HEALTHCHAIN_TOKEN = token;
  }
});

test('a reader that goes away, as `head` does, is no failure', async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url)), '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let told = '';
  for await (const chunk of child.stderr) told += chunk;
  if (child.exitCode === null) await once(child, 'exit');
  assert.deepEqual([child.exitCode, told], [0, '']);
});
