import { parseArgs } from 'node:util';
import pino from 'pino';
import { allFaults } from './faults/all.ts';
import { isWell, lineOf, tableOf, verdictOf } from './report.ts';
import { type Round, type Rounds, rounds } from './rounds.ts';

const usage = `usage: npm run faults -- [--seeds <count>] [--seed <first>] [--only <words of a fault's name>] [--json]

Breaks a distributed platform on real engines while people work with it, and then audits the whole: nothing that was
acknowledged is lost or there twice, every answered read is in the log, log and ledger agree, views are what a rebuild
gives. A seed chooses the faults, their order, their moments and their victims. Faults:
${allFaults.map(({ name }) => `  ${name}`).join('\n')}`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const number = { type: 'string' } as const;
  const [flag, text] = [{ type: 'boolean' } as const, { type: 'string' } as const];
  const options = { seeds: number, seed: number, only: text, json: flag, help: flag };
  const { values } = parseArgs({ args, options });
  const [count, first] = [Number(values.seeds ?? 1), Number(values.seed ?? 1)];
  const faults = allFaults.filter(({ name }) => name.includes(values.only ?? ''));
  const understood = Number.isSafeInteger(count) && count > 0 && Number.isSafeInteger(first) && faults.length > 0;
  if (values.help || !understood) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const out = (line: string) => (values.json ? console.error(line) : console.log(line));
  const running = await rounds(faults, pino({ level: 'silent' }), out);
  let done: Round[] = [];
  try {
    done = await runAll(running, count, first, out);
    if (values.json) console.log(JSON.stringify(done));
  } finally {
    const logs = await running.stop(!done.every(isWell));
    if (logs) out(`The services' logs are in ${logs}`);
  }
  return done.every(isWell) ? 0 : 1;
}

/** Ends with the first seed that is not well: what it left behind would be found again. */
async function runAll(running: Rounds, count: number, first: number, out: (line: string) => void): Promise<Round[]> {
  const done: Round[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const round = await running.run(seed, (injected) => out(lineOf(injected)));
    done.push(round);
    for (const line of verdictOf(round)) out(line);
    if (isWell(round)) continue;
    out(`To see it again: npm run faults -- --seed ${seed}`);
    break;
  }
  for (const line of tableOf(done.flatMap(({ injected }) => injected))) out(line);
  return done;
}
