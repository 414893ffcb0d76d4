import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { loadFhir } from './fhir.ts';
import { base, observation, patient, problems } from './testing.ts';

const { validate } = await loadFhir({ base });
const wrong = (resource: unknown, type?: string) => problems(() => validate(resource, type));
const { status: _, ...withoutStatus } = observation;

test('a sound resource is given back as it is', () => {
  assert.equal(validate(observation), observation);
  assert.equal(validate(patient, 'Patient'), patient);
  assert.deepEqual(wrong({ resourceType: 'Patient' }), []);
});

test('what is no resource of the expected type', () => {
  assert.deepEqual(wrong(patient, 'Observation'), ['invalid Patient.resourceType']);
  assert.deepEqual(wrong({ resourceType: 'Patent' }), ['not-supported Resource.resourceType']);
  assert.deepEqual(wrong({ resourceType: 'HumanName' }), ['not-supported Resource.resourceType']);
  assert.deepEqual(wrong({ resourceType: 'DomainResource' }), ['not-supported Resource.resourceType']);
  assert.deepEqual(wrong({ resourceType: 'constructor' }), ['not-supported Resource.resourceType']);
  assert.deepEqual(wrong({ status: 'final' }, 'Observation'), ['required Observation.resourceType']);
  for (const nothing of [null, undefined, 7, 'Patient', [patient]])
    assert.deepEqual(wrong(nothing, 'Patient'), ['structure Patient']);
});

const cases: Record<string, [change: object, ...problems: string[]]> = {
  'an unknown element': [{ colour: 'red' }, 'structure Observation.colour'],
  'an unknown element deep inside': [
    { code: { coding: [{ code: 'a' }, { kode: 'b' }] } },
    'structure Observation.code.coding[1].kode',
  ],
  'an unknown element with a strange name': [{ 'a b': 1 }, 'structure Observation.?'],
  'a period that ends before it starts': [
    { effectiveDateTime: undefined, effectivePeriod: { start: '2024-02', end: '2024-01-31' } },
    'value Observation.effective',
  ],
  'an element that prototypes have': [{ toString: 'x' }, 'structure Observation.toString'],
  'a missing element of a backbone element': [
    { component: [{ code: { text: 'a' } }, { valueInteger: 1 }] },
    'required Observation.component[1].code',
  ],
  'one value in place of many': [{ category: { text: 'a' } }, 'structure Observation.category'],
  'many values in place of one': [{ code: [{ text: 'a' }] }, 'structure Observation.code'],
  'an empty array': [{ note: [] }, 'structure Observation.note'],
  'an empty object': [{ code: {} }, 'structure Observation.code'],
  null: [{ encounter: null }, 'structure Observation.encounter'],
  'null among primitives': [{ meta: { profile: ['http://a.example', null] } }, 'value Observation.meta.profile[1]'],
  'two types of a choice': [{ valueString: 'high' }, 'structure Observation.value'],
  'a type that the choice does not have': [{ valueAddress: { city: 'a' } }, 'structure Observation.valueAddress'],
  'a text for a number': [{ valueQuantity: { value: '120' } }, 'value Observation.value.value'],
  'a month 13': [{ effectiveDateTime: '2024-13' }, 'value Observation.effective'],
  'a day that its month does not have': [{ effectiveDateTime: '2023-02-29' }, 'value Observation.effective'],
  'a time without its zone': [{ effectiveDateTime: '2024-05-06T07:08:09' }, 'value Observation.effective'],
  'a date where an instant belongs': [{ issued: '2024-05-06' }, 'value Observation.issued'],
  'a bad id': [{ id: 'no spaces' }, 'value Observation.id'],
  'an id of 65': [{ id: 'x'.repeat(65) }, 'value Observation.id'],
  'a URI with a space': [{ implicitRules: 'http://a b' }, 'value Observation.implicitRules'],
  'an empty text': [{ valueQuantity: { value: 1, unit: '' } }, 'value Observation.value.unit'],
  'a control character': [{ note: [{ text: 'a\u0000b' }] }, 'value Observation.note[0].text'],
  'a code that the value set lacks': [{ status: 'finished' }, 'value Observation.status'],
  'a code in other case': [{ status: 'Final' }, 'value Observation.status'],
  'a reference to the wrong type': [
    { encounter: { reference: 'Patient/p1' } },
    'value Observation.encounter.reference',
  ],
  'an absolute reference to the wrong type': [
    { subject: { reference: 'https://other.example/fhir/Medication/m' } },
    'value Observation.subject.reference',
  ],
  'a reference that is none': [{ subject: { reference: 'p1' } }, 'value Observation.subject.reference'],
  'a reference to no type': [{ subject: { reference: 'Person7/p1' } }, 'value Observation.subject.reference'],
  'a reference that leaves the base': [
    { subject: { reference: '../Patient/p1' } },
    'value Observation.subject.reference',
  ],
  'a script for a reference': [
    { subject: { reference: 'javascript:alert(1)' } },
    'value Observation.subject.reference',
  ],
  'a conditional reference': [
    { subject: { reference: 'Patient?identifier=a|b' } },
    'not-supported Observation.subject.reference',
  ],
  'a contained resource that is not there': [{ subject: { reference: '#p' } }, 'value Observation.subject.reference'],
  'an extension without url': [{ extension: [{ valueString: 'a' }] }, 'required Observation.extension[0].url'],
  'an extension with neither value nor extensions': [
    { extension: [{ url: 'http://a.example' }] },
    'structure Observation.extension[0]',
  ],
  'an extension with both': [
    { extension: [{ url: 'http://a.example', valueString: 'a', extension: [{ url: 'b', valueString: 'c' }] }] },
    'structure Observation.extension[0]',
  ],
  'a bad extension of a primitive': [{ _status: { value: 'a' } }, 'structure Observation.status.value'],
  'an extension of what is no primitive': [{ _code: { id: 'a' } }, 'structure Observation._code'],
  'a contained resource without id': [
    { contained: [{ resourceType: 'Patient' }] },
    'required Observation.contained[0].id',
  ],
  'a bad contained resource': [
    { contained: [{ resourceType: 'Patient', id: 'c', gender: 'f' }] },
    'value Observation.contained[0].gender',
  ],
  'a contained resource in another': [
    { contained: [{ resourceType: 'Patient', id: 'c', contained: [patient] }] },
    'structure Observation.contained[0].contained',
  ],
  'a narrative with a script': [
    { text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><script>a()</script></div>' } },
    'value Observation.text.div',
  ],
  'a narrative with an event handler': [
    { text: { status: 'generated', div: '<div><img src="a" onerror="b()"/></div>' } },
    'value Observation.text.div',
  ],
  'a bad base64': [
    { extension: [{ url: 'http://a.example', valueBase64Binary: 'abc' }] },
    'value Observation.extension[0].value',
  ],
};

suite('what is wrong is named with its path', () => {
  for (const [name, [change, ...expected]] of Object.entries(cases))
    test(name, () => assert.deepEqual(wrong(JSON.parse(JSON.stringify({ ...observation, ...change }))), expected));

  test('a missing element', () => {
    assert.deepEqual(wrong(withoutStatus), ['required Observation.status']);
  });

  test('a concept outside a required value set', () => {
    const resource = {
      ...{ resourceType: 'Condition', subject: { reference: 'Patient/p1' }, code: { text: 'Asthma' } },
      clinicalStatus: { coding: [{ system: 'http://example.org', code: 'active' }] },
    };
    assert.deepEqual(wrong(resource), ['value Condition.clinicalStatus']);
    assert.deepEqual(wrong({ ...resource, clinicalStatus: { text: 'active' } }), ['value Condition.clinicalStatus']);
  });

  test('every problem, each once', () => {
    const resource = { ...withoutStatus, colour: 'red', issued: 'today', code: { coding: [{ code: ' a ' }] } };
    assert.deepEqual(wrong(resource).sort(), [
      'required Observation.status',
      'structure Observation.colour',
      'value Observation.code.coding[0].code',
      'value Observation.issued',
    ]);
  });

  test('a resource in a bundle', () => {
    const bundle = {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ resource: patient }, { resource: withoutStatus }],
    };
    assert.deepEqual(wrong(bundle), ['required Bundle.entry[1].resource.status']);
  });

  test('values are not repeated', () => {
    assert.throws(
      () => validate({ ...patient, birthDate: 'Secret', gender: 'Secret' }),
      (error: Error) => {
        return !JSON.stringify([error, error.message]).includes('Secret');
      },
    );
  });
});

