import { setImmediate as breathe } from 'node:timers/promises';
import type { Clock, Ids } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { SealedAppend } from '../../../kernel/eventstore/sealed.ts';
import type { RecordsEvent } from '../domain/event.ts';
import { type Content, decide, noResource, type Resource, type ResourceCommand } from '../domain/resource.ts';
import type { Fhir } from '../fhir/fhir.ts';
import { agentOf, type Caller, requireScope } from './caller.ts';
import type { Conditions } from './conditions.ts';
import { type Contents, contentOf, ownerOf } from './content.ts';
import type { Guard } from './guard.ts';
import type { Interaction, Outcome, Target } from './interaction.ts';
import type { Linker } from './links.ts';
import { applyPatch } from './patch.ts';
import type { Resources } from './resources.ts';

/** What is to be appended for some writes, and what is then answered to each. */
export interface Plan {
  appends: SealedAppend<RecordsEvent>[];
  outcomes: Outcome[];
}

/** The resource that a write is about, as it stands. */
export interface Aim {
  interaction: Interaction;
  id: string;
  state: Resource;
  /** The condition that it rests on. */
  reservation?: SealedAppend<RecordsEvent>;
  /** A conditional create that has nothing to do. */
  settled?: boolean;
}

export type Planner = (caller: Caller, interactions: readonly Interaction[]) => Promise<Plan>;

interface Parts {
  guard: Guard;
  resources: Resources;
  contents: Contents;
  fhir: Pick<Fhir, 'validate'>;
  conditions: Conditions;
  linker: Linker;
  clock: Clock;
  ids: Ids;
}

/** Decides on writes together: nothing is written yet. */
export function planner(parts: Parts): Planner {
  const { linker, clock } = parts;
  const aim = aimer(parts);
  return async (caller, interactions) => {
    const author = authorOf(caller);
    const aims = await aim(caller, interactions);
    requireDistinct(aims);
    const links = await linker(caller, aims);
    const at = clock.now();
    const plan: Plan = { appends: [], outcomes: [] };
    for (const [index, each] of aims.entries()) {
      if (index % 20 === 19) await breathe(); // a large bundle leaves room for everybody else's requests
      add(plan, each, command(each, { ...parts, caller, at, author, link: links.link }));
    }
    await links.check();
    return plan;
  };
}

/** Finds what each write is about; what the caller may not read is answered as if it were not there. */
function aimer({ guard, resources, contents, conditions, ids }: Parts) {
  async function readable(caller: Caller, type: string, id: string): Promise<Resource> {
    const state = await resources.current(type, id);
    const patients = state.status === 'none' ? [] : state.content.patients;
    if (state.status === 'none' && contents.isDirectory(type)) return state;
    return guard.answer<Resource>({ caller, patients }, (verdict) => {
      if (state.status === 'none' || !verdict.permits(contents.guarded(state.content)))
        return contents.refused(type, id);
      return { answer: state, entities: [{ type, id, version: state.version }] };
    });
  }

  async function byCondition(caller: Caller, interaction: Interaction, query: string): Promise<Aim> {
    const { found, reserve } = await conditions.find(caller, interaction.type, query);
    if (found) {
      const settled = interaction.kind === 'create';
      return { interaction, id: found.content.id, state: found, settled };
    }
    if (interaction.kind === 'patch' || interaction.kind === 'delete')
      throw new Failure('not-found', 'Nothing here meets the condition.');
    const id = ids.uuid();
    return { interaction, id, state: noResource, reservation: reserve(id) };
  }

  async function one(caller: Caller, interaction: Interaction): Promise<Aim> {
    requireScope(caller, interaction.type, scopes[interaction.kind]);
    if (interaction.kind === 'create') {
      if (interaction.ifNoneExist !== undefined) return byCondition(caller, interaction, interaction.ifNoneExist);
      return { interaction, id: ids.uuid(), state: noResource };
    }
    const { id, query } = interaction;
    if (id === undefined) return byCondition(caller, interaction, query ?? '');
    return { interaction, id, state: await readable(caller, interaction.type, id) };
  }

  return async (caller: Caller, interactions: readonly Interaction[]): Promise<Aim[]> => {
    const aims: Aim[] = [];
    const conditional = new Map<string, Aim>();
    for (const interaction of interactions) {
      const condition = interaction.kind === 'create' && `${interaction.type}?${interaction.ifNoneExist}`;
      const same = condition && interaction.ifNoneExist !== undefined ? conditional.get(condition) : undefined;
      const aim: Aim = same ? { ...same, interaction, settled: true } : await one(caller, interaction);
      if (condition && interaction.ifNoneExist !== undefined) conditional.set(condition, aim);
      aims.push(aim);
    }
    return aims;
  };
}

