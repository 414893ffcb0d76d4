import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { loadFhir } from './fhir.ts';
import { base, observation, patient, problems } from './testing.ts';

const fhir = await loadFhir({ base });
const { parseSearch, matches, termsOf, patientsAsked } = fhir;
const found = (resource: { resourceType: string }, query: string): boolean =>
  matches(parseSearch(resource.resourceType, query), termsOf(resource));

function table(resource: { resourceType: string }, rows: { yes: string[]; no: string[] }): void {
  for (const query of rows.yes) test(`${query} finds it`, () => assert.equal(found(resource, query), true));
  for (const query of rows.no) test(`${query} does not`, () => assert.equal(found(resource, query), false));
}

suite('tokens', () => {
  table(observation, {
    yes: [
      'code=8480-6',
      'code=http://loinc.org|8480-6',
      'code=http://loinc.org|',
      'code=a,8480-6',
      'code=HTTP%3A%2F%2Fx|1,http://loinc.org|8480-6',
      'code:not=8462-4',
      'code:missing=false',
      'component-code:missing=true',
      'component-code:not=8462-4',
      'category=VITAL-SIGNS',
      'status=final',
      'status=http://hl7.org/fhir/observation-status|final',
      '_id=o1',
      '_id=x,o1',
      '_id:not=x',
    ],
    no: [
      'code=8480',
      'code=http://loinc.org|8480',
      'code=|8480-6',
      'code=http://snomed.info/sct|',
      'code=8480-6&code=8462-4',
      'code:not=8480-6',
      'code:not=a,8480-6',
      'code:missing=true',
      'status=|final',
      '_id=O1',
      '_id:not=o1',
    ],
  });
});

suite('identifiers keep upper and lower case apart', () => {
  table(patient, {
    yes: ['identifier=MRN-7', 'identifier=urn:oid:1.2.3|MRN-7', 'identifier=urn:oid:1.2.3|'],
    no: ['identifier=mrn-7', 'identifier=urn:oid:1.2.4|MRN-7', 'identifier=|MRN-7'],
  });
  const pipe = { resourceType: 'Patient', identifier: [{ system: 's', value: 'a|b,c' }] };
  table(pipe, { yes: ['identifier=s|a\\|b\\,c', 'identifier=a\\|b\\,c'], no: ['identifier=s|a', 'identifier=c'] });
});

suite('strings', () => {
  table(patient, {
    yes: [
      'family=nunez',
      'family=NÚÑEZ%20DE',
      'family:contains=la pena',
      'family:exact=Núñez de la Peña',
      'name=ana',
      'name=mari',
      'given=Peter,Ana',
      'address=main,1 main',
      'address-city=north',
    ],
    no: [
      'family=pena',
      'family:exact=Nunez de la Pena',
      'family:exact=Núñez',
      'name=na',
      'given=peter',
      'name:contains=official',
    ],
  });
});

suite('dates: both sides are ranges', () => {
  table(observation, {
    yes: [
      'date=2024',
      'date=2024-05',
      'date=2024-05-06',
      'date=2024-05-06T07:08',
      'date=2024-05-06T07:08Z',
      'date=2024-05-06T07:08:09Z',
      'date=2024-05-06T09:08:09%2B02:00',
      'date=2024-05-06T09:08:09+02:00',
      'date=eq2024-05-06',
      'date=ne2024-05-07',
      'date=gt2024-05-05',
      'date=ge2024-05-06',
      'date=ge2024-05-06T07:08:09Z',
      'date=lt2024-05-07',
      'date=le2024-05-06',
      'date=sa2024-05-05',
      'date=eb2024-05-07',
      'date=ap2024-05-07',
      'date=2023,2024',
      'date=ge2024-05&date=lt2024-06',
      '_lastUpdated=2024-05-06',
      '_lastUpdated=gt2024-05-06T07:08:09.000Z',
    ],
    no: [
      'date=2023',
      'date=2024-05-06T07:09',
      'date=2024-05-06T09:08:09Z',
      'date=2024-05-06T07:08:09.100Z',
      'date=ne2024-05-06',
      'date=gt2024-05-06',
      'date=gt2024',
      'date=lt2024-05-06',
      'date=le2024-05-05',
      'date=ge2024-05-07',
      'date=sa2024-05-06',
      'date=eb2024-05-06',
      'date=ap2024-05-10',
      'date:missing=true',
    ],
  });
  const open = { resourceType: 'Observation', effectivePeriod: { start: '2020-03' } };
  table(open, {
    yes: ['date=gt2030', 'date=ge2020-03', 'date=lt2020-04', 'date=sa2020-02', 'date=ap2025', 'date=ne2020'],
    no: ['date=2020', 'date=2020-03', 'date=lt2020-03', 'date=eb2030', 'date=sa2020-03'],
  });
});

