import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

/** A process that runs `start`, whose source is given; resolves once it printed "up" or ended. */
async function running(start: string): Promise<{ child: ChildProcess; output(): string; exit: Promise<unknown[]> }> {
  const script = `
    import pino from '${import.meta.resolve('pino')}';
    import { run } from '${import.meta.resolve('./run.ts')}';
    const keepAlive = setInterval(() => {}, 1000);
    await run(async () => (${start}), pino({ level: 'fatal', base: null }));
    console.log('up');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  while (!printed.includes('up') && child.exitCode === null) await Promise.race([once(child.stdout, 'data'), exit]);
  return { child, output: () => printed, exit };
}

const drains = `{ stop: async () => { await new Promise((done) => setTimeout(done, 20)); console.log('drained'); } }`;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} drains and ends with 0`, async () => {
    const { child, output, exit } = await running(drains);
    child.kill(signal);
    assert.deepEqual(await exit, [0, null]);
    assert.match(output(), /drained/);
  });
}

test('a drain that fails ends with 1 and says so', async () => {
  const { child, output, exit } = await running(`{ stop: async () => { throw new Error('a door is stuck'); } }`);
  child.kill('SIGTERM');
  assert.deepEqual(await exit, [1, null]);
  assert.match(output(), /the drain failed/);
});

test('a second signal ends a drain that hangs', async () => {
  const { child, output, exit } = await running(
    `{ stop: () => { console.log('hangs'); return new Promise(() => {}); } }`,
  );
  child.kill('SIGTERM');
  while (!output().includes('hangs')) await once(child.stdout!, 'data');
  child.kill('SIGTERM');
  assert.deepEqual(await exit, [1, null]);
});

test('a start that fails says why and ends with 1, whatever is open by then', async () => {
  const { output, exit } = await running(`(() => { throw new Error('the port is taken'); })()`);
  assert.deepEqual(await exit, [1, null]);
  assert.match(output(), /the port is taken/);
});
