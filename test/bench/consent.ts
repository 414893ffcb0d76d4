import * as grpc from '@grpc/grpc-js';
import { service as health } from 'grpc-health-check';
import { decideWithBreakGlass } from '../../contracts/rules/decide.ts';
import {
  deployment,
  given,
  permit,
  question,
  recipient,
  consent as statement,
} from '../../contracts/rules/testing/given.ts';
import { grpcTransport } from '../../kernel/rpc/network.ts';
import { ConsentService } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { consentWorld } from '../../services/consent/testing/world.ts';
import { scene } from '../scene.ts';
import { authorise } from './authorise.ts';
import { type Bench, percentile } from './figures.ts';
import { watchFigures } from './watch.ts';

const reader = { subject: 'chen', organization: 'lindenhof', role: 'practitioner' };
const asked = { actor: reader, action: 'access', purposeOfUse: 'TREAT' };

/** A decision, from the bare rules outwards; the consent that speaks is always the oldest, so that all are looked at. */
export const bench: Bench = async (report) => {
  rulesAlone(report);
  await inOneProcess(report);
  await authorise(report);
  await overGrpc(report);
};

function rulesAlone(report: Parameters<Bench>[0]): void {
  const consents = 20;
  const state = given(grantees(consents).map((id) => statement(permit({ actor: [recipient(`Organization/${id}`)] }))));
  const ask = question({ actor: { ...reader, careTeams: [] } });
  const decide = () => {
    if (!decideWithBreakGlass(state, ask, deployment).permit) throw new Error('the oldest consent must speak');
  };
  for (let n = 0; n < 20_000; n++) decide();
  const started = performance.now();
  const count = 200_000;
  for (let n = 0; n < count; n++) decide();
  const value = count / ((performance.now() - started) / 1000);
  report({
    figure: 'rules, 20 consents',
    value,
    unit: 'decisions/s',
    goal: { atLeast: 50_000 },
    context: { consents },
  });
}

/** The service's own check: head version read, rules, answer through real serialisation. */
async function inOneProcess(report: Parameters<Bench>[0]): Promise<void> {
  const ends: (() => unknown)[] = [];
  const { consent, logIn } = await consentWorld({ after: (end: () => unknown) => void ends.push(end) } as never);
  const patient = logIn('anna', 'patient', { patient: 'p1' });
  const consents = 200;
  for (const organization of grantees(consents)) await consent.grant({ grantee: { organization } }, patient);
  const times: number[] = [];
  for (let n = 0; n < 5_000; n++) {
    const started = performance.now();
    const { decisions } = await consent.check({ ...asked, patients: ['p1'] });
    times.push(performance.now() - started);
    if (!decisions[0]!.permit) throw new Error('the oldest consent must speak');
  }
  for (const end of ends) await end();
  const context = { consents, checks: times.length };
  report({ figure: 'check in process, p99', value: percentile(times, 99), unit: 'ms', goal: { atMost: 1 }, context });
  report({ figure: 'check in process, p50', value: percentile(times, 50), unit: 'ms', context });
}

/** Over loopback, with a token, beside the bare health check of the same server. */
async function overGrpc(report: Parameters<Bench>[0]): Promise<void> {
  const { platform, as, patient, authorToken: token, dispose } = await scene();
  const transport = grpcTransport(platform.grpc);
  const channel = new grpc.Client(platform.grpc, grpc.credentials.createInsecure());
  try {
    const own = { ...asked, actor: {} };
    const grant = { grantee: { organization: 'northgate' } };
    await as(patient.user).call('/consent/grants', { method: 'POST', body: grant });
    const consent = transport.client(ConsentService);
    const baseline = await rate(() => bareCall(channel));
    const value = await rate(() => consent.check({ ...own, patients: [patient.patient] }, { token }));
    const context = { in_flight: inFlight, seconds };
    report({ figure: 'check over gRPC', value, unit: 'checks/s', goal: { atLeast: 5_000 }, baseline, context });
    const watched = { client: as(patient.user), id: patient.patient };
    await watchFigures(report, { consent, patient: watched, token, organization: 'northgate' });
  } finally {
    channel.close();
    transport.close();
    await dispose();
  }
}

const inFlight = 64;
const seconds = 5;

async function rate(call: () => Promise<unknown>): Promise<number> {
  let done = 0;
  let end = Number.POSITIVE_INFINITY;
  const worker = async () => {
    for (; performance.now() < end; done++) await call();
  };
  for (const length of [1, seconds]) {
    done = 0;
    end = performance.now() + length * 1000;
    await Promise.all(Array.from({ length: inFlight }, worker));
  }
  return done / seconds;
}

function bareCall(channel: grpc.Client): Promise<unknown> {
  const { path, requestSerialize, responseDeserialize } = health.Check!;
  return new Promise((resolve, reject) => {
    const done = (error: unknown, answer?: unknown) => (error ? reject(error) : resolve(answer));
    channel.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, done);
  });
}

/** The organisation that asks first, then others: the newest are looked at before it. */
const grantees = (count: number) => [
  reader.organization,
  ...Array.from({ length: count - 1 }, (_, n) => `hospital-${n}`),
];
