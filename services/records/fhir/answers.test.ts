import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { loadFhir } from './fhir.ts';
import { base, observation, patient, problems } from './testing.ts';

const { inOrder, parseSearch, termsOf, subset, capability, validate } = await loadFhir({ base });

suite('order', () => {
  const at = (id: string, effectiveDateTime: string, lastUpdated: string, code?: string) =>
    termsOf({
      resourceType: 'Observation',
      id,
      effectiveDateTime,
      meta: { lastUpdated },
      ...(code && { code: { coding: [{ code }] } }),
    });
  const all = [
    at('a', '2024-02', '2024-01-01T00:00:00Z', 'y'),
    at('b', '2023', '2024-01-03T00:00:00Z', 'x'),
    at('c', '2024-02-10', '2024-01-02T00:00:00Z'),
    at('d', '2024-02', '2024-01-02T00:00:00Z', 'x'),
  ];
  const ids = (type: string, query: string, found: ReturnType<typeof termsOf>[]) =>
    inOrder(
      parseSearch(type, query),
      found.map((terms) => ({ terms })),
    )
      .map(({ terms }) => terms._id?.[0])
      .join('');
  const sorted = (query: string) => ids('Observation', query, all);

  test('newest first where nothing is asked for, then by id', () => assert.equal(sorted(''), 'bcda'));
  test('ascending by the beginning', () => assert.equal(sorted('_sort=date'), 'badc'));
  test('descending by the end', () => assert.equal(sorted('_sort=-date'), 'adcb'));
  test('by several', () => assert.equal(sorted('_sort=code,-date'), 'dbac'));
  test('what has no value comes last, either way', () => {
    assert.equal(sorted('_sort=code').at(-1), 'c');
    assert.equal(sorted('_sort=-code').at(-1), 'c');
  });
  test('the lowest of several values counts, or the highest', () => {
    const named = (id: string, ...given: string[]) => termsOf({ resourceType: 'Patient', id, name: [{ given }] });
    const people = [named('a', 'Bob', 'Zed'), named('b', 'Änne', 'Carl'), named('c', 'Cleo')];
    const order = (query: string) => ids('Patient', query, people);
    assert.equal(order('_sort=given'), 'bac');
    assert.equal(order('_sort=-given'), 'acb');
  });
});

suite('parts of a resource', () => {
  const whole = { ...observation, text: { status: 'generated', div: '<div>a</div>' }, note: [{ text: 'a' }] };
  const keys = (about: Parameters<typeof subset>[1]) => Object.keys(subset(whole, about)).sort().join(' ');

  test('the elements asked for, and those that must be there', () => {
    assert.equal(keys({ elements: ['note'] }), 'code id meta note resourceType status');
  });
  test('the summary', () => {
    assert.doesNotMatch(keys({ summary: 'true' }), /note|text|performer:/);
    assert.match(keys({ summary: 'true' }), /subject/);
    const { contact, name } = subset(
      { ...patient, contact: [{ gender: 'male' }] },
      { summary: 'true' },
    ) as unknown as Record<string, unknown>;
    assert.deepEqual([contact, name], [undefined, patient.name]);
  });
  test('the text, or all but the text', () => {
    assert.equal(keys({ summary: 'text' }), 'code id meta resourceType status text');
    assert.doesNotMatch(keys({ summary: 'data' }), /text/);
  });
  test('all of it, untouched', () => {
    assert.equal(subset(whole, {}), whole);
    assert.equal(subset(whole, { summary: 'false' }), whole);
  });
  test('a part says that it is one', () => {
    assert.equal(subset(whole, { summary: 'data' }).meta.profile, observation.meta.profile);
    const { meta } = subset(patient as object, { elements: ['name'] }) as { meta: { tag: { code: string }[] } };
    assert.deepEqual(
      meta.tag.map(({ code }) => code),
      ['SUBSETTED'],
    );
  });
});

suite('capability statement', () => {
  const oauth = { authorize: 'https://records.example/auth/authorize', token: 'https://records.example/auth/token' };
  const elsewhere = { AuditEvent: { interactions: ['read', 'search-type'], searchParameters: ['patient'] } } as const;
  const statement = capability({ date: '2026-01-01', version: '1.2.3', oauth, elsewhere });
  const [rest] = statement.rest!;
  const about = (type: string) => rest!.resource!.find((each) => each.type === type)!;

  test('it is valid R4', () =>
    assert.deepEqual(
      problems(() => validate(statement)),
      [],
    ));

  test('each search parameter that it names is understood', () => {
    const samples: Record<string, string> = { date: '2024', number: '1', quantity: '1', reference: 'a' };
    for (const { type, searchParam } of rest!.resource!)
      for (const { name, type: kind } of searchParam!)
        assert.ok(parseSearch(type!, `${name}=${samples[kind!] ?? 'a'}`), name);
    assert.ok(!about('Observation').searchParam!.some(({ name }) => name === 'code-value-quantity'));
  });

  test('ids are chosen by the client only for what is nobody’s record: elsewhere they would tell what is there', () => {
    assert.equal(about('Observation').updateCreate, false);
    assert.equal(about('Organization').updateCreate, true);
  });

  test('each include that it names is understood', () => {
    for (const { type, searchInclude = [] } of rest!.resource!)
      for (const include of searchInclude) assert.equal(parseSearch(type!, `_include=${include}`).includes.length, 1);
  });

  test('operations, SMART, and what another service answers', () => {
    assert.deepEqual(
      about('Patient').operation?.map(({ name }) => name),
      ['everything', 'break-glass', 'share', 'meta-add', 'meta-delete'],
    );
    assert.deepEqual(
      about('AuditEvent').interaction?.map(({ code }) => code),
      ['read', 'search-type'],
    );
    assert.deepEqual(
      about('AuditEvent').searchParam?.map(({ name }) => name),
      ['patient'],
    );
    assert.equal(rest!.security!.extension![0]!.extension![1]!.valueUri, oauth.token);
  });
});
