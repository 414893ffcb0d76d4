import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenWalls } from './walls.ts';

const broken = (path: string, text: string) => brokenWalls([{ path, text }]);

test('a wall that is broken is found', () => {
  const cases: [string, string][] = [
    ['services/a/domain/x.ts', "import { y } from '../app/y.ts';"],
    ['services/a/app/x.ts', "import type { y } from '../../b/app/y.ts';"],
    ['kernel/rest/x.ts', "const y = await import('../../services/a/service.ts');"],
    ['contracts/x.ts', "import { readFile } from 'node:fs';"],
    ['kernel/merkle/x.ts', "import { createHash } from 'node:crypto';"],
    ['services/a/service.ts', "import { sqliteViews } from '../../kernel/views/sqlite.ts';"],
    ['services/a/app/x.ts', "import { MongoClient } from 'mongodb';"],
    ['services/a/app/x.ts', "import { y } from '../utils/y.ts';"],
    ['services/a/app/x.ts', "import {\n  y,\n} from './index.ts';"],
  ];
  for (const [path, text] of cases) assert.equal(broken(path, text).length, 1, `${path}: ${text}`);
});

test('what is allowed passes', () => {
  const cases: [string, string][] = [
    ['services/a/domain/x.ts', "import type { Actor } from '../../../kernel/auth/actor.ts';"],
    ['services/a/domain/x.ts', "import { Failure } from '../../../kernel/errors.ts';"],
    ['services/a/app/x.test.ts', "import { sqliteViews } from '../../../kernel/views/sqlite.ts';"],
    ['services/a/app/x.ts', "import type { sqliteViews } from '../../../kernel/views/sqlite.ts';"],
  ];
  for (const [path, text] of cases) assert.deepEqual(broken(path, text), [], `${path}: ${text}`);
});

test('a cycle of values is found, one of types is none', () => {
  const pair = (word: string) => [
    { path: 'kernel/a.ts', text: "import { b } from './b.ts';" },
    { path: 'kernel/b.ts', text: `import ${word}{ a } from './a.ts';` },
  ];
  assert.match(brokenWalls(pair(''))[0]!, /cycle: kernel\/a\.ts → kernel\/b\.ts → kernel\/a\.ts/);
  assert.deepEqual(brokenWalls(pair('type ')), []);
});
