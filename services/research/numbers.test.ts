import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { type Emitted, type Known, overheard, walk } from './testing/emitted.ts';
import { type Participant, type ResearchWorld, researchWorld } from './testing/world.ts';

const terms = { ethics_approval: 'EC 17', data_use: 'blood pressure research' };
const states = ['single', 'married', 'widowed', 'divorced'];
const column = [
  { name: 'born', path: 'birthDate' },
  { name: 'status', path: 'maritalStatus.text' },
];
const women = {
  criteria: { type: 'sex', of: ['female'] },
  extract: {
    person: { resource: 'Patient', select: [{ column }] },
    columns: [
      { column: 'born', as: 'age', at: '2026-01-01' },
      { column: 'status', as: 'text' },
    ],
  },
  privacy: {
    columns: {
      born: { role: 'quasi-identifier' },
      status: { role: 'sensitive', hierarchy: states.map((state) => [state, '*']) },
    },
  },
};

const person = (n: number, gender: Participant['gender']): Participant => ({
  id: `${gender}-${n}`,
  gender,
  birthDate: `${1940 + (Math.floor(n / 8) % 60)}-05-01`,
  maritalStatus: { text: states[Math.floor(n / 2) % states.length]! },
});
const some = (count: number, gender: Participant['gender']) =>
  Array.from({ length: count }, (_, n) => person(n, gender));

/** A study from its registration to a build, with all that was said on the way and can be asked afterwards. */
async function way(t: TestContext, members: number, others: number) {
  const { heard, engines, log } = overheard();
  const world = await researchWorld(t, { disk: engines, log });
  world.participants.push(...some(members, 'female'), ...some(others, 'male'));
  const answers: Emitted[] = [];
  const post = async (as: string, path: string, body?: object) => {
    const answer = await world.call(as, 'POST', path, body);
    answers.push({ where: `${as} POST`, text: answer.text });
    return answer.body;
  };
  const { id: study } = await post('hale', '/studies', { title: 'T', purpose_of_use: 'HRESCH', ...terms });
  const of = `/studies/${study}`;
  await post('hale', `${of}/definitions`, women);
  const told = await post('hale', `${of}/definitions/1/feasibility`);
  const { id: request } = await post('hale', `${of}/requests`, { definition: 1 });
  await post('gray', `${of}/requests/${request}/approve`);
  await post('hale', `${of}/requests/${request}/build`);
  const build = await ended(world, `${of}/requests/${request}/build`);
  const known: Known = { study, definition: 1, request, release: build.release };
  const walked = await walk(world, known);
  await published(world);
  await world.stop();
  return { told, build, emitted: [...answers, ...walked, ...heard] };
}

async function ended({ call }: ResearchWorld, path: string) {
  for (;;) {
    const { body } = await call('hale', 'GET', path);
    if (['sealed', 'failed'].includes(body.status)) return body;
    await pause(5);
  }
}

/** Until all that happened is on the bus. */
async function published({ metrics }: ResearchWorld): Promise<void> {
  while (!/^healthchain_relay_lag\{[^}]*\} 0$/m.test(await metrics.text())) await pause(5);
}

/** Without what is random or lasts: ids, hashes, keys; durations and sizes of the process, where in the code it was. */
const plain = ({ where, text }: Emitted): string =>
  `${where}: ${text
    .split('\n')
    .filter((line) => !/_seconds|_bytes|_lag/.test(line))
    .join('\n')
    .replace(/"stack":"[^"]*"/g, '')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id')
    .replace(/[\w+/=-]{22,}/g, 'hash')}`;

test('whether few people belong or none, and how many consent, changes nothing that leaves the service', async (t) => {
  const few = fc.record({ members: fc.integer({ min: 0, max: 10 }), others: fc.integer({ min: 0, max: 40 }) });
  const { told, build, emitted } = await way(t, 0, 0);
  const none = new Set(emitted.map(plain));
  assert.ok(none.size > 60 && build.status === 'failed', JSON.stringify(build));
  await fc.assert(
    fc.asyncProperty(few, async ({ members, others }) => {
      const other = await way(t, members, others);
      fc.pre(JSON.stringify(other.told) === JSON.stringify(told)); // noise may have told a number
      const some = new Set(other.emitted.map(plain));
      const differs = [...some].filter((each) => !none.has(each)).concat([...none].filter((each) => !some.has(each)));
      assert.deepEqual(differs, []);
    }),
    { numRuns: 4, endOnFailure: true },
  );
});

/** Numbers that stand alone: no parts of words, ids or dates. */
const numbersIn = (text: string): number[] => (text.match(/(?<![\w.-])\d+(?:\.\d+)?(?![\w-]|\.\d)/g) ?? []).map(Number);

test('of a release, no number tells how many consent, belong, or were left out', async (t) => {
  const sizes = fc.record({ members: fc.integer({ min: 301, max: 499 }), others: fc.integer({ min: 501, max: 899 }) });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ members, others }) => {
      fc.pre(members % 5 > 0 && others % 5 > 0);
      const { build, emitted } = await way(t, members, others);
      assert.equal(build.status, 'sealed', JSON.stringify(build));
      const rows = emitted.find(({ where }) => where === 'package rows')!.text;
      const all = members + others;
      const secrets = [members, others, all, members / all, others / all].filter((secret) => `${secret}` !== rows);
      for (const { where, text } of emitted)
        for (const number of numbersIn(text))
          for (const secret of secrets)
            assert.ok(Math.abs(number / secret - 1) > 1e-4, `${where} tells ${secret}: ${number}`);
    }),
    { numRuns: 2, endOnFailure: true },
  );
});