suite('quantities: the digits say how exact', () => {
  table(observation, {
    yes: [
      'value-quantity=120',
      'value-quantity=1.2e2',
      'value-quantity=120.0',
      'value-quantity=120|http://unitsofmeasure.org|mm[Hg]',
      'value-quantity=120||mm[Hg]',
      'value-quantity=gt119.99',
      'value-quantity=ge120',
      'value-quantity=le120',
      'value-quantity=lt120.01',
      'value-quantity=ne119',
      'value-quantity=ap115',
      'value-quantity=sa119',
      'value-quantity=eb121',
      'value-quantity=gt100&value-quantity=lt140',
    ],
    no: [
      'value-quantity=121',
      'value-quantity=120.1',
      'value-quantity=120|http://unitsofmeasure.org|kPa',
      'value-quantity=120|http://other.example|mm[Hg]',
      'value-quantity=120||kPa',
      'value-quantity=gt120',
      'value-quantity=lt120',
      'value-quantity=ne120',
      'value-quantity=ap100',
    ],
  });
  const of = (value: number) => ({ resourceType: 'Observation', valueQuantity: { value } });
  table(of(5.35), {
    yes: ['value-quantity=5.4', 'value-quantity=5.35'],
    no: ['value-quantity=5.3', 'value-quantity=5.40'],
  });
  const below = { resourceType: 'Observation', valueQuantity: { value: 5, comparator: '<' } };
  table(below, {
    yes: ['value-quantity=lt4', 'value-quantity=eb6', 'value-quantity=ne4'],
    no: ['value-quantity=gt6', 'value-quantity=5'],
  });
});

suite('references', () => {
  table(observation, {
    yes: [
      'subject=p1',
      'subject=Patient/p1',
      'subject:Patient=p1',
      'subject:Patient=Patient/p1',
      `subject=${base}/Patient/p1`,
      'subject=Patient/p1/_history/2',
      'patient=p1',
      'patient=p0,p1',
      'performer:identifier=urn:npi|N1',
      'performer:missing=false',
    ],
    no: [
      'subject=p',
      'subject=1',
      'subject=Group/p1',
      'subject:Group=p1',
      'patient=P1',
      `subject=${base}.example/Patient/p1`,
      'performer:identifier=urn:npi|n1',
    ],
  });
  const elsewhere = { resourceType: 'Observation', subject: { reference: 'https://other.example/fhir/Patient/p1' } };
  table(elsewhere, {
    yes: ['subject=https://other.example/fhir/Patient/p1'],
    no: ['subject=p1', 'subject=Patient/p1', 'patient=p1'],
  });
});

suite('addresses', () => {
  table(observation, { yes: ['_profile=http://example.org/profile'], no: ['_profile=http://example.org', '_tag=a|b'] });
});

suite('what is refused', () => {
  const cases: Record<string, string> = {
    'colour=red': 'not-supported colour',
    'constructor=a': 'not-supported constructor',
    '%3Cb%3E=a': 'not-supported ?',
    'code:text=a': 'not-supported code:text',
    'code:in=http://a.example': 'not-supported code:in',
    'code:exact=a': 'not-supported code:exact',
    'date:not=2024': 'not-supported date:not',
    'subject:Medication=m': 'not-supported subject:Medication',
    'subject:Nobody=m': 'not-supported subject:Nobody',
    'subject:Patient.name=ana': 'not-supported subject:Patient.name',
    'subject.name=ana': 'not-supported subject.name',
    '_has:Provenance:target:agent=a': 'not-supported _has:Provenance:target:agent',
    'code-value-quantity=a$1': 'not-supported code-value-quantity',
    '_text=a': 'not-supported _text',
    '_sort=colour': 'not-supported _sort',
    '_sort=code-value-quantity': 'not-supported _sort',
    'date=2024-13': 'value date',
    'date=2024-02-30': 'value date',
    'date=xx2024': 'value date',
    'date=': 'value date',
    'date=2024,soon': 'value date',
    'code=': 'value code',
    'code=a|b|c': 'value code',
    'code=|': 'value code',
    'value-string=%20': 'value value-string',
    'value-string=%CC%88': 'value value-string',
    'code:missing=maybe': 'value code:missing',
    'value-quantity=heavy': 'value value-quantity',
    'value-quantity=5|a|b|c': 'value value-quantity',
    'subject=a b': 'value subject',
    'subject:Patient=Group/g': 'value subject:Patient',
    '_count=-1': 'value _count',
    '_count=many': 'value _count',
    '_summary=some': 'value _summary',
    '_total=some': 'value _total',
    '_elements=a.b.c': 'value _elements',
    '_include=Observation:code': 'value _include',
    '_include=Nobody:subject': 'value _include',
    '_include=Observation:subject:Nobody': 'value _include',
  };
  for (const [query, expected] of Object.entries(cases))
    test(query, () =>
      assert.deepEqual(
        problems(() => parseSearch('Observation', query)),
        [expected],
      ),
    );

  test('all that is wrong at once', () => {
    assert.deepEqual(
      problems(() => parseSearch('Observation', 'colour=red&date=soon&code=a&_count=x')),
      [...['not-supported colour', 'value date', 'value _count']],
    );
  });

  test('a type that is none', () => {
    assert.deepEqual(
      problems(() => parseSearch('Nobody', '')),
      ['not-supported undefined'],
    );
  });

  test('values are not repeated', () => {
    assert.throws(
      () => parseSearch('Patient', 'birthdate=Secret'),
      (error: Error) => !JSON.stringify([error, error.message]).includes('Secret'),
    );
  });
});

