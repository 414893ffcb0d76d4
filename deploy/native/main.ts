import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { joining } from './certs.ts';
import { type EngineName, engineNames, type Sizes } from './engines.ts';
import { kit, type Status } from './kit.ts';

const usage = `usage: npm run engines -- up|down|status [${engineNames.join('] [')}] [--brokers 1|3] [--orgs 1-4] [--orderers 1|3] [--clean] [--json]
       npm run engines -- certs <name> [--hours 24] [--json]

  up      starts the engines (all, or those named) and prints the variables that the platform reads
  down    stops them; with --clean their data goes too
  status  says what runs
  certs   issues a certificate of the development CA and prints the variables with which a process of that name, started
          by hand, joins the platform of this DATA_DIR

Data is in engines/ below DATA_DIR (default data/), binaries in the user's cache folder.`;

const data = resolve(process.env.DATA_DIR || join(import.meta.dirname, '..', '..', 'data'));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function main(args: string[]): Promise<number> {
  const options = {
    brokers: { type: 'string' },
    orgs: { type: 'string' },
    orderers: { type: 'string' },
    clean: { type: 'boolean' },
    hours: { type: 'string', default: '24' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { positionals, values } = parseArgs({ args, options, allowPositionals: true });
  const [verb, ...named] = positionals;
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (verb === 'certs') return certs(named, values);
  const sizes = sizesIn(values);
  const unknown = named.filter((name) => !(engineNames as string[]).includes(name));
  if (unknown.length > 0 || !sizes || !['up', 'down', 'status'].includes(verb ?? '')) {
    console.error(unknown.length > 0 ? `There is no engine "${unknown[0]}".\n\n${usage}` : usage);
    return 2;
  }
  const names = named.length > 0 ? (named as EngineName[]) : engineNames;
  const engines = kit(join(data, 'engines'), sizes);
  if (verb === 'up') for (const name of names) await engines.up(name, (line) => console.error(line));
  if (verb === 'down') await Promise.all(names.map((name) => engines.down(name, values.clean)));
  const statuses = names.map(engines.status);
  if (values.json) console.log(JSON.stringify(statuses));
  else print(statuses);
  return 0;
}

function certs(named: string[], { hours, json }: { hours: string; json?: boolean | undefined }): number {
  const [holder = ''] = named;
  if (named.length !== 1 || !/^[a-z][\w-]*$/.test(holder) || !/^[1-9]\d{0,4}$/.test(hours)) {
    console.error(usage);
    return 2;
  }
  const variables = joining(data, holder, Date.now(), Number(hours));
  if (json) console.log(JSON.stringify(variables));
  else exported(variables);
  return 0;
}

/** The sizes that were given; undefined where one of them cannot be. */
function sizesIn(values: { [Size in keyof Sizes]?: string | undefined }): Partial<Sizes> | undefined {
  const possible = { brokers: ['1', '3'], orgs: ['1', '2', '3', '4'], orderers: ['1', '3'] };
  const sizes: Partial<Sizes> = {};
  for (const name of ['brokers', 'orgs', 'orderers'] as const) {
    const value = values[name];
    if (value !== undefined && !possible[name].includes(value)) return undefined;
    if (value !== undefined) sizes[name] = Number(value);
  }
  return sizes;
}

/** Variables on stdout, ready for a shell to read; everything else on stderr. */
function print(statuses: Status[]): void {
  for (const { engine, running, processes, folder } of statuses) {
    const pids = processes.filter((each) => each.running).map(({ name, pid }) => `${name} ${pid}`);
    console.error(`${engine}: ${running ? 'running' : 'stopped'} (${[...pids, folder].join(', ')})`);
  }
  for (const { variables } of statuses) exported(variables);
}

function exported(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) console.log(`export ${name}='${value}'`);
}
