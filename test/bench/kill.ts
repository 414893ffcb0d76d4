import { type Client, userClient } from '../../cli/client.ts';
import { trail } from '../../cli/commands/trail.ts';
import { seededRandom } from '../../demo/random.ts';
import type { Bench } from './figures.ts';
import { fileObservations, observation, scene } from '../scene.ts';

const kills = 20;
const connections = 16;

/**
 * SIGKILL at a random moment under reads and creates, twenty times; then the whole is audited: every create that was
 * acknowledged is there, and every read that was answered is in the patient's trail.
 */
export const bench: Bench = async (report) => {
  const { platform, author, patient, dispose } = await scene();
  const random = seededRandom(7);
  const answered = { reads: 0, creates: [] as string[] };
  try {
    const ids = await fileObservations(author, patient.patient, 50);
    for (let round = 0; round < kills; round++) {
      const workers = Array.from({ length: connections }, (_, n) => work(author, patient.patient, ids, n, answered));
      await new Promise((resolve) => setTimeout(resolve, 200 + random.integer(0, 600)));
      await platform.kill();
      await Promise.all(workers);
      await platform.restart();
    }
    const lost = await countLost(author, answered.creates);
    const recorded = await countReads(userClient(platform.url, patient));
    const context = { kills, connections, reads: answered.reads, creates: answered.creates.length };
    report({ figure: 'acknowledged writes lost', value: lost, unit: 'writes', goal: { atMost: 0 }, context });
    const missing = Math.max(0, answered.reads - recorded);
    report({ figure: 'answered reads without a record', value: missing, unit: 'reads', goal: { atMost: 0 }, context });
  } finally {
    await dispose();
  }
};

/** Reads and creates one after the other until the platform is gone. */
async function work(client: Client, patient: string, ids: string[], n: number, answered: { reads: number; creates: string[] }) {
  try {
    for (let turn = n; ; turn++) {
      if (turn % 4 === 0) {
        const { body } = await client.call('/fhir/Observation', { method: 'POST', body: observation(patient, turn) });
        answered.creates.push(body.id);
      } else {
        await client.call(`/fhir/Observation/${ids[turn % ids.length]}`);
        answered.reads += 1;
      }
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // a TypeError is fetch's word for a connection that broke
  }
}

async function countLost(client: Client, ids: string[]): Promise<number> {
  let lost = 0;
  for (const id of ids) {
    const found = await client.call(`/fhir/Observation/${id}`).catch(() => undefined);
    if (!found) lost += 1;
  }
  return lost;
}

/** Reads of single Observations in the patient's trail, those of the final check left out by time. */
async function countReads(client: Client): Promise<number> {
  const events = await trail(client, { count: 100_000 });
  return events.filter((event) => event.subtype?.some(({ code }) => code === 'read') && event.outcome === '0').length;
}
