import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEvent, Bundle } from '@medplum/fhirtypes';
import { AuditDetail_Outcome, EventType } from '../../proto/gen/healthchain/event/v1/event_pb.ts';
import { auditWorld, engines, until } from './testing/world.ts';

const at = Date.UTC(2026, 4, 1);
const ids = ({ entry = [] }: Bundle<AuditEvent>) => entry.map(({ resource }) => resource!.id!);

/** Ada's data held by west, read by west and by east; Bob's held by west, read by west; and both in one search. */
async function scene() {
  const world = await auditWorld();
  const [own, foreign, bobs, both, office] = await world.happened(
    { patients: ['p-ada'], at },
    { patients: ['p-ada'], organization: 'east', custodian: 'west', by: 'dr.no', at: at + 1000 },
    { patients: ['p-bob'], at: at + 2000 },
    { patients: ['p-ada', 'p-bob'], at: at + 3000, detail: { query: Buffer.from('Observation?code=8480-6') } },
    { type: EventType.ORGANIZATION_REGISTERED, organization: 'east', at: at + 4000 },
  );
  await world.integrated(5);
  /** What a search finds, readings of the trail left out. */
  const find = async (token: string, query = '') => ids(await world.search(token, `date=lt2026-06-01&${query}`));
  return { world, find, own: own!, foreign: foreign!, bobs: bobs!, both: both!, office: office! };
}

test('a patient sees what is about them and nothing else, newest first', async () => {
  const { world, find, own, foreign, bobs, both } = await scene();
  try {
    assert.deepEqual(await find('ada'), [both, foreign, own]);
    assert.deepEqual(await find('ada', '_sort=date'), [own, foreign, both]);
    assert.deepEqual(await find('bob'), [both, bobs]);
    await assert.rejects(find('ada', 'patient=p-bob'), { code: 'forbidden' });
  } finally {
    await world.stop();
  }
});

test('who holds a mandate sees what is about the patient', async () => {
  const { world, find, own, foreign, both } = await scene();
  try {
    assert.deepEqual(await find('bob', 'patient=Patient/p-ada'), [both, foreign, own]);
    await world.audit.readAuditEvent({ id: own }, { token: 'bob' });
  } finally {
    await world.stop();
  }
});

test('a provider sees what their organisation did, a privacy officer also what was done with its data', async () => {
  const { world, find, own, foreign, bobs, both, office } = await scene();
  try {
    assert.deepEqual(await find('west'), [both, bobs, own]);
    assert.deepEqual(await find('west', 'patient=p-ada'), [both, own]);
    assert.deepEqual(await find('east'), [office, foreign]);
    assert.deepEqual(await find('officer'), [both, bobs, foreign, own]);
    await assert.rejects(find('researcher'), { code: 'forbidden' });
    await assert.rejects(find('narrow'), { code: 'forbidden' });
  } finally {
    await world.stop();
  }
});

test('of an entry about several patients each learns nothing of the others', async () => {
  const { world, find, both } = await scene();
  try {
    const { resource } = await world.audit.readAuditEvent({ id: both }, { token: 'ada' });
    assert.equal(Buffer.from(resource).toString().includes('p-bob'), false);
    assert.deepEqual(await find('ada', 'entity=Patient/p-bob'), []);
    assert.match(JSON.stringify(await world.search('west')), /p-bob/);
  } finally {
    await world.stop();
  }
});

test('an event of others is not found, and neither is its proof', async () => {
  const { world, bobs } = await scene();
  try {
    await assert.rejects(world.audit.readAuditEvent({ id: bobs }, { token: 'ada' }), { code: 'not-found' });
    await assert.rejects(world.audit.readAuditEvent({ id: 'none' }, { token: 'ada' }), { code: 'not-found' });
    await assert.rejects(world.proof('east', bobs), { code: 'not-found' });
    await assert.rejects(world.audit.readAuditEvent({ id: bobs }), { code: 'login' });
  } finally {
    await world.stop();
  }
});

test('the parameters narrow a search', async () => {
  const { world, find, own, foreign, bobs, both } = await scene();
  try {
    assert.deepEqual(await find('ada', 'subtype=read'), [foreign, own]);
    assert.deepEqual(await find('ada', 'subtype=http://hl7.org/fhir/restful-interaction|search'), [both]);
    assert.deepEqual(await find('ada', 'action=R,E&_count=2'), [both, foreign]);
    assert.deepEqual(await find('ada', 'agent=dr.no'), [foreign]);
    assert.deepEqual(await find('ada', 'agent=Organization/west'), [both, own]);
    assert.deepEqual(await find('ada', 'entity=Patient/p-ada'), [both, foreign, own]);
    assert.deepEqual(await find('ada', 'entity=Observation/o1&outcome=0&type=rest'), [foreign, own]);
    assert.deepEqual(await find('west', 'entity=Patient/p-bob&entity=Observation/o1'), [both, bobs]);
    assert.deepEqual(await find('ada', 'outcome=4'), []);
    assert.deepEqual(await find('ada', 'date=ge2026-05-01T00:00:01Z&date=le2026-05-01T00:00:02Z'), [foreign]);
    await assert.rejects(find('ada', 'colour=red'), { code: 'not-supported' });
  } finally {
    await world.stop();
  }
});

