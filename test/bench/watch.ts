import type { Client as RestClient } from '../../cli/client.ts';
import type { Client } from '../../kernel/rpc/port.ts';
import type { ConsentService } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { type Bench, percentile } from './figures.ts';

const watchers = 50;
const changes = 100;

interface Parts {
  consent: Client<typeof ConsentService>;
  /** The patient whose records are watched. */
  patient: { client: RestClient; id: string };
  /** Of a clinician of the organisation that the patient lets in and out. */
  token: string;
  organization: string;
}

/** From the moment a patient asks for a change until each of the watchers has been told, the append included. */
export async function watchFigures(report: Parameters<Bench>[0], { consent, patient, token, organization }: Parts) {
  const gone = new AbortController();
  const times: number[] = [];
  let asked = 0;
  let awaited = watchers;
  let all = Promise.withResolvers<void>();
  const watch = async () => {
    const question = { patient: patient.id, action: 'access', purposeOfUse: 'TREAT' };
    for await (const _ of consent.watch(question, { token, signal: gone.signal })) {
      times.push(performance.now() - asked);
      awaited -= 1;
      if (awaited === 0) all.resolve();
    }
  };
  const watching = Array.from({ length: watchers }, () => watch().catch(() => {}));
  await all.promise;
  times.length = 0;
  for (let n = 0; n < changes; n++) {
    [awaited, all, asked] = [watchers, Promise.withResolvers<void>(), performance.now()];
    const grant = { grantee: { organization }, deny: n % 2 === 1 };
    await patient.client.call('/consent/grants', { method: 'POST', body: grant });
    await all.promise;
  }
  gone.abort();
  await Promise.all(watching);
  const context = { watchers, changes };
  report({
    figure: 'watch, change to message, p99',
    value: percentile(times, 99),
    unit: 'ms',
    goal: { atMost: 250 },
    context,
  });
  report({ figure: 'watch, change to message, p50', value: percentile(times, 50), unit: 'ms', context });
}
