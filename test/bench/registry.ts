import { tableOf } from '../../services/research/engine/table.ts';
import type { Candidate } from '../../services/research/registry/candidate.ts';
import { findingsOf } from '../../services/research/registry/check.ts';
import { emptyRegistry, type Registry, recorded, withSubjects } from '../../services/research/registry/registry.ts';
import type { Bench } from './figures.ts';

const people = 1_000_000;
const releases = 100;
const groups = 14;
/** Classes of 20 people, or two such together. */
const classSize = 20;
const limits = { k: 11, l: 3 };

/**
 * One more release beside a hundred, of a million people each, of which every release leaves out other classes; every
 * other one has coarser classes. Nothing is wrong with it: the check cannot stop early.
 */
export const bench: Bench = async (report) => {
  let registry = everybody();
  for (let index = 0; index < releases; index++)
    registry = recorded(registry, release(index), {
      id: `${index}`,
      definition: '',
      consentSnapshot: '',
      parameters: '',
      output: '',
      releasedAt: index,
    });
  const candidate = release(releases);
  const started = performance.now();
  const cpu = process.cpuUsage();
  const findings = findingsOf(registry, candidate, limits);
  const seconds = (performance.now() - started) / 1000;
  const cpuSeconds = process.cpuUsage(cpu).user / 1e6;
  if (findings.length) throw new Error(`the check found ${findings[0]!.reason}`);
  report({
    figure: 'check of a million people × 100 releases',
    value: seconds,
    unit: 's',
    goal: { atMost: 5 },
    context: { classes: candidate.recoding.classes, cpu_seconds: cpuSeconds },
  });
  report({ figure: 'memory of the registry', value: bytesOf(registry) / 1e6, unit: 'MB' });
};

function everybody(): Registry {
  const words = new Uint32Array(people * 4);
  for (let person = 0; person < people; person++) {
    words[person * 4] = Math.imul(person, 0x9e3779b1);
    words[person * 4 + 1] = person;
  }
  return withSubjects(emptyRegistry('everybody', groups), words).registry;
}

/** People stand in no order of their classes; a block of two small classes is in a release or not. */
function release(index: number): Candidate {
  const size = index % 2 ? 2 * classSize : classSize;
  const subjects = Int32Array.from({ length: people }, (_, person) => person);
  const place = subjects.map((person) => (person * 7919) % people);
  const parts = people / size;
  const left = (part: number) => (Math.floor((part * size) / (2 * classSize)) * 31 + index * 17) % 50 === 0;
  const kept = Array.from({ length: parts }, (_, part) => part).filter((part) => !left(part));
  const number = new Int32Array(parts).fill(-1);
  for (const [id, part] of kept.entries()) number[part] = id;
  const classOf = place.map((at) => number[Math.floor(at / size)]!);
  const classes = kept.length;
  const codes = new Int32Array(classes);
  const quasi = tableOf(['all'], [['*']]).columns;
  const sensitive = place.map((at) => at % groups);
  return { subjects, recoding: { quasi, classOf, classes, labels: 'node', low: [codes], high: [codes] }, sensitive };
}

function bytesOf({ subjects, releases: all, atomOf, atomSizes, possible }: Registry): number {
  const columns = all.flatMap(({ classOf, sizes, histograms, low, high }) => [
    classOf,
    sizes,
    histograms,
    ...low,
    ...high,
  ]);
  return [subjects.words, subjects.slots, atomOf, atomSizes, possible, ...columns].reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  );
}
