import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { run } from './command.ts';
import type { Engine, Place } from './engine.ts';
import { python } from './tools.ts';
import { eventually } from './waiting.ts';

const release = 'SecantusDB==0.7.0b3';
const user = 'healthchain';

/**
 * The MongoDB protocol by SecantusDB, which is what a package registry has; production runs MongoDB itself. It syncs
 * every commit, and presents itself as a replica set of one member.
 */
export const mongo: Engine = {
  version: release.replace('==', '-').toLowerCase(),
  tools: [python],
  ports: ['mongo'],
  async install(folder) {
    await run('python3', '-m', 'venv', folder);
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
    await run(join(folder, 'bin', 'python'), '-m', 'pip', 'install', ...quiet, release);
  },
  /** Users are made while the server does not ask for any. */
  async format(place) {
    mkdirSync(join(place.folder, 'data'), { recursive: true });
    const [command, ...args] = serve(place);
    const server = spawn(command!, args, { stdio: 'ignore' });
    const ended = once(server, 'exit');
    try {
      await eventually('mongo, to make its user', 30_000, () =>
        withClient(place, '', async (client) => {
          const roles = [{ role: 'root', db: 'admin' }];
          await client.db('admin').command({ createUser: user, pwd: place.password, roles });
        }),
      );
    } finally {
      server.kill('SIGTERM');
      await ended;
    }
  },
  processes(place) {
    const [command, ...args] = serve(place);
    return [{ name: 'mongo', command: command!, args: [...args, '--auth'] }];
  },
  variables: (place) => ({ MONGODB_URL: url(place, `${user}:${place.password}@`) }),
  probe: (place) =>
    withClient(place, `${user}:${place.password}@`, async (client) => {
      await client.db('admin').command({ listDatabases: 1 });
    }),
};

function serve({ folder, binaries, ports, certificate, key }: Place): string[] {
  const options = ['--storage-path', join(folder, 'data'), '--sync-on-commit', '--noop-heartbeat-seconds', '10'];
  const tls = ['--tls-cert-file', certificate, '--tls-key-file', key];
  const python = join(binaries, 'bin', 'python');
  return [python, '-m', 'secantus', '--host', '127.0.0.1', '--port', `${ports.mongo}`, ...options, ...tls];
}

function url({ ports, certificate }: Place, credentials: string): string {
  const options = new URLSearchParams({ replicaSet: 'secantus', tls: 'true', tlsCAFile: certificate });
  if (credentials) options.set('authSource', 'admin');
  return `mongodb://${credentials}127.0.0.1:${ports.mongo}/?${options}`;
}

async function withClient(place: Place, credentials: string, work: (client: MongoClient) => Promise<void>) {
  const client = new MongoClient(url(place, credentials), { serverSelectionTimeoutMS: 1000 });
  try {
    await work(client);
  } finally {
    await client.close();
  }
}
