import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { untar } from '../package/tar.ts';
import { researchWorld } from './world.ts';

export const terms = { ethics_approval: 'EC 2026-17', data_use: 'Blood pressure research, two years' };
const states = ['single', 'married', 'widowed', 'divorced'];
const column = [
  { name: 'born', path: 'birthDate' },
  { name: 'sex', path: 'gender' },
  { name: 'status', path: 'maritalStatus.text' },
];
export const everybody = {
  criteria: { type: 'sex', of: ['female', 'male'] },
  extract: {
    person: { resource: 'Patient', select: [{ column }] },
    columns: [
      { column: 'born', as: 'age', at: '2026-01-01' },
      { column: 'sex', as: 'text' },
      { column: 'status', as: 'text' },
    ],
  },
  privacy: {
    columns: {
      born: { role: 'quasi-identifier' },
      sex: { role: 'quasi-identifier' },
      status: { role: 'sensitive', hierarchy: states.map((state) => [state, '*']) },
    },
  },
};
type Definition = typeof everybody;

/** People of whom any sixty neighbours look much alike. */
const person = (n: number) => ({
  id: `p-${n}`,
  gender: n % 2 ? ('male' as const) : ('female' as const),
  birthDate: `${1940 + (Math.floor(n / 8) % 60)}-05-01`,
  maritalStatus: { text: states[Math.floor(n / 2) % states.length]! },
});

/** A study with an approved request for everybody's data. */
export async function approved(t: TestContext, size = 240, options: Parameters<typeof researchWorld>[1] = {}) {
  const world = await researchWorld(t, options);
  world.participants.push(...Array.from({ length: size }, (_, n) => person(n)));
  const post = async (as: string, path: string, body?: object) => {
    const answer = await world.call(as, 'POST', path, body);
    assert.ok(answer.status < 300, answer.text);
    return answer.body;
  };
  const { id } = await post('hale', '/studies', { title: 'Status & age', purpose_of_use: 'HRESCH', ...terms });
  const path = `/studies/${id}`;

  /** A request that is approved; the path of it. */
  async function request(definition: Definition = everybody, recipients = ['hale']): Promise<string> {
    const { definition: number } = await post('hale', `${path}/definitions`, definition);
    await post('hale', `${path}/definitions/${number}/feasibility`);
    const { id: asked } = await post('reed', `${path}/requests`, { definition: number, recipients });
    await post('gray', `${path}/requests/${asked}/approve`);
    return `${path}/requests/${asked}`;
  }
  return { ...world, post, path, study: id as string, request };
}
export type World = Awaited<ReturnType<typeof approved>>;

/** The build of a request once it has come so far. */
export async function until({ call }: World, request: string, ...statuses: string[]) {
  for (;;) {
    const { body } = await call('hale', 'GET', `${request}/build`);
    if (statuses.includes(body.status)) return body;
    await pause(10);
  }
}
export async function built(world: World, request: string, ...statuses: string[]) {
  await world.post('hale', `${request}/build`);
  return until(world, request, ...(statuses.length ? statuses : ['sealed', 'failed']));
}

export async function download({ call }: World, release: string, as = 'hale') {
  const { body } = await call(as, 'GET', `/releases/${release}`);
  return call(as, 'GET', `/releases/${release}/package?terms=${body?.terms}`);
}

export async function text(world: World, release: string, name: string): Promise<string> {
  return Buffer.from(untar((await download(world, release)).bytes).get(name)!).toString();
}
