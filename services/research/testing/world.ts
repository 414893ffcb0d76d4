import type { TestContext } from 'node:test';
import pino, { type Logger } from 'pino';
import { ResearchContract } from '../../../contracts/research.ts';
import type { Actor, Role } from '../../../kernel/auth/actor.ts';
import { sqliteBus } from '../../../kernel/bus/sqlite.ts';
import { randomIds, systemClock } from '../../../kernel/clock.ts';
import { readConfig } from '../../../kernel/config.ts';
import { Failure } from '../../../kernel/errors.ts';
import { sqliteEventStore } from '../../../kernel/eventstore/sqlite.ts';
import { intakeKeyPair } from '../../../kernel/keys/detail.ts';
import { localKeys } from '../../../kernel/keys/local.ts';
import { embeddedLedger } from '../../../kernel/ledger/embedded.ts';
import { restServer } from '../../../kernel/rest/server.ts';
import { inProcess } from '../../../kernel/rpc/inprocess.ts';
import type { RpcService } from '../../../kernel/rpc/port.ts';
import { rpcService } from '../../../kernel/rpc/service.ts';
import { metricsRegistry } from '../../../kernel/telemetry.ts';
import { sqliteViews } from '../../../kernel/views/sqlite.ts';
import { ConsentService } from '../../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { RecordsService } from '../../../proto/gen/healthchain/records/v1/records_pb.ts';
import { ResearchService } from '../../../proto/gen/healthchain/research/v1/research_pb.ts';
import { researchConfig } from '../config.ts';
import { researchService } from '../service.ts';

/** Tokens of these tests are their actors' names. */
const actors: Record<string, { role: Role; organization: string }> = {
  hale: { role: 'researcher', organization: 'northgate' },
  reed: { role: 'researcher', organization: 'northgate' },
  ward: { role: 'researcher', organization: 'harbour' },
  gray: { role: 'privacy-officer', organization: 'harbour' },
  adler: { role: 'practitioner', organization: 'northgate' },
};
const scopes: Partial<Record<Role, string[]>> = {
  researcher: ['user/ResearchStudy.cruds'],
  practitioner: ['user/*.cruds'],
};

async function authenticate(token: string): Promise<Actor> {
  const actor = actors[token];
  if (!actor) throw new Failure('login', 'The access token is not valid here.');
  const times = { authTime: 0, expires: Number.MAX_SAFE_INTEGER };
  const held = { purpose: 'HRESCH', careTeams: [], scopes: scopes[actor.role] ?? [], client: 'test' };
  return { subject: token, ...actor, ...held, ...times };
}

/** A patient who consents, as consent and records of these tests have them. */
export interface Participant {
  id: string;
  gender: 'female' | 'male';
  birthDate?: string;
  maritalStatus?: { text: string };
}

/** What outlives a restart. */
export const disk = () => ({
  store: sqliteEventStore(':memory:'),
  views: sqliteViews(':memory:'),
  bus: sqliteBus(':memory:'),
  keys: localKeys(':memory:'),
  ledger: embeddedLedger({
    ...{ file: ':memory:', signingKey: new Uint8Array(32).fill(7), organization: 'harbour', clock: systemClock },
    contracts: [new ResearchContract()],
  }),
});

/**
 * The research service, started until the test ends. Consent and records are doubles over a list of participants, or
 * services that the test gives.
 */
export async function researchWorld(
  t: Pick<TestContext, 'after'>,
  options: {
    env?: Record<string, string>;
    others?: readonly RpcService[];
    disk?: ReturnType<typeof disk>;
    /** The double of records answers nothing before. */
    pause?: Promise<void>;
    log?: Logger;
    /** Engines in place of those of the disk. */
    engines?: Partial<ReturnType<typeof disk>>;
  } = {},
) {
  const participants: Participant[] = [];
  const reads: string[] = [];
  const kept = options.disk ?? disk();
  const clock = { time: Date.UTC(2026, 0, 15, 12), now: () => clock.time };
  const others = options.others ?? [consentOf(participants), recordsOf(participants, reads, options.pause)];
  const services = () => [...others, ...service.rpc];
  const log = options.log ?? pino({ level: 'silent' });
  const metrics = metricsRegistry();
  const rpc = inProcess({ services, caller: 'research', authenticate, ids: randomIds });
  const engines = { ...kept, ...options.engines, clock, ids: randomIds, log, metrics, rpc, authenticate };
  const config = readConfig(options.env ?? {}, researchConfig);
  const service = await researchService({ ...engines, auditKey: intakeKeyPair().publicKey }, config);
  const parts = { services: [service], authenticate, log, metrics, ids: randomIds, bodyLimit: 1 << 20 };
  const server = await restServer(parts);
  await service.start();
  const stop = async () => {
    await server.close();
    await service.stop();
  };
  t.after(stop);

  async function call(as: string, method: 'GET' | 'POST', path: string, payload?: object) {
    const headers = { authorization: `Bearer ${as}` };
    const response = await server.inject({ method, url: `/research${path}`, headers, ...(payload && { payload }) });
    const { statusCode: status, body: text, rawPayload: bytes } = response;
    const body = String(response.headers['content-type']).includes('json') ? response.json() : undefined;
    return { status, body, text, bytes };
  }
  const outside = inProcess({ services, authenticate, ids: randomIds }).client(ResearchService);
  return { service, call, outside, participants, reads, clock, metrics, disk: kept, stop };
}
export type ResearchWorld = Awaited<ReturnType<typeof researchWorld>>;

const absent = async (): Promise<never> => {
  throw new Failure('unavailable', 'The double does not answer this.');
};

function double(desc: typeof ConsentService | typeof RecordsService, handlers: object): RpcService {
  const names = desc.methods.map(({ localName }) => localName);
  const policy = Object.fromEntries(names.map((name) => [name, 'services']));
  return rpcService(
    desc,
    policy as never,
    {
      ...(Object.fromEntries(names.map((name) => [name, absent])) as never as object),
      ...handlers,
    } as never,
  );
}

const consentOf = (participants: readonly Participant[]) =>
  double(ConsentService, {
    async *listConsenting() {
      yield { patients: participants.map(({ id }) => id) };
    },
    check: async ({ patients }: { patients: string[] }) => ({
      decisions: patients.map((patient) => ({ patient, permit: participants.some(({ id }) => id === patient) })),
    }),
  });

const recordsOf = (participants: readonly Participant[], reads: string[], pause?: Promise<void>) =>
  double(RecordsService, {
    async *search({ query }: { query: string }) {
      reads.push(query);
      await pause;
      const found = participants.find(({ id }) => query === `Patient?_id=${id}`);
      if (found) yield { resource: Buffer.from(JSON.stringify({ resourceType: 'Patient', ...found })) };
    },
  });
