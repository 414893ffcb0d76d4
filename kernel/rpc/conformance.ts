import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordsService } from '../../proto/gen/healthchain/records/v1/records_pb.ts';
import type { Actor, Authenticate } from '../auth/actor.ts';
import { Failure } from '../errors.ts';
import type { RpcService, RpcTransport } from './port.ts';
import { rpcService } from './service.ts';

/** What a transport under test reaches; `records` is only a service whose methods are of all kinds. */
export interface Stage {
  transport: RpcTransport;
  close(): Promise<void>;
}

export const clinician: Actor = {
  subject: 'adler',
  role: 'practitioner',
  purpose: 'TREAT',
  careTeams: [],
  scopes: ['user/Observation.rs'],
  client: 'test',
  authTime: 0,
  expires: 0,
};

export const authenticate: Authenticate = async (token) => {
  if (token === 'good') return clinician;
  throw new Failure('login', 'The access token is not valid here.');
};

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (words: string) => new TextEncoder().encode(words);

export function echoService(seen: { aborted: boolean }): RpcService {
  return rpcService(
    RecordsService,
    { read: 'token', search: { scope: 'Observation.s' }, ingest: { scope: 'Patient.c' }, share: 'token' },
    {
      async read({ type, id }, { actor, requestId }) {
        const element = { expression: ['Observation.status'] };
        if (id === 'absent') throw new Failure('deleted', 'It is gone.', element);
        if (id === 'broken') throw new Error('a secret of the inside');
        if (id === 'request') return { resource: bytes(requestId) };
        if (id === 'slow') await new Promise(() => {});
        return { resource: bytes(`${type}/${id} by ${actor?.subject}`), version: 3 };
      },
      async *search({ query }, { signal }) {
        signal.addEventListener('abort', () => (seen.aborted = true));
        for (let n = 0; n < Number(query); n++) yield { resource: bytes(`${n}`) };
      },
      async *ingest(requests) {
        for await (const { bundle } of requests) yield { bundle, ok: true };
      },
      share: async () => ({}),
    },
  );
}

/** Holds a transport to kernel/rpc/port.ts. */
export function transportConformance(name: string, open: (service: RpcService) => Promise<Stage>): void {
  const staged = (title: string, play: (records: ReturnType<typeof clientOf>) => Promise<void>) =>
    test(`${name}: ${title}`, async () => {
      const stage = await open(echoService({ aborted: false }));
      try {
        await play(clientOf(stage.transport));
      } finally {
        await stage.close();
      }
    });
  const failure =
    (code: string, more: (failure: Failure) => boolean = () => true) =>
    (error: unknown) =>
      error instanceof Failure && error.code === code && more(error);

  staged('a unary call carries message and actor', async (records) => {
    const { resource, version } = await records.read({ type: 'Observation', id: '7' }, { token: 'good' });
    assert.equal(text(resource), 'Observation/7 by adler');
    assert.equal(version, 3);
  });

  staged('a failure arrives as it was thrown; the inside of others does not', async (records) => {
    const read = (id: string) => records.read({ type: 'Observation', id }, { token: 'good' });
    const path = ({ issues }: Failure) => issues[0]?.expression?.[0] === 'Observation.status';
    await assert.rejects(read('absent'), failure('deleted', path));
    await assert.rejects(
      read('broken'),
      failure('exception', ({ message }) => !message.includes('secret')),
    );
  });

  staged('the id of the request goes along', async (records) => {
    const read = async (requestId?: string) =>
      text((await records.read({ id: 'request' }, { token: 'good', ...(requestId && { requestId }) })).resource);
    assert.equal(await read('request-of-a-client'), 'request-of-a-client');
    assert.notEqual(await read(), await read());
  });

  staged('without a token, with a bad one, or with too small a scope nobody passes', async (records) => {
    await assert.rejects(records.read({}), failure('login'));
    await assert.rejects(records.read({}, { token: 'forged' }), failure('login'));
    const ingest = records.ingest((async function* () {})(), { token: 'good' });
    await assert.rejects(ingest[Symbol.asyncIterator]().next(), failure('forbidden'));
  });

  staged('an answer that does not come in time is a timeout', async (records) => {
    await assert.rejects(records.read({ id: 'slow' }, { token: 'good', timeout: 30 }), failure('timeout'));
  });

  staged('a stream arrives whole and in order', async (records) => {
    const found: string[] = [];
    for await (const { resource } of records.search({ query: '2000' }, { token: 'good' })) found.push(text(resource));
    assert.deepEqual(
      found,
      Array.from({ length: 2000 }, (_, n) => `${n}`),
    );
  });
}

const clientOf = (transport: RpcTransport) => transport.client(RecordsService);