const scopes = { create: 'c', update: 'u', patch: 'u', delete: 'd' } as const;

/** The author is the token's organisation, never a field of the body. */
function authorOf({ actor }: Caller): string {
  if (actor.organization) return actor.organization;
  throw new Failure('forbidden', 'Records are written by those who act for an organisation.');
}

/** FHIR R4 §3.1.0.11.2: no two entries of a transaction may be about the same resource. */
function requireDistinct(aims: readonly Aim[]): void {
  const seen = new Set<string>();
  for (const { interaction, id, settled } of aims) {
    const reference = `${interaction.type}/${id}`;
    if (!settled && seen.has(reference)) {
      throw new Failure('invalid', `Two entries are about ${reference}.`, { expression: ['Bundle.entry'] });
    }
    if (!settled) seen.add(reference);
  }
}

interface Circumstances extends Pick<Parts, 'contents' | 'fhir'> {
  caller: Caller;
  at: number;
  author: string;
  link(resource: unknown, type: string): unknown;
}

/** Undefined where there is nothing to do. */
function command(aim: Aim, given: Circumstances): ResourceCommand | undefined {
  const { interaction, id, state, settled } = aim;
  const { caller, at, author, link, contents, fhir } = given;
  if (settled) return undefined;
  const circumstances = { id, at, by: agentOf(caller), request: caller.request };
  if (state.status !== 'none') requireAuthor(state.content.author, author);
  if (interaction.kind === 'delete') return { ...circumstances, ...ifMatch(interaction), type: 'delete' };
  const content = fhir.validate(link(proposed(interaction, aim), interaction.type), interaction.type) as Content;
  if (interaction.kind !== 'create') requireSameId(content, aim);
  const written = { ...circumstances, content, patients: contents.patientsIn({ ...content, id }) };
  if (state.status !== 'none') return { ...written, ...ifMatch(interaction as Target), type: 'update' };
  if (interaction.kind === 'update') requireAbsent(interaction);
  return { ...written, author, type: 'create' };
}

/** What the resource is to become, before its references are looked at. */
function proposed(interaction: Exclude<Interaction, { kind: 'delete' }>, { state }: Aim): unknown {
  if (interaction.kind !== 'patch') return interaction.resource;
  if (state.status !== 'current') throw new Failure('not-found', 'There is nothing here to patch.');
  return applyPatch(contentOf(state.content), interaction.patch);
}

const ifMatch = ({ ifMatch: version }: Target) => (version === undefined ? {} : { ifMatch: version });

/** Records are corrected by those who wrote them: that somebody lets others read does not let them rewrite. */
function requireAuthor(author: string, organization: string): void {
  if (author === organization) return;
  throw new Failure('forbidden', 'Only the organisation that wrote a resource may change it.');
}

function requireSameId({ resourceType, id }: Content, aim: Aim): void {
  const conditional = (aim.interaction as Target).id === undefined;
  if (id === aim.id || (conditional && id === undefined)) return;
  throw new Failure('invalid', 'The id in the body is not the one that is addressed.', {
    expression: [`${resourceType}.id`],
  });
}

function requireAbsent({ ifMatch: version }: Target): void {
  if (version === undefined) return;
  throw new Failure('precondition-failed', 'There is no such version: the resource is not there yet.');
}

function add(plan: Plan, aim: Aim, wanted: ResourceCommand | undefined): void {
  const { interaction, id, state, reservation } = aim;
  const { type: resourceType } = interaction;
  const [event] = wanted ? decide(wanted, state) : [];
  if (!event) {
    const status = interaction.kind === 'delete' ? 204 : 200;
    const known = state.status === 'none' ? { version: 0, at: 0 } : { version: state.version, at: state.content.at };
    const json = state.status === 'current' ? { json: state.content.json } : {};
    plan.outcomes.push({ status, resourceType, id, ...known, ...json });
    return;
  }
  const version = state.version + 1;
  const stream = `${resourceType}/${id}`;
  plan.appends.push({ stream, expected: state.version, owner: ownerOf(event), events: [event] });
  if (reservation) plan.appends.push(reservation);
  const status = { ResourceCreated: 201, ResourceUpdated: 200, ResourceDeleted: 204 }[event.type];
  const json = event.type === 'ResourceDeleted' ? {} : { json: event.json };
  plan.outcomes.push({ status, resourceType, id, version, at: event.at, ...json });
}