suite('what is sound though unusual', () => {
  const sound: Record<string, object> = {
    'a primitive that only an extension explains': {
      status: undefined,
      _status: {
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
      },
    },
    'a reference to a contained resource': {
      contained: [{ resourceType: 'Patient', id: 'c' }],
      subject: { reference: '#c' },
    },
    'a versioned reference': { subject: { reference: 'Patient/p1/_history/3' } },
    'a URN': { subject: { reference: 'urn:uuid:0c7764a9-ede1-44de-9c32-8d41151a713e' } },
    'a logical reference': { subject: { type: 'Patient', identifier: { value: 'a' } } },
    'a reference elsewhere': { subject: { reference: 'https://other.example/fhir/Patient/9' } },
    'a leap second': { effectiveDateTime: '2016-12-31T23:59:60Z' },
    'a leap day': { effectiveDateTime: '2024-02-29' },
    'a year': { effectiveDateTime: '2024' },
    'words that look like an event handler': {
      text: { status: 'generated', div: '<div>Switched on the = key, one = 1</div>' },
    },
  };
  for (const [name, change] of Object.entries(sound)) {
    const resource = JSON.parse(JSON.stringify({ ...observation, ...change }));
    test(name, () => assert.deepEqual(wrong(resource), []));
  }

  test('null where an extension stands in for the text', () => {
    const name = [{ given: ['Ana', null], _given: [null, { id: 'middle' }] }];
    assert.deepEqual(wrong({ ...patient, name }), []);
    assert.deepEqual(wrong({ ...patient, name: [{ given: ['Ana', null] }] }), ['value Patient.name[0].given[1]']);
  });
});

test('a hostile depth is refused, not a crash', () => {
  let extension: object = { url: 'http://a.example', valueString: 'a' };
  for (let depth = 0; depth < 5000; depth++) extension = { url: 'http://a.example', extension: [extension] };
  assert.match(wrong({ ...patient, extension: [extension] }).join(), /^structure Patient\.extension/);
});

test('whatever JSON comes in, it is accepted or refused as it should be', () => {
  fc.assert(
    fc.property(
      fc.object({ maxDepth: 4 }),
      fc.constantFrom(...Object.keys(observation)),
      fc.jsonValue(),
      (other, key, value) => {
        wrong({ ...other, resourceType: 'Observation' });
        wrong({ ...observation, [key]: value });
        wrong({ ...patient, ...other });
      },
    ),
  );
});
