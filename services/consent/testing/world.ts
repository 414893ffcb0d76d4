import type { TestContext } from 'node:test';
import pino from 'pino';
import { ConsentContract } from '../../../contracts/consent.ts';
import { RegistryContract } from '../../../contracts/registry.ts';
import { SharingContract } from '../../../contracts/sharing.ts';
import type { Actor, Role } from '../../../kernel/auth/actor.ts';
import { sqliteBus } from '../../../kernel/bus/sqlite.ts';
import { randomIds } from '../../../kernel/clock.ts';
import { readConfig } from '../../../kernel/config.ts';
import { Failure } from '../../../kernel/errors.ts';
import { sqliteEventStore } from '../../../kernel/eventstore/sqlite.ts';
import { intakeKeyPair } from '../../../kernel/keys/detail.ts';
import { localKeys } from '../../../kernel/keys/local.ts';
import { embeddedLedger } from '../../../kernel/ledger/embedded.ts';
import { restServer } from '../../../kernel/rest/server.ts';
import { inProcess } from '../../../kernel/rpc/inprocess.ts';
import { rpcService } from '../../../kernel/rpc/service.ts';
import { metricsRegistry } from '../../../kernel/telemetry.ts';
import { sqliteViews } from '../../../kernel/views/sqlite.ts';
import { ConsentService } from '../../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { IdentityService } from '../../../proto/gen/healthchain/identity/v1/identity_pb.ts';
import { consentConfig } from '../config.ts';
import { consentService } from '../service.ts';

export const start = Date.UTC(2026, 0, 15, 12);
export const minute = 60_000;

/** What outlives a restart. */
export function disk() {
  const engines = {
    store: sqliteEventStore(':memory:'),
    views: sqliteViews(':memory:'),
    bus: sqliteBus(':memory:'),
    keys: localKeys(':memory:'),
  };
  const contracts = [new RegistryContract(), new ConsentContract(), new SharingContract()];
  const clock = { time: start, now: () => clock.time };
  const parts = { file: ':memory:', signingKey: randomIds.bytes(32), organization: 'healthchain', contracts, clock };
  return { ...engines, clock, ledger: embeddedLedger(parts), audit: intakeKeyPair() };
}

/** Those that identity knows. */
export const organizations = ['northgate', 'lindenhof', 'harbour'];

export interface Mandated {
  subject: string;
  patient: string;
}

/** The consent service, started until the test ends, with people who hold tokens and an identity service that knows the given mandates. */
export async function consentWorld(
  t: Pick<TestContext, 'after'>,
  options: { disk?: ReturnType<typeof disk>; env?: Record<string, string>; mandates?: Mandated[] } = {},
) {
  const kept = options.disk ?? disk();
  const { clock } = kept;
  const log = pino({ level: 'silent' });
  const metrics = metricsRegistry();
  const actors = new Map<string, Actor>();
  const authenticate = async (token: string) => {
    const actor = actors.get(token);
    if (!actor) throw new Failure('login', 'The access token is not valid here.');
    return actor;
  };
  const mandates = options.mandates ?? [];
  const careTeams = new Map<string, string[]>();
  const identity = identityWith(mandates, careTeams);
  const services = () => [identity, ...service.rpc];
  const rpc = inProcess({ services, caller: 'consent', authenticate, ids: randomIds });
  const { audit, ...stores } = kept;
  const engines = { ...stores, ids: randomIds, log, metrics, rpc, auditKey: audit.publicKey, authenticate };
  const config = { ...readConfig(options.env ?? {}, consentConfig), baseUrl: 'http://localhost:8080' };
  const service = await consentService(engines, config);
  const rest = await restServer({
    services: [service],
    authenticate,
    log,
    metrics,
    ids: randomIds,
    bodyLimit: 1 << 20,
  });
  await service.start();
  const stop = async () => {
    await rest.close();
    await service.stop();
  };
  t.after(stop);
  const outside = inProcess({ services, authenticate, ids: randomIds }).client(ConsentService);
  return {
    ...{ service, rest, clock, mandates, careTeams, disk: kept, metrics },
    /** As one of our own services. */
    consent: inProcess({ services, caller: 'records', authenticate, ids: randomIds }).client(ConsentService),
    /** As nobody but the tokens given. */
    outside,
    /** Somebody who logged in just now; resolves to their token, as an option of calls. */
    logIn(subject: string, role: Role, more: Partial<Actor> = {}) {
      const token = `${subject}/${role}/${randomIds.uuid()}`;
      const times = { authTime: clock.time / 1000, expires: clock.time / 1000 + 600 };
      actors.set(token, {
        subject,
        role,
        purpose: 'TREAT',
        careTeams: [],
        scopes: scopes[role],
        client: 'app',
        ...times,
        ...more,
      });
      return { token };
    },
    stop,
  };
}
export type ConsentWorld = Awaited<ReturnType<typeof consentWorld>>;

const scopes: Record<Role, string[]> = {
  patient: ['patient/*.rs', 'patient/Consent.cruds'],
  practitioner: ['user/*.cruds'],
  'privacy-officer': ['user/Consent.ru'],
  researcher: ['user/ResearchStudy.cruds'],
  administrator: ['user/Organization.cruds'],
  system: ['system/*.cruds'],
};

/** What consent asks identity, answered from these lists. */
function identityWith(mandates: Mandated[], careTeams: ReadonlyMap<string, string[]>) {
  const unused = async (): Promise<never> => {
    throw new Failure('not-supported', 'Nobody asks for this here.');
  };
  const handlers = Object.fromEntries(IdentityService.methods.map(({ localName }) => [localName, unused]));
  const policy = Object.fromEntries(IdentityService.methods.map(({ localName }) => [localName, 'services']));
  return rpcService(IdentityService, policy as never, {
    ...(handlers as never as Parameters<typeof rpcService<typeof IdentityService>>[2]),
    getPerson: async ({ id }) => {
      if (id.startsWith('dr.')) throw new Failure('not-found', 'There is no such person.');
      const name = `Dr. ${id[0]!.toUpperCase()}${id.slice(1)}`;
      return { id, name, role: 'practitioner', organization: 'lindenhof', careTeams: careTeams.get(id) ?? [] };
    },
    listStaff: async ({ organization }) => ({
      people: organization === 'lindenhof' ? [{ id: 'wolf', name: 'Dr. Wolf' }] : [],
    }),
    listOrganizations: async () => ({ organizations: organizations.map((id) => ({ id, name: id, kind: 'hospital' })) }),
    getOrganization: async ({ id }) => {
      if (!organizations.includes(id) && !/^(org|hospital)-\d+$/.test(id))
        throw new Failure('not-found', 'There is no such organisation.');
      return { id, name: id, kind: 'hospital' };
    },
    listMandates: async ({ subject, patient }) => ({
      mandates: mandates
        .filter((each) => each.subject === subject && each.patient === patient)
        .map((each) => ({ id: 'm-1', kind: 'parent', ...each, from: { seconds: 0n, nanos: 0 } })),
    }),
  });
}

/** A clinician's question about a patient, for treatment. */
export const question = (patient: string, subject: string, organization: string) => ({
  patients: [patient],
  actor: { subject, organization, role: 'practitioner' },
  action: 'access',
  purposeOfUse: 'TREAT',
});
