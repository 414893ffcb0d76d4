import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Told } from './report.ts';

const usage = `usage: npm run fuzz -- [--runs <cases>] [--seed <number>]

Tries the properties of the rules, the contracts and the consent service with generated cases (default: a million),
and checks longer concurrent histories for linearizability. The same seed generates the same cases.`;

/** What is fuzzed: every property in these files. */
const files = [
  'test/linearizability/consent.test.ts',
  'test/linearizability/checker.test.ts',
  'contracts/rules/properties.test.ts',
  'contracts/sharing.test.ts',
  'contracts/rules/dates.test.ts',
  'contracts/canonical.test.ts',
  'contracts/consent.test.ts',
  'services/consent/domain/choices.test.ts',
  'services/consent/domain/nearest.test.ts',
  'services/consent/domain/reach.test.ts',
];

interface Job {
  file: string;
  seed: number;
  /** Cases of each property. */
  each: number;
}

const percent = (share: number) => `${Math.min(100, Math.floor(share * 100))} %`.padStart(5);
const settingsOf = ({ seed, each }: Job) => ({ FUZZ_RUNS: `${each}`, FUZZ_SEED: `${seed}` });
const argumentsOf = ({ file }: Job) => ['--import', './test/fuzz/report.ts', file];

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const options = { runs: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args, options });
  const [runs, seed] = [Number(values.runs ?? 1_000_000), Number(values.seed ?? Date.now() % 2 ** 31)];
  const understood = Number.isSafeInteger(runs) && runs > 0 && Number.isSafeInteger(seed);
  if (values.help || !understood) {
    console.log(usage);
    return understood ? 0 : 2;
  }
  return fuzz(runs, seed);
}

/** Every file once, then again with other seeds until there were enough cases. */
async function fuzz(runs: number, seed: number): Promise<number> {
  const started = performance.now();
  const each = Math.min(10_000, Math.max(500, Math.ceil(runs / (2 * files.length))));
  const done = { cases: 0, operations: 0 };
  const failed: Job[] = [];
  let taken = 0;
  const worker = async () => {
    while (failed.length === 0 && (taken < files.length || done.cases < runs)) {
      const job = { file: files[taken % files.length]!, seed: seed + Math.floor(taken / files.length), each };
      taken += 1;
      if (!(await run(job, done))) failed.push(job);
      console.log(`${percent(done.cases / runs)}  ${done.cases} cases, ${done.operations} operations  ${job.file}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  for (const job of failed) console.error(`\nTo see it again: ${commandOf(job)}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const outcome = failed.length > 0 ? 'FAILED after' : 'passed:';
  console.log(`${outcome} ${done.cases} cases, ${done.operations} operations, ${seconds} s, seed ${seed}`);
  return failed.length > 0 ? 1 : 0;
}

function commandOf(job: Job): string {
  const settings = Object.entries(settingsOf(job)).map(([name, value]) => `${name}=${value}`);
  return [...settings, 'node', ...argumentsOf(job)].join(' ');
}

/** Runs one file's tests in a process of their own; what they print is shown where one fails. */
function run(job: Job, done: Required<Told>): Promise<boolean> {
  const env = { ...process.env, ...settingsOf(job) };
  const child = spawn(process.execPath, argumentsOf(job), { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let printed = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (printed += chunk));
  child.on('message', ({ cases = 0, operations = 0 }: Told) => {
    done.cases += cases;
    done.operations += operations;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      if (code !== 0) console.error(printed);
      resolve(code === 0);
    });
  });
}
