import { toJson } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import fastify from 'fastify';
import pino, { type Logger } from 'pino';
import type { Bus } from '../../../kernel/bus/port.ts';
import type { Views } from '../../../kernel/views/port.ts';
import { ResearchService } from '../../../proto/gen/healthchain/research/v1/research_pb.ts';
import { untar } from '../package/tar.ts';
import { disk, type ResearchWorld } from './world.ts';

/** Something that left the service, or lies in its stores in the clear. */
export interface Emitted {
  where: string;
  text: string;
}

/** Engines and a log that keep what is put into them. */
export function overheard() {
  const heard: Emitted[] = [];
  const hear = (where: string, text: string) => void heard.push({ where, text });
  const engines = disk();
  const bus: Bus = {
    ...engines.bus,
    send(topic, messages) {
      for (const { headers } of messages) hear(`bus ${topic}`, JSON.stringify(headers));
      return engines.bus.send(topic, messages);
    },
  };
  const views: Views = {
    ...engines.views,
    apply(writes) {
      for (const write of writes)
        hear(`view ${write.collection}`, write.deleted ? '' : Buffer.from(write.body).toString('utf8'));
      return engines.views.apply(writes);
    },
  };
  const log: Logger = pino({ level: 'trace', base: null, timestamp: false }, { write: (line) => hear('log', line) });
  return { heard, engines: { ...engines, bus, views }, log };
}

/** What the paths and messages of a walk may name. */
export interface Known {
  study: string;
  definition: number;
  request?: string;
  release?: string;
}

const everybody = ['hale', 'gray', 'ward', 'adler'];

/**
 * All that can be asked without changing anything, as everybody: each GET route that the service has, each RPC without
 * side effects, the metrics, and the files of a package, of its rows only how many they are. A new one is walked as it
 * comes.
 */
export async function walk(world: ResearchWorld, known: Known): Promise<Emitted[]> {
  const found: Emitted[] = [];
  for (const route of await readRoutes(world)) {
    const path = pathOf(route, known);
    if (!path || route.endsWith('/package') || route.includes(':name')) continue;
    for (const as of everybody)
      found.push({ where: `${as} GET ${route}`, text: (await world.call(as, 'GET', path)).text });
  }
  for (const method of ResearchService.methods) {
    if (method.idempotency !== Level.NO_SIDE_EFFECTS || method.methodKind !== 'unary') continue;
    for (const as of everybody)
      found.push({ where: `${as} rpc ${method.name}`, text: await ask(world, method, known, as) });
  }
  if (known.release) found.push(...(await packaged(world, known.release)));
  return [...found, { where: 'metrics', text: await world.metrics.text() }];
}

async function readRoutes({ service }: ResearchWorld): Promise<string[]> {
  const routes: string[] = [];
  const server = fastify();
  server.addHook('onRoute', ({ method, url }) => {
    if (method === 'GET') routes.push(url.replace('/research', ''));
  });
  await server.register(service.rest!);
  await server.close();
  return routes;
}

/** Undefined where the walk has not come to such a thing. Throws where it does not know what a part stands for. */
function pathOf(route: string, { study, definition, request, release }: Known): string | undefined {
  const id = route.startsWith('/releases') ? release : study;
  const values: Record<string, string | undefined> = {
    id,
    definition: `${definition}`,
    request,
    release,
    name: 'data.csv',
  };
  const parts = route.split('/').map((part) => {
    if (!part.startsWith(':')) return part;
    if (!Object.hasOwn(values, part.slice(1))) throw new Error(`Teach the walk what ${part} of ${route} is.`);
    return values[part.slice(1)];
  });
  return parts.includes(undefined) ? undefined : parts.join('/');
}

type Method = (typeof ResearchService.methods)[number];

async function ask({ outside }: ResearchWorld, { localName, name, output }: Method, known: Known, as: string) {
  const { study, definition, request = '', release = '' } = known;
  const id = name.includes('Release') ? release : study;
  try {
    const call = outside[localName as keyof typeof outside] as (message: object, options: object) => Promise<never>;
    return JSON.stringify(toJson(output, await call({ id, study, definition, request, release }, { token: as })));
  } catch (error) {
    return String(error);
  }
}

async function packaged({ call }: ResearchWorld, release: string): Promise<Emitted[]> {
  const { body } = await call('hale', 'GET', `/releases/${release}`);
  const { bytes } = await call('hale', 'GET', `/releases/${release}/package?terms=${body.terms}`);
  const files = [...untar(bytes)].map(([name, content]) => [name, Buffer.from(content).toString('utf8')] as const);
  const told = files.filter(([name]) => !name.startsWith('data.'));
  const rows = files
    .find(([name]) => name === 'data.ndjson')![1]
    .trim()
    .split('\n').length;
  return [['rows', `${rows}`] as const, ...told].map(([name, text]) => ({ where: `package ${name}`, text }));
}
