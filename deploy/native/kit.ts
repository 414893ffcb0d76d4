import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from './certificate.ts';
import type { Engine, Place } from './engine.ts';
import { defaultSizes, type EngineName, engines, type Sizes } from './engines.ts';
import { exclusively } from './exclusive.ts';
import { freePorts, isFree } from './ports.ts';
import { isRunning, type Started, signal, start, stop } from './processes.ts';
import { missing } from './tools.ts';
import { eventually, Hopeless } from './waiting.ts';

/** What is known of an engine whose folder exists; kept in `state.json`, readable to its owner only. */
interface State {
  password: string;
  ports: Record<string, number>;
  processes: Record<string, Started>;
  variables: Record<string, string>;
  formatted: boolean;
  sizes: Sizes;
}

export interface Status {
  engine: EngineName;
  /** Every process of it runs. */
  running: boolean;
  processes: { name: string; pid: number; running: boolean }[];
  /** The variables that the platform reads; empty while it is down. */
  variables: Record<string, string>;
  folder: string;
}

/** How long an engine may take to serve, milliseconds. */
const patience = 120_000;

/** Engines under one folder: `data/engines` for developers, a temporary one for tests. */
export interface Kit {
  /** Fetches what is missing, starts what does not run, waits until it serves. `say` is told about what takes time. */
  up(name: EngineName, say?: (line: string) => void): Promise<Status>;
  /** Stops what this kit started and nothing else; with `clean` its data goes too. */
  down(name: EngineName, clean?: boolean): Promise<void>;
  status(name: EngineName): Status;
  /** Kills one process of an engine, as SIGKILL does; `up` starts it again. */
  kill(name: EngineName, process: string): Promise<void>;
}

/**
 * @param sizes of engines whose data does not exist yet
 * @param cache where binaries are kept for every kit of this user
 */
export function kit(root: string, sizes: Partial<Sizes> = {}, cache = userCache()): Kit {
  const folderOf = (name: EngineName) => join(root, name);
  const stateFile = (name: EngineName) => join(folderOf(name), 'state.json');

  function read(name: EngineName): State | undefined {
    return existsSync(stateFile(name)) ? JSON.parse(readFileSync(stateFile(name), 'utf8')) : undefined;
  }

  /** Whole or not at all, so that a kill leaves no half a file. */
  function save(name: EngineName, state: State): void {
    writeFileSync(`${stateFile(name)}.new`, JSON.stringify(state, undefined, 2), { mode: 0o600 });
    renameSync(`${stateFile(name)}.new`, stateFile(name));
  }

  function status(name: EngineName): Status {
    const state = read(name);
    const processes = Object.entries(state?.processes ?? {}).map(([process, started]) => {
      return { name: process, pid: started.pid, running: isRunning(started) };
    });
    const running = processes.length > 0 && processes.every((process) => process.running);
    return { engine: name, running, processes, variables: running ? state!.variables : {}, folder: folderOf(name) };
  }

  const alone = <T>(name: EngineName, say: (line: string) => void, work: () => Promise<T>): Promise<T> =>
    exclusively(`${folderOf(name)}.lock`, work, () => say(`${name}: another process is at it; waiting …`));

  async function serving(name: EngineName, say: (line: string) => void): Promise<Status> {
    const before = status(name);
    const state = read(name) ?? fresh({ ...defaultSizes, ...sizes });
    const engine: Engine = engines[name](state.sizes);
    if (!sameSizes(name, engine, { ...state.sizes, ...sizes }))
      throw new Error(`${name}: its data was made with other sizes; down ${name} --clean first`);
    const lacking = missing(engine.tools);
    if (lacking.length > 0) throw new Error(lacking.map((line) => `${name}: ${line}`).join('\n'));
    const binaries = await installed(engine, cache, say);
    if (before.running) return ready(name, engine, placeOf(folderOf(name), binaries, state));
    if (!(await canKeepPorts(state, before))) state.ports = await freePorts(engine.ports);
    const place = placeOf(folderOf(name), binaries, state);
    if (!state.formatted) await format(engine, place, name, state);
    state.variables = engine.variables(place);
    for (const process of await engine.processes(place)) {
      const known = state.processes[process.name];
      if (known && isRunning(known)) continue;
      state.processes[process.name] = start(process, logOf(name, process.name));
      save(name, state); // at once: what is started must be found again whatever comes next
    }
    return ready(name, engine, place);
  }

  async function stopped(name: EngineName, clean: boolean): Promise<void> {
    await Promise.all(Object.values(read(name)?.processes ?? {}).map((process) => stop(process)));
    if (clean) rmSync(folderOf(name), { recursive: true, force: true });
  }

  async function ready(name: EngineName, engine: Engine, place: Place): Promise<Status> {
    await eventually(name, patience, () => probe(name, engine, place));
    return status(name);
  }

  const logOf = (name: EngineName, process: string) => join(folderOf(name), `${process}.log`);

  async function format(engine: Engine, place: Place, name: EngineName, state: State): Promise<void> {
    rmSync(place.folder, { recursive: true, force: true });
    mkdirSync(place.folder, { recursive: true, mode: 0o700 });
    const { certificate, key } = selfSigned(Date.now());
    writeFileSync(place.certificate, certificate);
    writeFileSync(place.key, key, { mode: 0o600 });
    await engine.format(place);
    state.formatted = true;
    save(name, state);
  }

  /** A process that ended will not become ready: its log says why. */
  async function probe(name: EngineName, engine: Engine, place: Place): Promise<void> {
    const dead = status(name).processes.find(({ running }) => !running);
    if (!dead) return engine.probe(place);
    const log = readFileSync(logOf(name, dead.name), 'utf8').trimEnd().split('\n').slice(-5);
    throw new Hopeless(`${dead.name} ended while it started:\n  ${log.join('\n  ')}`);
  }

  return {
    up: (name, say = () => {}) => alone(name, say, () => serving(name, say)),
    status,
    async down(name, clean = false) {
      if (!existsSync(folderOf(name))) return;
      const silent = () => {};
      await alone(name, silent, () => stopped(name, clean));
    },
    async kill(name, process) {
      const started = read(name)?.processes[process];
      if (!started) throw new Error(`${name} has no process ${process}`);
      signal(started, 'SIGKILL');
      await eventually(process, 5000, async () => {
        if (isRunning(started)) throw new Error('it is still running');
      });
    },
  };
}

