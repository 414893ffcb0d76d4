import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { actCode, confidentiality, isSensitivityCode } from '../../../contracts/rules/vocabulary.ts';
import type { Content } from '../domain/resource.ts';
import { labeller, labelsOf } from './labeller.ts';
import { ownSets } from './load.ts';
import { handOf, type Label, marked } from './marks.ts';
import { labelTable } from './table.ts';
import { withOwn } from './valueSets.ts';

const note = { system: 'urn:example:notes', code: 'pt' };
const notes = {
  notes: { labels: ['PSYTHPN', 'R', 'V'], source: 'test', codes: { [note.system]: { [note.code]: '' } } },
};
const { labelled, ordered, computed } = labeller(labelTable(withOwn(ownSets, notes)));

const hiv = { system: 'http://snomed.info/sct', code: '86406008' };
const label = (code: string): Label => ({ system: isSensitivityCode(code) ? actCode : confidentiality, code });
const condition = (coding: object, ...security: Label[]): Content => ({
  resourceType: 'Condition',
  ...(security.length > 0 && { meta: { security } }),
  code: { coding: [coding] },
});
/** Labels as `hand:code`, the author’s as `code`; without the R that stands for sensitivities. */
const told = (resource: Content) =>
  labelsOf(resource)
    .filter((each) => handOf(each) !== 'high-water-mark')
    .map((each) => [handOf(each), each.code].filter(Boolean).join(':'));
const rewritten = (resource: Content, before: Content) => told(labelled(resource, JSON.stringify(before)));

test('a code brings its label, wherever in the resource it stands', () => {
  for (const resource of [
    condition(hiv),
    { resourceType: 'MedicationRequest', reasonCode: [{ coding: [hiv] }] },
    { resourceType: 'Encounter', contained: [condition(hiv)] },
    { resourceType: 'Observation', component: [{ valueCodeableConcept: { coding: [{ code: 'x' }, hiv] } }] },
  ])
    assert.deepEqual(told(labelled(resource)), ['table:HIV'], resource.resourceType);
});

test('what stands in meta, in a narrative or in words brings none', () => {
  const resource = {
    ...condition({ system: hiv.system, code: '44054006', display: 'HIV' }),
    meta: { tag: [hiv] },
    text: { status: 'generated', div: '<div>HIV 86406008</div>', extension: [{ url: 'urn:x', valueCoding: hiv }] },
    note: [{ text: '86406008' }],
  };
  assert.equal(labelled(resource), resource);
});

test('the author’s labels stay as they are, and are not said twice', () => {
  assert.deepEqual(told(labelled(condition(hiv, label('PSY')))), ['PSY', 'table:HIV']);
  assert.deepEqual(told(labelled(condition(hiv, label('HIV')))), ['HIV']);
  const handling = { system: 'urn:example:handling', code: 'HIV' };
  assert.deepEqual(labelsOf(labelled(condition(hiv, handling)))[0], handling);
});

test('of confidentiality only what is stricter than everything stated is added (high-water mark)', () => {
  assert.deepEqual(told(labelled(condition(note))), ['table:V', 'table:PSYTHPN']);
  assert.deepEqual(told(labelled(condition(note, label('N')))), ['N', 'table:V', 'table:PSYTHPN']);
  assert.deepEqual(told(labelled(condition(note, label('V')))), ['V', 'table:PSYTHPN']);
});

test('beside a sensitivity stands a confidentiality, R at least, for as long as it is there', () => {
  const all = (resource: Content) => labelsOf(resource).map(({ code }) => code);
  const before = labelled(condition(hiv, label('N')));
  assert.deepEqual(all(before), ['N', 'HIV', 'R']);
  assert.deepEqual(all(labelled(condition(hiv, label('R')))), ['R', 'HIV']);
  assert.deepEqual(all(labelled(condition(note))), ['V', 'PSYTHPN']);
  assert.deepEqual(all(labelled({ ...before, code: {} }, JSON.stringify(before))), ['N']);
  assert.deepEqual(all(ordered(condition({}), [label('SDV')])), ['SDV', 'R']);
  assert.deepEqual(all(ordered(ordered(condition({}), [label('SDV')]), [])), []);
});