test('pages follow each other without gaps and repetitions', async () => {
  const world = await auditWorld();
  try {
    const sent = await world.happened(...Array.from({ length: 25 }, () => ({ patients: ['p-ada'], at })));
    await world.integrated(25);
    const seen: string[] = [];
    for (let query: string | undefined = '_count=10&subtype=read&date=lt2026-06-01'; query; ) {
      const bundle: Bundle<AuditEvent> = await world.search('ada', query);
      assert.ok(ids(bundle).length <= 10);
      seen.push(...ids(bundle));
      query = bundle.link!.find(({ relation }) => relation === 'next')?.url?.split('?')[1];
    }
    assert.deepEqual(seen.toSorted(), sent.toSorted());
  } finally {
    await world.stop();
  }
});

test('names are those that identity tells; the AuditEvent is BALP’s', async () => {
  const { world, both } = await scene();
  try {
    const { resource } = await world.audit.readAuditEvent({ id: both }, { token: 'west' });
    const event: AuditEvent = JSON.parse(Buffer.from(resource).toString());
    const [person] = event.agent;
    assert.deepEqual([person!.who!.display, person!.requestor], ['DR.WHO', true]);
    const asked = event.entity!.find(({ query }) => query)!.query!;
    assert.equal(Buffer.from(asked, 'base64').toString(), 'Observation?code=8480-6');
  } finally {
    await world.stop();
  }
});

test('reading the trail, a search, a proof and a refusal are in the trail themselves', async () => {
  const world = await auditWorld();
  try {
    const [id] = await world.happened({ patients: ['p-ada'] });
    await world.anchored(1);
    await world.search('officer', 'patient=p-ada');
    await world.audit.readAuditEvent({ id: id! }, { token: 'west' });
    await world.proof('west', id!);
    await assert.rejects(world.search('bob', 'patient=p-ada&colour=red'), { code: 'not-supported' });
    await assert.rejects(world.search('researcher', 'patient=p-ada'), { code: 'forbidden' });
    const readings = async () => {
      const { entry = [] }: Bundle<AuditEvent> = await world.search('ada', 'subtype=audit-trail-read&_sort=date');
      return entry.map(({ resource }) => resource!);
    };
    await until(async () => (await readings()).filter(({ agent }) => agent[0]!.name !== 'ADA').length === 4);
    const others = (await readings()).filter(({ agent }) => agent[0]!.name !== 'ADA');
    // sorted: those of one millisecond have no order
    const told = others.map(({ agent, outcome }) => `${agent[0]!.name} ${outcome}`).sort();
    assert.deepEqual(told, ['CURIE 4', 'DR.WHO 0', 'DR.WHO 0', 'OFFICER 0']);
    const by = (name: string) => others.filter(({ agent }) => agent[0]!.name === name).flatMap(({ entity }) => entity!);
    const queries = by('OFFICER').flatMap(({ query }) => query ?? []);
    assert.deepEqual(
      queries.map((query) => Buffer.from(query, 'base64').toString()),
      ['AuditEvent?patient=p-ada'],
    );
    assert.ok(by('DR.WHO').some(({ what }) => what?.reference === `AuditEvent/${id}`));
  } finally {
    await world.stop();
  }
});

test('what cannot be recorded is not answered', async () => {
  const kept = await engines();
  let failing = false;
  const store: typeof kept.store = {
    ...kept.store,
    async append(appends) {
      if (failing) throw new Error('the disk is full');
      return kept.store.append(appends);
    },
  };
  const world = await auditWorld({ engines: { ...kept, store } });
  try {
    const [id] = await world.happened({ patients: ['p-ada'] });
    await world.anchored(1);
    failing = true;
    await assert.rejects(world.search('ada'), { code: 'exception' });
    await assert.rejects(world.audit.readAuditEvent({ id: id! }, { token: 'ada' }), { code: 'exception' });
    await assert.rejects(world.proof('ada', id!), { code: 'exception' });
    failing = false;
  } finally {
    await world.stop();
  }
});

test('a refused access says so', async () => {
  const world = await auditWorld();
  try {
    const decision = { id: 'd1', permit: false, basis: ['rule:7'], breakGlass: '' };
    const detail = { outcome: AuditDetail_Outcome.REFUSED, decision: { ...decision, $typeName: undefined } as never };
    const [id] = await world.happened({ patients: ['p-ada'], detail });
    await world.integrated(1);
    assert.deepEqual(ids(await world.search('ada', 'outcome=4&subtype=AuthZ-Consent')), [id]);
  } finally {
    await world.stop();
  }
});
