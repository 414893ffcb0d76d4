import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsentContract } from '../../contracts/consent.ts';
import { RegistryContract } from '../../contracts/registry.ts';
import { SharingContract } from '../../contracts/sharing.ts';
import { randomIds } from '../../kernel/clock.ts';
import { sqliteEventStore } from '../../kernel/eventstore/sqlite.ts';
import { localKeys } from '../../kernel/keys/local.ts';
import { embeddedLedger } from '../../kernel/ledger/embedded.ts';
import { consentWorld, disk, organizations } from '../../services/consent/testing/world.ts';
import { type Bench, percentile } from './figures.ts';

const patients = 4;
const consents = 20;
const transfersEach = 60;

/** Authorisations of transfers by the embedded ledger, everything on the disk, several patients' at once. */
export const authorise: Bench = async (report) => {
  const folder = await mkdtemp(join(tmpdir(), 'healthchain-'));
  const ends: (() => unknown)[] = [];
  try {
    const { transfer, moved } = await scene(folder, (end) => void ends.push(end));
    const times: number[] = [];
    const all = Array.from({ length: patients }, async (_, patient) => {
      for (let n = 0; n < transfersEach; n += 1) {
        if (n % 10 === 0) await moved(patient);
        const started = performance.now();
        await transfer(patient);
        times.push(performance.now() - started);
      }
    });
    await Promise.all(all);
    const context = { consents, in_flight: patients, transfers: times.length };
    const unit = 'ms';
    report({ figure: 'authorise a transfer, p99', value: percentile(times, 99), unit, goal: { atMost: 150 }, context });
    report({ figure: 'authorise a transfer, p50', value: percentile(times, 50), unit, context });
  } finally {
    for (const end of ends) await end();
    await rm(folder, { recursive: true, force: true });
  }
};

/** Patients with consents and an accepted agreement each. */
async function scene(folder: string, after: (end: () => unknown) => void) {
  const kept = await onDisk(folder);
  const { outside, consent, logIn, clock } = await consentWorld({ after } as never, { disk: kept });
  const reader = logIn('chen', 'practitioner', { organization: 'lindenhof' });
  const until = { seconds: BigInt(clock.time / 1000 + 24 * 3600), nanos: 0 };
  const terms = { dataClasses: ['Observation'], until, transfers: 10_000, window: { seconds: 3600n, nanos: 0 } };
  const grant = (patient: number, organization: string) =>
    outside.grant({ grantee: { organization } }, logIn(`p${patient}`, 'patient', { patient: `p${patient}` }));
  const agreements = await Promise.all(
    Array.from({ length: patients }, async (_, patient) => {
      await grant(patient, 'lindenhof');
      for (let n = 1; n < consents; n += 1) await grant(patient, `hospital-${n}`);
      return outside.proposeAgreement({ patient: `p${patient}`, custodian: 'northgate', terms }, reader);
    }),
  );
  return {
    transfer: (patient: number) =>
      consent.authoriseTransfer({ agreement: agreements[patient]!.id, patient: `p${patient}` }, reader),
    /** The patient's policy is another than the ledger knows. */
    moved: (patient: number) => grant(patient, 'harbour'),
  };
}

async function onDisk(folder: string): Promise<ReturnType<typeof disk>> {
  const file = (name: string) => join(folder, `${name}.db`);
  const memory = disk();
  const contracts = [new RegistryContract(), new ConsentContract(), new SharingContract()];
  const signingKey = randomIds.bytes(32);
  const { clock } = memory;
  const ledger = embeddedLedger({ file: file('ledger'), signingKey, organization: 'bench', contracts, clock });
  for (const id of organizations) {
    const args = [JSON.stringify({ id, name: id, keys: [] })];
    await ledger.submit({ contract: 'registry', fn: 'registerOrganization', args });
  }
  return { ...memory, store: sqliteEventStore(file('consent')), keys: localKeys(file('keys')), ledger };
}
