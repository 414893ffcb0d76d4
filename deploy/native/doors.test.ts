import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fastify from 'fastify';
import { guardRoutes } from '../../kernel/rest/access.ts';
import type { Service } from '../../kernel/service.ts';
import { embeddedPlatform } from '../../platform.ts';
import { doors } from './distributed.ts';

test('every path that a service serves leads to it through the one HTTP entry', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'doors-'));
  const platform = await embeddedPlatform({ DATA_DIR: folder, LOG_LEVEL: 'silent' });
  t.after(async () => {
    await platform.stop();
    rmSync(folder, { recursive: true });
  });
  const prefixes = Object.keys(doors).toSorted((one, other) => other.length - one.length);
  for (const { name, rest } of platform.services) {
    const paths = await pathsOf(rest);
    assert.ok(paths.length > 0, name);
    for (const path of paths) {
      const prefix = prefixes.find((each) => path === each || path.startsWith(`${each}/`));
      assert.equal(prefix && doors[prefix], name, path);
    }
  }
});

async function pathsOf(rest: Service['rest']): Promise<string[]> {
  const paths: string[] = [];
  const app = fastify();
  guardRoutes(app, async () => assert.fail('nobody asks'));
  app.addHook('onRoute', ({ url }) => void paths.push(url));
  if (rest) await app.register(rest);
  await app.ready();
  await app.close();
  return paths;
}