test('what a document says of itself counts, as far as it restricts', () => {
  const securityLabel = [{ coding: [label('R'), label('PSY'), { system: 'urn:example', code: 'HIV' }] }];
  const reference = { resourceType: 'DocumentReference', securityLabel };
  assert.deepEqual(told(labelled(reference)), ['table:R', 'table:PSY']);
  assert.deepEqual(told(labelled({ resourceType: 'Composition', confidentiality: 'V' })), ['table:V']);
  assert.deepEqual(told(labelled({ resourceType: 'Composition', confidentiality: 'N' })), []);
});

test('a new version is labelled anew: what the table no longer says goes, the author’s and the orders stay', () => {
  const before = ordered(labelled(condition(hiv, label('PSY'))), [label('SDV')]);
  assert.deepEqual(told(before), ['PSY', 'privacy-officer:SDV', 'table:HIV']);
  const harmless = { system: hiv.system, code: '44054006' };
  assert.deepEqual(rewritten({ ...before, code: { coding: [harmless] } }, before), ['PSY', 'privacy-officer:SDV']);
  assert.deepEqual(rewritten(condition(harmless), before), ['privacy-officer:SDV']);
  assert.deepEqual(rewritten(condition(hiv), before), ['privacy-officer:SDV', 'table:HIV']);
});

test('an order stands also where the author says the same, and ends only by order', () => {
  const before = ordered(condition(hiv, label('PSY')), [label('PSY')]);
  assert.deepEqual(told(before), ['PSY', 'privacy-officer:PSY', 'table:HIV']);
  assert.deepEqual(rewritten(condition(hiv), before), ['privacy-officer:PSY', 'table:HIV']);
  assert.deepEqual(told(ordered(before, [])), ['PSY', 'table:HIV']);
});

test('a mark that we did not make is its author’s word: a label from elsewhere is never lost', () => {
  const foreign = marked(label('PSY'), 'table');
  assert.deepEqual(told(labelled(condition(hiv, foreign))), ['PSY', 'table:HIV']);
  const forged = marked(label('SDV'), 'privacy-officer');
  assert.deepEqual(rewritten(condition(hiv, forged), condition(hiv)), ['SDV', 'table:HIV']);
});

test('property: labelling twice is labelling once, and no label of the author is lost', () => {
  const labels = fc.array(
    fc.record({
      of: fc.constantFrom('HIV', 'PSY', 'N', 'R', 'V', 'SDV'),
      hand: fc.constantFrom(undefined, 'table', 'privacy-officer'),
    }),
    { maxLength: 4 },
  );
  const codings = fc.constantFrom(hiv, note, { system: hiv.system, code: '44054006' });
  fc.assert(
    fc.property(labels, codings, (stated, coding) => {
      const security = stated.map(({ of, hand }) => (hand ? marked(label(of), hand) : label(of)));
      const once = labelled(condition(coding, ...security));
      assert.deepEqual(labelled(once, JSON.stringify(once)), once);
      for (const { of } of stated) assert.ok(labelsOf(once).some(({ code }) => code === of));
      for (const { code } of computed(once))
        assert.ok(code === 'R' || labelsOf(once).some((each) => each.code === code), code);
    }),
  );
});

const folder = '../shared/data/synthea-r4';
const skip = existsSync(folder) ? false : `NOT RUN: ${folder} is not there`;

suite('the bundles of Synthea', { skip }, () => {
  test('have sensitive resources of several kinds; a label costs microseconds', (t) => {
    const { computed: byTable } = labeller(labelTable(ownSets));
    const files = readdirSync(folder).filter((name) => name.endsWith('.gz'));
    const resources: Content[] = files.flatMap((file) => {
      const { entry } = JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString());
      return entry.map(({ resource }: { resource: Content }) => resource);
    });
    const counts: Record<string, number> = {};
    for (const resource of resources) for (const { code } of byTable(resource)) counts[code] = (counts[code] ?? 0) + 1;
    const rounds = Array.from({ length: 5 }, () => {
      const started = performance.now();
      for (const resource of resources) byTable(resource);
      return ((performance.now() - started) * 1000) / resources.length;
    });
    const fastest = Math.min(...rounds);
    t.diagnostic(`${resources.length} resources, ${fastest.toFixed(2)} µs each; ${JSON.stringify(counts)}`);
    for (const code of ['HIV', 'PSY', 'ETHUD', 'SUD', 'SEX', 'STD', 'GDIS']) assert.ok(counts[code]! > 0, code);
    assert.ok(fastest < 25, `${fastest} µs`); // 2 µs on an idle machine
  });
});
