import { readFileSync } from 'node:fs';
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
import { embeddedPlatform } from '../platform.ts';
import { sceneOn } from '../scene.ts';
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
  const explained: number[] = [];
  for (let n = 0; n < 500; n++) {
    const started = performance.now();
    await consent.explain({ ...asked, patient: 'p1' });
    explained.push(performance.now() - started);
  }
  for (const end of ends) await end();
  const context = { consents, checks: times.length };
  report({ figure: 'check in process, p99', value: percentile(times, 99), unit: 'ms', goal: { atMost: 1 }, context });
  report({ figure: 'check in process, p50', value: percentile(times, 50), unit: 'ms', context });
  const explanations = { consents, explanations: explained.length };
  report({
    figure: 'explain in process, p99',
    value: percentile(explained, 99),
    unit: 'ms',
    goal: { atMost: 10 },
    context: explanations,
  });
}

/** Over loopback, with a token, beside the bare health check of the same server; this process is the client. */
async function overGrpc(report: Parameters<Bench>[0]): Promise<void> {
  const { platform, as, patient, authorToken: token, dispose } = await sceneOn(embeddedPlatform);
  const transports = Array.from({ length: connections }, () => grpcTransport(platform.grpc));
  const channels = transports.map(() => new grpc.Client(platform.grpc, grpc.credentials.createInsecure()));
  try {
    const own = { ...asked, actor: {}, patients: [patient.patient] };
    const grant = { grantee: { organization: 'northgate' } };
    await as(patient.user).call('/consent/grants', { method: 'POST', body: grant });
    const consents = transports.map((transport) => transport.client(ConsentService));
    const bare = await load((worker) => bareCall(channels[worker % connections]!));
    const before = processorTime(platform.process.pid!);
    const { rate, count, p99 } = await load((worker) => consents[worker % connections]!.check(own, { token }));
    const cost = (processorTime(platform.process.pid!) - before) / count;
    const context = { in_flight: inFlight, connections, seconds, server_cpu_us_per_check: Math.round(cost * 1e6) };
    const unit = 'checks/s';
    report({ figure: 'check over gRPC', value: rate, unit, goal: { atLeast: 5_000 }, baseline: bare.rate, context });
    report({
      figure: 'check over gRPC, p99',
      value: p99,
      unit: 'ms',
      goal: { atMost: 5 },
      baseline: bare.p99,
      context,
    });
    const watched = { client: as(patient.user), id: patient.patient };
    await watchFigures(report, { consent: consents[0]!, patient: watched, token, organization: 'northgate' });
  } finally {
    for (const channel of channels) channel.close();
    for (const transport of transports) transport.close();
    await dispose();
  }
}

const connections = 4;
const inFlight = 16;
const seconds = 5;

/** Keeps `inFlight` calls in the air, after a second that does not count for the rate. */
async function load(call: (worker: number) => Promise<unknown>) {
  let count = 0;
  let times: number[] = [];
  let end = Number.POSITIVE_INFINITY;
  const worker = async (_: unknown, index: number) => {
    for (;;) {
      const started = performance.now();
      if (started >= end) return;
      await call(index);
      times.push(performance.now() - started);
      count++;
    }
  };
  for (const length of [1, seconds]) {
    times = [];
    end = performance.now() + length * 1000;
    await Promise.all(Array.from({ length: inFlight }, worker));
  }
  return { rate: times.length / seconds, count, p99: percentile(times, 99) };
}

/** Seconds of processor that a process has used, all its threads (proc(5): utime and stime, in hundredths). */
function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
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
