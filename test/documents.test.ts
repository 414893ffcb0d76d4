import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { commandNames } from '../cli/commands.ts';

const read = (path: string) => readFileSync(path, 'utf8');
const services = readdirSync('services');

/** Names of a service's variables. */
async function variables(service: string): Promise<string[]> {
  const { [`${service}Config`]: section } = await import(`../services/${service}/config.ts`);
  return Object.keys(section);
}

test('each service has a page of 40 lines at most, with every variable and no other', async () => {
  for (const service of services) {
    const page = read(`services/${service}/README.md`);
    assert.ok(page.trimEnd().split('\n').length <= 40, service);
    const listed = page.split(/^(?:\*\*Config\*\*|Variables):/m)[1] ?? '';
    const named = [...listed.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name);
    assert.deepEqual(named.sort(), (await variables(service)).sort(), service);
  }
});

test('the first page has 120 lines at most, and shows only commands that are there', () => {
  const page = read('README.md');
  assert.ok(page.trimEnd().split('\n').length <= 120);
  const { scripts } = JSON.parse(read('package.json'));
  for (const [, script] of page.matchAll(/(?:^|`|\()npm (?:run (?:-s )?)?([a-z:]+)/gm))
    assert.ok(script! in scripts, script);
  for (const [, command] of page.matchAll(/cli -- ([a-z-]+)/g)) assert.ok(commandNames.includes(command!), command);
});

test('links between pages lead somewhere', () => {
  for (const page of ['README.md', 'AGENTS.md', 'CONTRIBUTING.md', 'SECURITY.md'])
    for (const [, target] of read(page).matchAll(/\]\((?!http)([^)#]+)\)/g)) assert.ok(existsSync(target!), target);
});
