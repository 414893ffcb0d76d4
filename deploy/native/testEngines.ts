import { engineNames } from './engines.ts';
import { testRun } from './testRun.ts';

const usage = `usage: npm run test:engines -- [part of a path …]

Runs the tests of the engines' adapters, with their faults, on real engines; with arguments only the files whose path
contains one.`;

process.exitCode = await testRun(
  {
    usage,
    files: [`{kernel,deploy,services,test}/**/*{${engineNames.join(',')}}*.test.ts`],
    needs: (files) => engineNames.filter((name) => files.some((file) => file.includes(name))),
    env: async () => ({ ENGINE_FAULTS: '1' }),
  },
  process.argv.slice(2),
);
