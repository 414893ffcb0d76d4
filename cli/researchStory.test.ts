import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Patient, Resource } from '@medplum/fhirtypes';
import { clinicPatients, isOfClinic } from '../demo/clinic.ts';
import { demoHistory } from '../demo/history.ts';
import { demoPatients } from '../demo/patients.ts';
import { demoPatientCount } from '../demo/seed.ts';
import { readCriteria } from '../services/research/cohort/criteria.ts';
import { terminologyOf } from '../services/research/cohort/terminology.ts';
import { recodeLocally } from '../services/research/engine/local/local.ts';
import { measure } from '../services/research/engine/measured.ts';
import { publishedText } from '../services/research/engine/recoding.ts';
import { readPrivacy } from '../services/research/privacy/plan.ts';
import type { Candidate } from '../services/research/registry/candidate.ts';
import { emptyRegistry, recorded, withSubjects } from '../services/research/registry/registry.ts';
import { checkRelease } from '../services/research/registry/verdict.ts';
import { peopleTable } from '../services/research/rows/people.ts';
import { readExtract } from '../services/research/rows/person.ts';
import { certainOf, threeOfOneClass } from './researchStoryClass.ts';
import { clinicSize } from './researchStoryPeople.ts';
import { cohort, extract, privacy } from './researchStoryStudy.ts';

const histories = [
  ...demoPatients(demoPatientCount).map((patient) => ({ login: patient.login, history: demoHistory(patient) })),
  ...clinicPatients(clinicSize).map(({ history }) => ({ login: undefined, history })),
];
const people = histories
  .filter((_, index) => index % 10 !== 9)
  .map(({ login, history }) => {
    const record = history.entry!.map(({ resource }) => resource as Resource);
    const resource = record.find(({ resourceType }) => resourceType === 'Patient') as Patient;
    return { login, record, resource, affected: isOfClinic(history) };
  });
const read = readExtract(extract);
const plan = readPrivacy(privacy, read);
const rules = { k: plan.model.k, l: plan.sensitive!.l, mostWithheld: plan.suppression };

function release(min: number, without: readonly unknown[] = []) {
  const criteria = readCriteria(cohort(min), terminologyOf(), 0);
  const members = [...people.keys()].filter(
    (at) => !without.includes(people[at]) && criteria.holds(people[at]!.record as never) === true,
  );
  const rows = members.map((at) => read.row(people[at]!.record, 0)!);
  const { table } = peopleTable(read, rows, plan.hierarchies);
  const recoding = recodeLocally(table, plan.model);
  const candidate: Candidate = {
    subjects: Int32Array.from(members),
    recoding,
    sensitive: table.columns.at(-1)!.codes,
  };
  return { table, members, candidate };
}

test('the story’s cohort can be released, and again when three of one class have withdrawn; half of it cannot', () => {
  const { table, members, candidate } = release(18);
  const { recoding } = candidate;
  const { k, sensitive } = measure(table, plan.model, recoding);
  assert.ok(k >= 11 && sensitive!.distinct >= 3 && sensitive!.equalDistance <= 0.3);
  const pseudonyms = Uint32Array.from({ length: people.length * 4 }, (_, word) => word + 1);
  const { registry } = withSubjects(emptyRegistry('everybody', plan.sensitive!.groups.length), pseudonyms);
  assert.equal(checkRelease(registry, candidate, rules).verdict, 'accepted');
  const notes = { id: '1', definition: '', consentSnapshot: '', parameters: '', output: '', releasedAt: 0 };
  const after = recorded(registry, candidate, notes);

  const released = Array.from(recoding.classOf, (id) => {
    const [age, sex, home] = [0, 1, 2].map((column) => publishedText(recoding, id, column));
    return { age: age!, sex: sex!, home: home! };
  });
  const inside = members.map((at) => people[at]!);
  const three = threeOfOneClass(certainOf(released, inside), Math.floor(0.05 * (members.length - 3)))!;
  assert.ok(three[0]!.login, 'one of them can log in');
  const classes = new Set(three.map((each) => recoding.classOf[inside.indexOf(each)]));
  assert.equal(classes.size, 1);

  const again = checkRelease(after, release(18, three).candidate, rules);
  assert.ok(again.verdict === 'changed' && again.changes.includes('frozen') && again.changes.includes('withheld'));
  assert.equal(checkRelease(after, release(40).candidate, rules).verdict, 'refused');
});

test('who is of the cohort is known beforehand', () => {
  const criteria = readCriteria(cohort(), terminologyOf(), 0);
  for (const { record, affected } of people) assert.equal(criteria.holds(record as never) === true, affected);
});
