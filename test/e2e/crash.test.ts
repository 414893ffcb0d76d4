import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Failure } from '../../kernel/errors.ts';
import { RecordsService } from '../../proto/gen/healthchain/records/v1/records_pb.ts';
import { type Acknowledged, loadUntilGone, lostCreates, unrecordedReads } from '../load.ts';
import { type EmbeddedPlatform, embeddedPlatform } from '../platform.ts';
import { fileObservations, type Scene, sceneOn } from '../scene.ts';

const connections = 16;
let stage: Scene<EmbeddedPlatform>;
let ids: string[];
before(async () => {
  stage = await sceneOn(embeddedPlatform, { env: { ACCESS_TOKEN_TTL: '3600' } });
  ids = await fileObservations(stage.author, stage.patient.patient, 20);
});
after(() => stage.dispose());

/** Reads over gRPC until nobody listens any more; resolves to how many were answered. Anything else that fails rejects. */
async function grpcUntilGone(): Promise<number> {
  const transport = stage.platform.rpc();
  const records = transport.client(RecordsService);
  try {
    for (let answered = 0; ; answered++) {
      const gone = await records.read({ type: 'Observation', id: ids[0]! }, { token: stage.authorToken }).then(
        () => undefined,
        (error: Failure) => error,
      );
      if (!gone) continue;
      assert.match(`${gone.code} ${gone.cause}`, /^unavailable .*(ECONNREFUSED)/);
      return answered;
    }
  } finally {
    transport.close();
  }
}

/** Ends the platform by `end` once at least `enough` requests under load are answered. */
async function endUnderLoad(end: () => Promise<unknown>, enough: number): Promise<Acknowledged> {
  const load = loadUntilGone(stage, ids, connections);
  while ((await answeredSoFar()) < enough) await new Promise((resolve) => setTimeout(resolve, 20));
  await end();
  return load;
}

/** Answered requests for Observations since the start. */
async function answeredSoFar(): Promise<number> {
  const text = await stage.platform.metrics();
  const counts = text.matchAll(/^healthchain_http_request_seconds_count\{[^}]*fhir\/:type[^}]*\} (\d+)/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function nothingLost(acknowledged: Acknowledged): Promise<void> {
  const { reads, creates } = acknowledged;
  assert.ok(reads.length > 0 && creates.length > 0, `${reads.length} reads, ${creates.length} creates`);
  assert.deepEqual(await lostCreates(stage.author, acknowledged), []);
  assert.deepEqual(await unrecordedReads(stage, stage.as(stage.patient.user), acknowledged), []);
}

test('SIGTERM under load: no request fails, nothing is lost, exit code 0', async () => {
  let exitCode: number | null = null;
  const overGrpc = grpcUntilGone();
  const acknowledged = await endUnderLoad(async () => {
    exitCode = await stage.platform.stop();
  }, 300);
  assert.equal(exitCode, 0, stage.platform.output());
  assert.deepEqual(acknowledged.failures, []);
  assert.ok((await overGrpc) > 0);
  await stage.platform.restart();
  await nothingLost(acknowledged);
});

test('SIGKILL under load, three times: nothing that was acknowledged is lost', async () => {
  const all: Acknowledged = { reads: [], creates: [], failures: [] };
  for (const enough of [120, 250, 370]) {
    const { reads, creates } = await endUnderLoad(() => stage.platform.kill(), enough);
    all.reads.push(...reads);
    all.creates.push(...creates);
    await stage.platform.restart();
  }
  await nothingLost(all);
});