test('parameters about the answer', () => {
  const query = parseSearch(
    'Observation',
    new URLSearchParams(
      '_count=5&_offset=10&_cursor=abc&_summary=count&_total=accurate&_elements=code,Observation.status&_format=json' +
        '&_include=Observation:subject&_include:iterate=Patient:organization&_revinclude=Provenance:target:Observation',
    ),
  );
  assert.deepEqual(query, {
    ...{
      type: 'Observation',
      params: [],
      sort: [],
      count: 5,
      offset: 10,
      cursor: 'abc',
      summary: 'count',
      total: 'accurate',
    },
    elements: ['code', 'status'],
    includes: [
      { source: 'Observation', params: ['subject'], iterate: false },
      { source: 'Patient', params: ['organization'], iterate: true },
    ],
    revincludes: [{ source: 'Provenance', params: ['target'], target: 'Observation', iterate: false }],
  });
});

test('what includes lead to', () => {
  const includedBy = (value: string) => {
    const [include] = parseSearch('Observation', `_include=${value}`).includes;
    return fhir.includedBy(include!, 'Observation', termsOf(observation));
  };
  assert.deepEqual(includedBy('Observation:subject'), ['Patient/p1']);
  assert.deepEqual(includedBy('Observation:subject:Group'), []);
  assert.deepEqual(includedBy('Encounter:subject'), []);
  assert.deepEqual([...new Set(includedBy('Observation:*'))].sort(), ['Encounter/e1', 'Patient/p1', 'Practitioner/d1']);
});

test('patients in whose compartments all answers lie', () => {
  const asked = (type: string, query: string) => patientsAsked(parseSearch(type, query));
  assert.deepEqual(asked('Observation', 'patient=p1'), ['p1']);
  assert.deepEqual(asked('Observation', 'code=a&subject=Patient/p1,Patient/p2'), ['p1', 'p2']);
  assert.deepEqual(asked('Patient', '_id=p1,p2'), ['p1', 'p2']);
  assert.deepEqual(asked('Observation', 'performer=Patient/p1'), ['p1']);
  for (const query of [
    '',
    'code=a',
    'performer=p1',
    'subject=Group/g',
    'subject=Patient/p1,Group/g',
    'patient:missing=false',
  ])
    assert.equal(asked('Observation', query), undefined, query);
  assert.equal(asked('Observation', 'encounter=Patient/p1'), undefined);
  assert.equal(asked('Patient', '_id:not=p1'), undefined);
});

suite('properties', () => {
  const day = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
  const dateOf = fc.tuple(day, fc.constantFrom(4, 7, 10)).map(([date, digits]) => date.toISOString().slice(0, digits));
  const numberOf = fc
    .tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 3 }))
    .map(([n, digits]) => {
      return (n / 10 ** digits).toFixed(digits);
    });
  const laws = (of: (own: string) => { resourceType: string }, code: string) => (own: string, asked: string) => {
    const is = (prefix: string) => found(of(own), `${code}=${prefix}${asked}`);
    assert.equal(is('eq'), is(''));
    assert.equal(is('ne'), !is('eq'));
    assert.ok(!is('gt') || is('ge'));
    assert.ok(!is('lt') || is('le'));
    assert.ok(!is('eq') || is('ap'));
    assert.ok(!is('sa') || (is('gt') && !is('lt') && !is('eb')));
    assert.ok(!is('eb') || (is('lt') && !is('gt')));
    assert.ok(found(of(own), `${code}=${own}`));
  };

  test('dates of any precision', () => {
    const of = (effectiveDateTime: string) => ({ resourceType: 'Observation', effectiveDateTime });
    fc.assert(fc.property(dateOf, dateOf, laws(of, 'date')));
  });

  test('numbers of any precision', () => {
    const of = (value: string) => ({ resourceType: 'Observation', valueQuantity: { value: Number(value) } });
    fc.assert(fc.property(numberOf, numberOf, laws(of, 'value-quantity')));
  });

  test('a name is found as a whole, and by any beginning of it, whatever its case', () => {
    const letters = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(...'aÄéEñ,|$\\ ') });
    const word = letters.filter((text) => text === text.trim());
    const escaped = (text: string) => encodeURIComponent(text.replace(/[\\,|$]/g, '\\$&'));
    fc.assert(
      fc.property(word, fc.nat(), (family, length) => {
        const resource = { resourceType: 'Patient', name: [{ family }] };
        const beginning = family.slice(0, 1 + (length % family.length));
        assert.ok(found(resource, `family:exact=${escaped(family)}`));
        assert.ok(found(resource, `family=${escaped(beginning.toUpperCase())}`));
      }),
    );
  });

  test('whatever is asked, it is understood or refused as it should be', () => {
    fc.assert(fc.property(fc.webQueryParameters(), (query) => void problems(() => parseSearch('Observation', query))));
  });
});
