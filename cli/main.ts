import { parseArgs } from 'node:util';
import { asFailure } from '../kernel/errors.ts';
import type { Command, Invocation, Option } from './command.ts';
import { commandNames, loadCommand } from './commands.ts';

const common: Record<string, Option> = {
  server: { type: 'string', doc: 'base URL of the platform (default http://localhost:8080, or HEALTHCHAIN_SERVER)' },
  json: { type: 'boolean', doc: 'print the result as JSON' },
  help: { type: 'boolean', short: 'h', doc: 'print this help' },
};

/** Runs one command line and resolves to the exit code: 0 done, 1 failed, 2 not understood. */
export async function main(argv: string[], io: Pick<Invocation, 'out' | 'err'>): Promise<number> {
  const [name, ...rest] = argv;
  if (!name || name === '--help' || name === '-h' || name === 'help') return overview(io);
  const command = await loadCommand(name);
  if (!command) {
    io.err(`There is no command "${name}". The commands are: ${commandNames.join(', ')}.`);
    return 2;
  }
  return runCommand(command, rest, io);
}

async function runCommand(command: Command, argv: string[], io: Pick<Invocation, 'out' | 'err'>): Promise<number> {
  let parsed: Pick<Invocation, 'args' | 'values'>;
  try {
    const { positionals, values } = parseArgs({
      args: argv,
      options: { ...command.options, ...common },
      allowPositionals: true,
    });
    parsed = { args: positionals, values };
  } catch (error) {
    io.err(`${(error as Error).message}\n\n${help(command)}`);
    return 2;
  }
  if (parsed.values.help) {
    io.out(help(command));
    return 0;
  }
  const server = String(parsed.values.server ?? process.env.HEALTHCHAIN_SERVER ?? 'http://localhost:8080');
  const json = parsed.values.json === true;
  try {
    return await command.run({ ...parsed, ...io, json, server: server.replace(/\/+$/, '') });
  } catch (error) {
    return failed(error, json, io);
  }
}

function failed(error: unknown, json: boolean, io: Pick<Invocation, 'out' | 'err'>): number {
  const { code, message, issues } = error instanceof TypeError ? unreachable(error) : asFailure(error);
  if (json) io.out(JSON.stringify({ error: { code, message, issues } }));
  else io.err(`${code}: ${message}`);
  return 1;
}

/** `fetch` throws a TypeError where nobody answers. */
function unreachable(error: TypeError) {
  const reason = (error.cause as NodeJS.ErrnoException | undefined)?.code;
  if (!reason) throw error;
  const message = `The platform does not answer (${reason}). Is it running? Start it with "npm start", or name it with --server.`;
  return { code: 'unavailable', message, issues: [] };
}

async function overview(io: Pick<Invocation, 'out'>): Promise<number> {
  io.out('usage: npm run -s cli -- <command> [--server URL] [--json]\n');
  for (const name of commandNames) io.out(`  ${name.padEnd(12)} ${(await loadCommand(name))!.summary}`);
  io.out('\nnpm run -s cli -- <command> --help tells more.');
  return 0;
}

function help(command: Command): string {
  const lines = Object.entries({ ...command.options, ...common }).map(
    ([name, { short, type, doc }]) =>
      `  ${`${short ? `-${short}, ` : ''}--${name}${type === 'string' ? ' <value>' : ''}`.padEnd(28)} ${doc}`,
  );
  return [`usage: npm run -s cli -- ${command.usage}`, '', command.summary, '', ...lines].join('\n');
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2), {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
  });
}
