import { setImmediate as breathe } from 'node:timers/promises';
import type { Clock } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { SealedAppend } from '../../../kernel/eventstore/sealed.ts';
import type { RecordsEvent } from '../domain/event.ts';
import { type Content, decide, type ResourceCommand } from '../domain/resource.ts';
import type { Fhir } from '../fhir/fhir.ts';
import type { Labeller } from '../labels/labeller.ts';
import type { Aim, FindAims } from './aims.ts';
import { agentOf, type Caller } from './caller.ts';
import { type Contents, contentOf, ownerOf } from './content.ts';
import { requireOwn } from './elsewhere.ts';
import type { Interaction, Outcome, Target } from './interaction.ts';
import type { Linker, Links } from './links.ts';
import { applyPatch } from './patch.ts';
import { placed } from './placed.ts';

/** What is to be appended for some writes, and what is then answered to each. */
export interface Plan {
  appends: SealedAppend<RecordsEvent>[];
  outcomes: Outcome[];
}

export type Planner = (caller: Caller, interactions: readonly Interaction[]) => Promise<Plan>;

interface Parts {
  aims: FindAims;
  linker: Linker;
  contents: Contents;
  fhir: Pick<Fhir, 'validate'>;
  labeller: Pick<Labeller, 'labelled'>;
  clock: Clock;
}

/** Decides on writes together: nothing is written yet. */
export function planner(parts: Parts): Planner {
  const { linker, clock } = parts;
  return async (caller, interactions) => {
    for (const { type } of interactions) requireOwn(type);
    const author = authorOf(caller);
    const aims = await parts.aims(caller, interactions);
    const links = await linker(caller, aims);
    const at = clock.now();
    const plan: Plan = { appends: [], outcomes: [] };
    for (const [index, each] of aims.entries()) {
      if (index % 20 === 19) await breathe(); // a large bundle leaves room for everybody else's requests
      decideOn(plan, each, { ...parts, caller, at, author, link: links.link });
    }
    await links.check();
    return plan;
  };
}

/** @throws Failure that names the entry of the bundle */
function decideOn(plan: Plan, aim: Aim, given: Circumstances): void {
  try {
    add(plan, aim, command(aim, given));
  } catch (error) {
    throw placed(error, aim.interaction);
  }
}

/** The author is the token's organisation, never a field of the body. */
function authorOf({ actor }: Caller): string {
  if (actor.organization) return actor.organization;
  throw new Failure('forbidden', 'Records are written by those who act for an organisation.');
}

interface Circumstances extends Pick<Parts, 'contents' | 'fhir' | 'labeller'> {
  caller: Caller;
  at: number;
  author: string;
  link: Links['link'];
}

/** Undefined where there is nothing to do. */
function command(aim: Aim, given: Circumstances): ResourceCommand | undefined {
  const { interaction, id, state, settled } = aim;
  const { caller, at, author, link, contents, fhir, labeller } = given;
  if (settled) return undefined;
  const circumstances = { id, at, by: agentOf(caller), request: caller.request };
  if (state.status !== 'none') requireAuthor(state.content.author, author);
  if (interaction.kind === 'delete') return { ...circumstances, ...ifMatch(interaction), type: 'delete' };
  const valid = fhir.validate(link(proposed(interaction, aim), interaction), interaction.type) as Content;
  const content = labeller.labelled(valid, state.status === 'none' ? undefined : state.content.json);
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
export function requireAuthor(author: string, organization: string): void {
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
  const status = { ResourceCreated: 201, ResourceUpdated: 200, ResourceRelabelled: 200, ResourceDeleted: 204 }[
    event.type
  ];
  const json = event.type === 'ResourceDeleted' ? {} : { json: event.json };
  plan.outcomes.push({ status, resourceType, id, version, at: event.at, ...json });
}