const fresh = (sizes: Sizes): State => ({
  password: randomBytes(18).toString('base64url'),
  ports: {},
  processes: {},
  variables: {},
  formatted: false,
  sizes,
});

/** Whether an engine of these sizes would be the same; the sizes of other engines are none of its business. */
const sameSizes = (name: EngineName, { ports }: Engine, sizes: Sizes): boolean =>
  engines[name](sizes).ports.join() === ports.join();

/** Ports stay as long as something of the engine runs, or nobody else took them meanwhile. */
async function canKeepPorts({ ports }: State, { processes }: Status): Promise<boolean> {
  if (processes.some(({ running }) => running)) return true;
  const free = await Promise.all(Object.values(ports).map(isFree));
  return free.length > 0 && free.every(Boolean);
}

function placeOf(folder: string, binaries: string, { ports, password }: State): Place {
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  return { folder, binaries, ports, password, certificate, key };
}

/** The folder with the engine's binaries; fetched beside it and renamed, so that it is there whole or not at all. */
async function installed(engine: Engine, cache: string, say: (line: string) => void): Promise<string> {
  const folder = join(cache, engine.version);
  if (existsSync(folder)) return folder;
  say(`fetching ${engine.version} (once) …`);
  const coming = `${folder}.${process.pid}`;
  try {
    await fetched(engine, coming).catch((error: Error) => {
      say(`${error.message}\nonce more …`); // registries have their moments
      return fetched(engine, coming);
    });
    if (!existsSync(folder)) renameSync(coming, folder);
  } finally {
    rmSync(coming, { recursive: true, force: true });
  }
  return folder;
}

async function fetched(engine: Engine, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await engine.install(folder);
}

/** The user's cache folder, so that a second clone finds what the first one fetched. */
function userCache(): string {
  const mac = process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : undefined;
  return join(process.env.XDG_CACHE_HOME || mac || join(homedir(), '.cache'), 'healthchain', 'engines');
}
