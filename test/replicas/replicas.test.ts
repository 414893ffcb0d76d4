import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Bundle } from '@medplum/fhirtypes';
import { Failure } from '../../kernel/errors.ts';
import { AuditService } from '../../proto/gen/healthchain/audit/v1/audit_pb.ts';
import { type Replicated, replicated } from './platform.ts';
import { as, creationsIn, insist, type People, people, until } from './world.ts';

if (!process.env.ENGINE_FAULTS)
  test('replicas', (t) => t.skip('NOT RUN: MongoDB, Kafka, Fabric (npm run test:replicas)'));
else withEngines();

function withEngines(): void {
  let platform: Replicated;
  let who: People;
  /** Ids of all Observations whose creation was acknowledged. */
  const created: string[] = [];
  before(async () => {
    platform = await replicated();
    who = await people(platform);
  });
  after(() => platform?.dispose());

  const refused = (error: unknown) => error instanceof Failure && error.code === 'forbidden';
  const pairs = () => [[platform.first, platform.second] as const, [platform.second, platform.first] as const];

  test('what one replica acknowledges the other reads and finds at once', async () => {
    for (let n = 0; n < 20; n++) {
      for (const [here, there] of pairs()) {
        const id = await insist(as(here, who.author), who.id, n);
        created.push(id);
        assert.equal((await as(there, who.author).call(`/fhir/Observation/${id}`)).status, 200);
        const search = `/fhir/Observation?patient=${who.id}&_count=1000&_total=accurate`;
        const { body }: { body: Bundle } = await as(there, who.author).call(search);
        assert.equal(body.total, created.length);
      }
    }
  });

  test('a grant opens at the other replicas at once, and a revocation closes', async () => {
    for (let n = 0; n < 5; n++) {
      for (const [here, there] of pairs()) {
        const read = (url: string) => as(url, who.reader).call(`/fhir/Observation/${created[n]}`);
        await assert.rejects(read(there), refused);
        const grant = { method: 'POST', body: { grantee: { organization: 'guest' } } };
        const { body } = await as(here, who.patient).call('/consent/grants', grant);
        assert.equal((await read(there)).status, 200);
        const revoke = { method: 'POST', body: {} };
        await as(here, who.patient).call(`/consent/grants/${body.consent}/revoke`, revoke);
        for (const url of [there, here]) await assert.rejects(read(url), refused);
      }
    }
  });

  /** All that was acknowledged is there and in the trail, once; and everything that is logged is anchored. */
  async function whole(url: string): Promise<void> {
    for (const id of created) assert.equal((await as(url, who.author).call(`/fhir/Observation/${id}`)).status, 200);
    const trail = () => creationsIn(as(url, who.patient));
    await until('all is in the trail', async () => {
      const told = await trail();
      return created.every((id) => told.has(id));
    });
    const told = await trail();
    assert.deepEqual(
      created.filter((id) => told.get(id) !== 1),
      [],
    );
    await until('all that is logged is anchored', async () => {
      const { sequenced, anchored } = await platform.rpc.client(AuditService).getStatus({});
      return sequenced > 0n && sequenced === anchored;
    });
  }

  test('the events of both replicas are in one trail, each once, and anchored', () => whole(platform.first));

  for (const name of ['records', 'consent', 'identity', 'audit', 'research'] as const) {
    test(`the first replica of ${name} is killed under load: the second goes on, and nothing is lost`, async () => {
      const running = platform.url;
      let over = false;
      const load = Array.from({ length: 4 }, async (_, n) => {
        for (let turn = 0; !over; turn++) created.push(await insist(as(running, who.author), who.id, n * 1000 + turn));
      });
      const before = created.length;
      const more = (count: number) => until('there is load', async () => created.length >= before + count);
      await more(20);
      await platform.services.kill(name);
      await more(60);
      await platform.services.revive();
      over = true;
      await Promise.all(load);
      await whole(platform.second);
    });
  }

  test('a replica that was paused, and lost its work to the other, loses and doubles nothing', async () => {
    for (const name of ['records', 'audit'] as const) {
      platform.services.signal(name, 'SIGSTOP');
      const before = created.length;
      for (const end = Date.now() + 8_000; Date.now() < end; )
        created.push(await insist(as(platform.second, who.author), who.id, created.length));
      assert.ok(created.length > before);
      platform.services.signal(name, 'SIGCONT');
      await whole(platform.second);
    }
  });
}
