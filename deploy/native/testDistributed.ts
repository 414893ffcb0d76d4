import { readFileSync } from 'node:fs';
import { freePort } from '../../test/launch.ts';
import { testRun } from './testRun.ts';

const usage = `usage: npm run test:distributed -- [part of a path …]

Runs the end-to-end tests on the distributed platform, on real engines; with arguments only the files whose path contains
one. All files share its data: each starts the processes anew, none may rely on being the first.`;

/** Acts on a platform whichever it is, and not on the data folder of an embedded one. */
const isOnAny = (file: string) => file.startsWith('deploy') || /\bscene\(/.test(readFileSync(file, 'utf8'));

process.exitCode = await testRun(
  {
    usage,
    files: ['test/{e2e,linearizability}/*.test.ts', 'deploy/native/*.distributed.test.ts'],
    suits: isOnAny,
    env: async (folder) => ({ PLATFORM: 'distributed', DATA_DIR: folder, HTTP_PORT: `${await freePort()}` }),
  },
  process.argv.slice(2),
);
