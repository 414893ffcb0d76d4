import { join } from 'node:path';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { AuditContract } from '../../../contracts/audit.ts';
import { RegistryContract } from '../../../contracts/registry.ts';
import type { Actor, Authenticate } from '../../../kernel/auth/actor.ts';
import type { Topic } from '../../../kernel/bus/port.ts';
import { sqliteBus } from '../../../kernel/bus/sqlite.ts';
import { randomIds, systemClock } from '../../../kernel/clock.ts';
import { readConfig } from '../../../kernel/config.ts';
import { Failure } from '../../../kernel/errors.ts';
import { sqliteEventStore } from '../../../kernel/eventstore/sqlite.ts';
import { type DetailSealer, detailSealer, intakeKeyPair } from '../../../kernel/keys/detail.ts';
import { localKeys } from '../../../kernel/keys/local.ts';
import { embeddedLedger } from '../../../kernel/ledger/embedded.ts';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import { restServer } from '../../../kernel/rest/server.ts';
import { inProcess } from '../../../kernel/rpc/inprocess.ts';
import type { RpcService } from '../../../kernel/rpc/port.ts';
import { rpcService } from '../../../kernel/rpc/service.ts';
import { metricsRegistry } from '../../../kernel/telemetry.ts';
import { sqliteViews } from '../../../kernel/views/sqlite.ts';
import { AuditService } from '../../../proto/gen/healthchain/audit/v1/audit_pb.ts';
import {
  AuditDetail_Outcome,
  AuditDetailSchema,
  EventType,
  PublicEventSchema,
} from '../../../proto/gen/healthchain/event/v1/event_pb.ts';
import { IdentityService } from '../../../proto/gen/healthchain/identity/v1/identity_pb.ts';
import { auditConfig } from '../config.ts';
import { auditService } from '../service.ts';

export const baseUrl = 'http://localhost:8080';

/** The engines of an audit service, in memory or in a folder. */
export async function engines(folder?: string) {
  const file = (name: string) => (folder ? join(folder, `${name}.db`) : ':memory:');
  const keys = localKeys(file('keys'));
  const signingKey = await keys.secret('ledger/signing', () => randomIds.bytes(32));
  const intake = intakeKeyPair(await keys.secret('audit/intake', () => randomIds.bytes(32)));
  const contracts = [new RegistryContract(), new AuditContract()];
  return {
    store: sqliteEventStore(file('audit')),
    views: sqliteViews(file('audit.views')),
    bus: sqliteBus(file('bus'), { retryMs: 1 }),
    keys,
    ledger: embeddedLedger({ file: file('ledger'), signingKey, organization: 'west', contracts, clock: systemClock }),
    auditKey: intake.publicKey,
    /** Seals details as another service does. */
    seal: detailSealer(intake.publicKey, systemClock),
    clock: systemClock,
    ids: randomIds,
    log: pino({ level: 'silent' }),
  };
}
export type TestEngines = Awaited<ReturnType<typeof engines>>;

export async function closeEngines({ store, views, bus, ledger, keys }: TestEngines): Promise<void> {
  for (const engine of [store, views, bus, ledger, keys]) await engine.close();
}

/** What happened to `patient` by `by` of `organization`; a successful read unless the rest says otherwise. */
export interface Happening {
  type?: EventType;
  patients?: string[];
  organization?: string;
  custodian?: string;
  by?: string;
  at?: number;
  /** Members that differ. */
  detail?: Partial<MessageInitShape<typeof AuditDetailSchema>>;
}

/** A public event as its service would send it. */
export function publicEvent(seal: DetailSealer, happening: Happening = {}) {
  const { type = EventType.ACCESS_RECORDED, patients = [], organization = 'west', by = 'dr.who' } = happening;
  const id = randomIds.uuid();
  const told: MessageInitShape<typeof AuditDetailSchema> = {
    agent: { subject: by, organization, role: 'practitioner', purposeOfUse: 'TREAT', client: 'portal' },
    patients,
    entities: [{ type: 'Observation', id: 'o1', version: 1 }],
    outcome: AuditDetail_Outcome.SUCCESS,
    custodian: happening.custodian ?? organization,
  };
  const detail = create(AuditDetailSchema, { ...told, ...happening.detail } as typeof told);
  const event = create(PublicEventSchema, {
    ...{ id, type, source: 'records', streamKey: 'a'.repeat(64) },
    occurredAt: timestampFromMs(happening.at ?? Date.now()),
    detail: seal(id, toBinary(AuditDetailSchema, detail)),
  });
  return { id, key: 'k', headers: {}, value: toBinary(PublicEventSchema, event) };
}

