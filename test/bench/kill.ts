import { seededRandom } from '../../demo/random.ts';
import { type Acknowledged, loadUntilGone, lostCreates, unrecordedReads } from '../load.ts';
import { embeddedPlatform } from '../platform.ts';
import { fileObservations, sceneOn } from '../scene.ts';
import type { Bench } from './figures.ts';

const kills = 20;
const connections = 16;

/**
 * SIGKILL at a random moment under reads and creates, twenty times; then the whole is audited: every create that was
 * acknowledged is there, and every read that was answered is in the patient's trail, by its request id.
 */
export const bench: Bench = async (report) => {
  const stage = await sceneOn(embeddedPlatform, { env: { ACCESS_TOKEN_TTL: '3600' } });
  const { platform, author, patient, as, dispose } = stage;
  const random = seededRandom(7);
  const all: Acknowledged = { reads: [], creates: [], failures: [] };
  try {
    const ids = await fileObservations(author, patient.patient, 50);
    for (let round = 0; round < kills; round++) {
      const load = loadUntilGone(stage, ids, connections);
      await new Promise((resolve) => setTimeout(resolve, 200 + random.integer(0, 600)));
      await platform.kill();
      const { reads, creates } = await load;
      all.reads.push(...reads);
      all.creates.push(...creates);
      await platform.restart();
    }
    const lost = (await lostCreates(author, all)).length;
    const missing = (await unrecordedReads(stage, as(patient.user), all)).length;
    const context = { kills, connections, reads: all.reads.length, creates: all.creates.length };
    report({ figure: 'acknowledged writes lost', value: lost, unit: 'writes', goal: { atMost: 0 }, context });
    report({ figure: 'answered reads without a record', value: missing, unit: 'reads', goal: { atMost: 0 }, context });
  } finally {
    await dispose();
  }
};
