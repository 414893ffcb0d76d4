import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cli } from '../../cli/testing.ts';
import { type EmbeddedPlatform, embeddedPlatform } from '../platform.ts';
import { type Scene, sceneOn } from '../scene.ts';

/** A data folder in which much has happened. */
let stage: Scene<EmbeddedPlatform>;
before(async () => {
  stage = await sceneOn(embeddedPlatform);
  for (const which of ['care', 'sharing']) await prints('story', which, '--server', stage.platform.url);
  assert.equal(await stage.platform.stop(), 0);
});
after(() => stage.dispose());

/** What a command line prints; it must end with 0. */
async function prints(...argv: string[]): Promise<string> {
  const { code, out, err } = await cli(...argv);
  assert.equal(code, 0, out + err);
  return out;
}

test('the data folder is verified offline', async () => {
  assert.match(await prints('verify', stage.platform.folder), /valid/);
});

test('the views, filled again from the events, are what they were', async () => {
  const printed = await prints('rebuild', '--data', stage.platform.folder, '--json');
  const collections: { collection: string; same: boolean; after: number }[] = JSON.parse(printed);
  assert.ok(collections.length >= 10);
  assert.deepEqual(
    collections.filter(({ same }) => !same),
    [],
  );
});