/** People by the token that they come with. */
export const people: Record<string, Actor> = {
  ada: actor({ subject: 'ada', role: 'patient', patient: 'p-ada' }),
  bob: actor({ subject: 'bob', role: 'patient', patient: 'p-bob' }),
  west: actor({ subject: 'dr.who', role: 'practitioner', organization: 'west' }),
  east: actor({ subject: 'dr.no', role: 'practitioner', organization: 'east' }),
  officer: actor({ subject: 'officer', role: 'privacy-officer', organization: 'west' }),
  researcher: actor({ subject: 'curie', role: 'researcher', organization: 'west' }),
  narrow: actor({ subject: 'ada', role: 'patient', patient: 'p-ada', scopes: ['patient/Observation.rs'] }),
};

function actor(of: Pick<Actor, 'subject' | 'role'> & Partial<Actor>): Actor {
  const rest = { purpose: 'TREAT', careTeams: [], scopes: ['user/*.rs'], client: 'portal', authTime: 0, expires: 0 };
  return { ...rest, ...of };
}

const authenticate: Authenticate = async (token) => {
  const known = people[token];
  if (known) return known;
  throw new Failure('login', 'The access token is not valid here.');
};

/** As much of identity as audit asks: everybody is called by their id in capitals; bob is Ada's guardian. */
function identity(): RpcService {
  const none = async (): Promise<never> => {
    throw new Failure('not-supported', 'not here');
  };
  const open = 'services-or-token';
  const policy = { getPerson: open, getOrganization: open, listOrganizations: open, listMandates: open } as const;
  const closed = {
    listStaff: open,
    registerOrganization: open,
    registerPerson: open,
    recordMandate: open,
    revokeMandate: open,
    registerClient: open,
  } as const;
  return rpcService(
    IdentityService,
    { ...policy, ...closed },
    {
      getPerson: async ({ id }) => ({ id, name: id.toUpperCase() }),
      getOrganization: async ({ id }) => ({ id, name: id.toUpperCase() }),
      listOrganizations: async () => ({ organizations: [] }),
      listMandates: async ({ subject }) => ({ mandates: subject === 'bob' ? [{ patient: 'p-ada' }] : [] }),
      listStaff: none,
      registerOrganization: none,
      registerPerson: none,
      recordMandate: none,
      revokeMandate: none,
      registerClient: none,
    },
  );
}

interface Options {
  engines?: TestEngines;
  ledger?: Ledger;
  env?: Record<string, string>;
}

/** An audit service that runs. */
export async function auditWorld(options: Options = {}) {
  const kept = options.engines ?? (await engines());
  const metrics = metricsRegistry();
  const rpc = inProcess({
    services: () => [identity(), ...service.rpc],
    caller: 'records',
    authenticate,
    ids: randomIds,
  });
  const parts = { ...kept, ...(options.ledger && { ledger: options.ledger }), metrics, rpc, authenticate };
  const config = readConfig({ ANCHOR_INTERVAL_MS: '1', ...options.env }, auditConfig);
  const service = await auditService(parts, { ...config, baseUrl });
  const server: FastifyInstance = await restServer({
    ...{ services: [service], authenticate, metrics, ids: randomIds, log: kept.log, bodyLimit: 1 << 20 },
  });
  await service.start();
  const audit = rpc.client(AuditService);
  const sizes = async () => {
    const { sequenced, integrated, published, anchored } = await audit.getStatus({});
    return {
      sequenced: Number(sequenced),
      integrated: Number(integrated),
      published: Number(published),
      anchored: Number(anchored),
    };
  };
  return {
    ...{ service, server, audit, metrics, sizes, engines: kept },
    /** Sends what happened; resolves to the events' ids. */
    async happened(...happenings: Happening[]): Promise<string[]> {
      const messages = happenings.map((happening) => publicEvent(kept.seal, happening));
      await kept.bus.send('healthchain.records.v1' satisfies Topic, messages);
      return messages.map(({ id }) => id);
    },
    /** Waits until so many entries have come so far. */
    anchored: (count: number) => until(async () => (await sizes()).anchored >= count),
    integrated: (count: number) => until(async () => (await sizes()).integrated >= count),
    async search(token: string, query = '') {
      const { bundle } = await audit.searchAuditEvents({ query }, { token });
      return JSON.parse(Buffer.from(bundle).toString());
    },
    async proof(token: string, id: string) {
      return JSON.parse(Buffer.from((await audit.getProof({ id }, { token })).proof).toString());
    },
    async stop() {
      await server.close();
      await service.stop();
    },
  };
}

/** Waits for a condition, for ten seconds at most. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come to be');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
