import pino from 'pino';
import type { Residual } from '../../../contracts/rules/residual.ts';
import type { Actor } from '../../../kernel/auth/actor.ts';
import { sqliteBus } from '../../../kernel/bus/sqlite.ts';
import { type Clock, randomIds } from '../../../kernel/clock.ts';
import { readConfig } from '../../../kernel/config.ts';
import { Failure } from '../../../kernel/errors.ts';
import { sqliteEventStore } from '../../../kernel/eventstore/sqlite.ts';
import { intakeKeyPair } from '../../../kernel/keys/detail.ts';
import { localKeys } from '../../../kernel/keys/local.ts';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import { restServer } from '../../../kernel/rest/server.ts';
import { inProcess } from '../../../kernel/rpc/inprocess.ts';
import type { RpcService } from '../../../kernel/rpc/port.ts';
import type { Engines } from '../../../kernel/service.ts';
import { metricsRegistry } from '../../../kernel/telemetry.ts';
import { sqliteViews } from '../../../kernel/views/sqlite.ts';
import { recordsConfig } from '../config.ts';
import { recordsService } from '../service.ts';
import { consentDouble } from './consent.ts';

export const baseUrl = 'http://localhost:8080';
export const everything: Residual = { any: [{ rule: { type: 'permit' } }] };
export const authoredBy = (organization: string): Residual => ({
  any: [{ rule: { type: 'permit', authorOrganization: organization } }],
});

/** Tokens of these tests are their actors' names. */
const actors: Record<string, Partial<Actor>> = {
  adler: { role: 'practitioner', organization: 'northgate', scopes: ['user/*.cruds'] },
  chen: { role: 'practitioner', organization: 'lindenhof', scopes: ['user/*.cruds'] },
  evans: {
    role: 'practitioner',
    organization: 'harbour',
    scopes: ['user/*.cruds'],
    authTime: Date.UTC(2026, 0, 15, 12) / 1000,
  },
  gray: { role: 'privacy-officer', organization: 'northgate', purpose: 'HOPERAT', scopes: ['user/Consent.ru'] },
  stone: { role: 'privacy-officer', organization: 'harbour', purpose: 'HOPERAT', scopes: ['user/Consent.ru'] },
  admin: { role: 'administrator', purpose: 'HSYSADMIN', scopes: ['user/Organization.cruds'] },
  reader: { role: 'practitioner', organization: 'northgate', scopes: ['user/Observation.rs'] },
};

/** What outlives a restart; on files where a folder is given. */
export function disk(folder?: string) {
  const file = (name: string) => (folder ? `${folder}/${name}.db` : ':memory:');
  return {
    store: sqliteEventStore(file('records')),
    views: sqliteViews(file('records.views')),
    bus: sqliteBus(file('bus')),
    keys: localKeys(file('keys')),
    audit: intakeKeyPair(),
  };
}

interface Options {
  disk?: ReturnType<typeof disk>;
  engines?: Partial<Engines>;
  env?: Record<string, string>;
  /** A consent service in place of the double. */
  consentRpc?: readonly RpcService[];
}

export type World = Awaited<ReturnType<typeof recordsWorld>>;

/** The records service with a consent service whose answers the test decides; by default it permits everything. */
export async function recordsWorld({ disk: kept = disk(), engines: other = {}, env = {}, consentRpc }: Options = {}) {
  let time = Date.parse('2026-01-02T03:04:05Z');
  const clock: Clock = { now: () => time++ };
  const consent = consentDouble();
  const authenticate = async (token: string): Promise<Actor> => {
    const [name, patient] = token.split('/') as [string, string?];
    if (name === 'patient' && patient)
      return { ...someone, subject: token, patient, role: 'patient', purpose: 'PATRQT' };
    const actor = actors[name];
    if (!actor) throw new Failure('login', 'The access token is not valid here.');
    return { ...someone, ...actor, subject: name };
  };
  const rpc = inProcess({
    services: () => [...(consentRpc ?? [consent.rpc]), ...service.rpc],
    caller: 'records',
    authenticate,
    ids: randomIds,
  });
  const outside = inProcess({ services: () => service.rpc, authenticate, ids: randomIds });
  const log = pino({ level: 'silent' });
  const metrics = metricsRegistry();
  const engines = { ...kept, clock, ids: randomIds, log, metrics, ledger: {} as Ledger, rpc, authenticate, ...other };
  const config = { ...readConfig(env, recordsConfig), baseUrl };
  const service = await recordsService({ ...engines, auditKey: kept.audit.publicKey }, config);
  const server = await restServer({
    services: [service],
    authenticate,
    log,
    metrics,
    ids: randomIds,
    bodyLimit: 4 << 20,
  });
  await service.start();

  async function call(method: string, path: string, asked: Asked = {}): Promise<Answer> {
    const { as = 'adler', body, headers = {} } = asked;
    const response = await server.inject({
      method: method as 'GET',
      url: path,
      headers: {
        ...(as && { authorization: `Bearer ${as}` }),
        ...(body !== undefined && { 'content-type': 'application/fhir+json' }),
        ...headers,
      },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const json = response.body.startsWith('{') ? JSON.parse(response.body) : undefined;
    return { status: response.statusCode, headers: response.headers as Record<string, string>, body: json };
  }

  /** Files a resource and answers its id. */
  async function file(resource: object & { resourceType: string }, as = 'adler'): Promise<string> {
    const { status, body } = await call('POST', `/fhir/${resource.resourceType}`, { as, body: resource });
    if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
    return body.id;
  }

  return {
    ...{ call, file, consent, service, server, disk: kept, outside },
    async stop() {
      await server.close();
      await service.stop();
    },
  };
}

interface Asked {
  as?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: FHIR of whatever shape
  body: any;
}

const someone: Actor = {
  subject: 'someone',
  role: 'practitioner',
  purpose: 'TREAT',
  careTeams: [],
  scopes: ['patient/*.rs', 'patient/Consent.cruds'],
  client: 'test',
  authTime: 0,
  expires: Number.MAX_SAFE_INTEGER,
};

export const patient = (family = 'Berg', value = 'HC1') => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:oid:2.999.1.1', value }],
  name: [{ family, given: ['Anna'] }],
  gender: 'female',
  birthDate: '1970-05-04',
});

export const observation = (patient: string, value = 70, at = '2025-03-01T08:00:00Z') => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }] },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: at,
  valueQuantity: { value, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
});

export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
