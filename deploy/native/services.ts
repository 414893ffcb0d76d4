import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Address, peers, saveAddresses } from './addresses.ts';
import type { Authority } from './ca.ts';
import { holdPorts } from './ports.ts';
import { isRunning, kill, type Started, signal, start, stop } from './processes.ts';
import { eventually, Hopeless } from './waiting.ts';

/** The processes, in the order of their start: whom the others ask comes first. */
const programs = {
  keys: 'kernel/keys/main.ts',
  identity: 'services/identity/main.ts',
  consent: 'services/consent/main.ts',
  audit: 'services/audit/main.ts',
  records: 'services/records/main.ts',
  research: 'services/research/main.ts',
} as const;
export type Program = keyof typeof programs;
export const programNames = Object.keys(programs) as Program[];
/** A process: `records` is the first replica of its program, `records-2` the second. */
export type Member = Program | `${Program}-${number}`;
const programOf = (member: Member) => member.split('-')[0] as Program;

/** How long a process may take until it serves, milliseconds. */
const patience = 120_000;
/** Certificates live for a day and are replaced twelve times in it. */
const [lifetimeHours, renewalMs] = [24, 2 * 3_600_000];

interface Parts {
  /** Holds the key file, logs, and what was started. */
  folder: string;
  root: string;
  authority: Authority;
  trustDomain: string;
  /** Public address of the platform. */
  baseUrl: string;
  /** Variables of the engines, and whatever else the services are told. */
  variables: NodeJS.ProcessEnv;
  /** How many processes of each program; one where nothing is said. */
  replicas?: Partial<Record<Program, number>>;
}

/** The key service and the five services, as processes of this machine. */
export interface ServiceProcesses {
  /** Address of a service's REST doors. */
  http(name: Member): string;
  /** What a process of that name is told: its certificate and where everybody is. */
  environment(name: Member): NodeJS.ProcessEnv;
  /** Starts these; all by default. */
  start(names?: readonly Member[]): Promise<void>;
  /** Kills one, as SIGKILL does; `revive` starts it again. */
  kill(name: Member): Promise<void>;
  /** SIGSTOP pauses one, as a machine that is out of breath does; SIGCONT lets it go on. */
  signal(name: Member, signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Starts whatever has ended, as a supervisor does, and waits until it serves. */
  revive(): Promise<void>;
  /** Asks each to drain, and waits for it. */
  stop(): Promise<void>;
}

/** Ends what an earlier start left behind, and gives every process its ports. */
export async function serviceProcesses(parts: Parts): Promise<ServiceProcesses> {
  const { folder, root, authority, trustDomain, baseUrl, variables, replicas = {} } = parts;
  const members = programNames.flatMap((name) => membersOf(name, replicas[name] ?? 1));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await stopLeft(folder);
  const { ports, release } = await holdPorts(members.flatMap((name) => [`${name}-rpc`, `${name}-http`]));
  const renew = (name: Member) => authority.issue(programOf(name), Date.now(), lifetimeHours);
  const addresses = Object.fromEntries(
    members.map((name) => {
      return [name, { rpc: `127.0.0.1:${ports[`${name}-rpc`]}`, http: `http://127.0.0.1:${ports[`${name}-http`]}` }];
    }),
  ) as Record<Member, Address>;
  saveAddresses(folder, addresses);
  const http = (name: Member) => addresses[name]!.http;
  const common = { ...variables, ...peers(addresses), BASE_URL: baseUrl, HOST: '127.0.0.1' };
  const issuers = members.filter((name) => programOf(name) === 'identity').map((name) => `${http(name)}/auth/jwks`);
  const started = new Map<Member, Started>();
  let renewing: NodeJS.Timeout | undefined;

  function environment(name: Member): NodeJS.ProcessEnv {
    const { ca, certificate, key } = renew(name);
    return {
      ...common,
      ...{ RPC_TRUST_DOMAIN: trustDomain, RPC_CA: ca, RPC_CERTIFICATE: certificate, RPC_KEY: key },
      ...{ RPC_PORT: `${ports[`${name}-rpc`]}`, HTTP_PORT: `${ports[`${name}-http`]}` },
      ...{ KEY_FILE: join(folder, 'keys.db'), ISSUER_KEYS: issuers.join(',') },
    };
  }

  async function startOne(name: Member): Promise<void> {
    const [log, env] = [join(folder, `${name}.log`), environment(name)];
    const args = ['--import', join(root, 'kernel', 'tracing.ts'), join(root, programs[programOf(name)])];
    await Promise.all([release(`${name}-rpc`), release(`${name}-http`)]);
    const process_ = start({ name, command: process.execPath, args, env }, log);
    started.set(name, process_);
    writeFileSync(listIn(folder), JSON.stringify([...started.values()]), { mode: 0o600 });
    await eventually(name, patience, async () => {
      if (!isRunning(process_)) throw new Hopeless(`${name} ended while it started: ${lastLine(log)}`);
      if (!(await fetch(`${http(name)}/health/ready`)).ok) throw new Error('it is not ready');
    });
  }

  return {
    http,
    environment,
    async start(names = members) {
      renewing ??= setInterval(() => void programNames.map(renew), renewalMs);
      for (const name of names) await startOne(name);
    },
    kill: (name) => kill(started.get(name)!),
    signal: (name, which) => signal(started.get(name)!, which),
    async revive() {
      for (const [name, process_] of [...started]) if (!isRunning(process_)) await startOne(name);
    },
    async stop() {
      clearInterval(renewing);
      for (const each of [...started.values()].reverse()) await stop(each, 30_000);
    },
  };
}

const membersOf = (name: Program, count: number): Member[] =>
  Array.from({ length: count }, (_, index): Member => (index === 0 ? name : `${name}-${index + 1}`));

const listIn = (folder: string) => join(folder, 'processes.json');

/** Ends the processes of an earlier start in this folder that still run. */
export async function stopLeft(folder: string): Promise<void> {
  const left: Started[] = existsSync(listIn(folder)) ? JSON.parse(readFileSync(listIn(folder), 'utf8')) : [];
  await Promise.all(left.map((each) => stop(each)));
}

/** What a process said last. */
function lastLine(log: string): string {
  const line = readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line).msg;
  } catch {
    return line;
  }
}
