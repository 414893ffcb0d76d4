import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import type { NewEvent } from '../../kernel/eventstore/port.ts';
import { sqliteEventStore } from '../../kernel/eventstore/sqlite.ts';

/**
 * The bare baseline in a process of its own: the same fastify and the same SQLite group commit, no guard, no
 * encryption, no validation, no index, no audit. A read looks the document up and appends one small event, as an
 * access record would; a create appends the body. Prints its URL, ends on SIGTERM.
 */
const folder = await mkdtemp(join(tmpdir(), 'healthchain-bare-'));
const store = sqliteEventStore(join(folder, 'bare.db'));
const server = fastify();

const event = (data: Uint8Array): NewEvent => ({ id: randomUUID(), type: 'Bare', at: Date.now(), owner: '', data });
const append = (stream: string, data: Uint8Array) => store.append([{ stream, expected: 0, events: [event(data)] }]);
const accessed = Buffer.from(JSON.stringify({ agent: randomUUID(), at: 0 }));

server.get<{ Params: { id: string } }>('/Observation/:id', async ({ params }, reply) => {
  const found = await store.last(params.id);
  await append(randomUUID(), accessed);
  return reply.type('application/json').send(Buffer.from(found!.data));
});
server.post('/Observation', async ({ body }, reply) => {
  const id = randomUUID();
  await append(id, Buffer.from(JSON.stringify(body)));
  return reply.code(201).send({ id });
});

process.once('SIGTERM', async () => {
  await server.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
console.log(await server.listen({ host: '127.0.0.1', port: 0 }));
