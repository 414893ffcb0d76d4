import { parseArgs } from 'node:util';
import { Failure } from '../kernel/errors.ts';
import { type Command, type Invocation, Misuse, type Option, type Values } from './command.ts';
import { commandNames, loadCommand } from './commands.ts';

const common: Record<string, Option> = {
  server: { type: 'string', doc: 'base URL of the platform (default http://localhost:8080, or HEALTHCHAIN_SERVER)' },
  json: { type: 'boolean', doc: 'print the result as JSON' },
  help: { type: 'boolean', short: 'h', doc: 'print this help' },
};

type Io = Pick<Invocation, 'out' | 'err'>;

/** Runs one command line and resolves to the exit code: 0 done, 1 failed, 2 not understood. */
export async function main(argv: string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  if (!name || name === '--help' || name === '-h' || name === 'help') return overview(io);
  const command = await loadCommand(name);
  if (command) return runCommand(command, rest, io);
  return misused(`There is no command "${name}". The commands are: ${commandNames.join(', ')}.`, rest, io);
}

/** A command line that is not understood; whether it asked for JSON can be seen all the same. */
function misused(message: string, argv: string[], io: Io, usage?: string): number {
  if (argv.includes('--json')) return failed(new Misuse(message), true, io);
  io.err(usage ? `${message}\n\n${usage}` : message);
  return 2;
}

async function runCommand(command: Command, argv: string[], io: Io): Promise<number> {
  let parsed: { argument: string; values: Values; server: string };
  try {
    parsed = parse(command, argv);
  } catch (error) {
    return misused((error as Error).message, argv, io, help(command));
  }
  if (parsed.values.help) {
    io.out(help(command));
    return 0;
  }
  const json = parsed.values.json === true;
  try {
    return await command.run({ ...parsed, ...io, json });
  } catch (error) {
    return failed(error, json, io);
  }
}

/** Reads the command's arguments. Throws an Error that says what is wrong with them. */
function parse(command: Command, args: string[]) {
  const options = { ...command.options, ...common };
  const { positionals, values } = parseArgs({ args, options, allowPositionals: true });
  const server = String(values.server ?? process.env.HEALTHCHAIN_SERVER ?? 'http://localhost:8080');
  if (!/^https?:\/\//.test(server) || !URL.canParse(server)) throw new Misuse(`"${server}" is no http address.`);
  const [argument = '', ...more] = positionals;
  if (command.takes && !argument && !values.help) throw new Misuse(`Say which: ${command.takes}.`);
  const extra = (command.takes ?? command.mayTake) ? more[0] : positionals[0];
  if (extra !== undefined) throw new Misuse(`"${extra}" is one argument too many.`);
  return { argument, values, server: server.replace(/\/+$/, '') };
}

function failed(error: unknown, json: boolean, io: Io): number {
  const { code, message, issues } = error instanceof Failure ? error : unexpected(error);
  if (json) io.out(JSON.stringify({ error: { code, message, issues } }));
  else io.err(`${code}: ${message}`);
  return error instanceof Misuse ? 2 : 1;
}

/** What is no Failure: nobody answers, or the answer is not one that the platform would give. */
function unexpected(error: unknown): Failure {
  const { message, cause } = error as Error;
  const reason = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof TypeError && reason) {
    const advice = 'Is it running? Start it with "npm start", or name it with --server.';
    return new Failure('unavailable', `The platform does not answer (${reason}). ${advice}`);
  }
  const hint =
    error instanceof TypeError || error instanceof SyntaxError ? ' Is the server a HealthChain platform?' : '';
  return new Failure('exception', `This was not expected: ${message}.${hint}`);
}

async function overview(io: Io): Promise<number> {
  io.out('usage: npm run -s cli -- <command> [--server URL] [--json]\n');
  for (const name of commandNames) io.out(`  ${name.padEnd(14)} ${(await loadCommand(name))!.summary}`);
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
  // whoever reads us may have seen enough, as `head` has: the command goes on, and its exit code stays true
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = await main(process.argv.slice(2), {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
  });
}
