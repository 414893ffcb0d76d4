import { type Clock, type Ids, timedUuid } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { SealedAppend } from '../../../kernel/eventstore/sealed.ts';
import type { RecordsEvent } from '../domain/event.ts';
import { noResource, type Resource } from '../domain/resource.ts';
import { type Caller, requireScope } from './caller.ts';
import type { Conditions } from './conditions.ts';
import type { Contents } from './content.ts';
import type { Guard } from './guard.ts';
import type { Interaction } from './interaction.ts';
import { placed } from './placed.ts';
import type { Resources } from './resources.ts';

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

/**
 * Finds what each write is about. What depends on existing content passes the guard first; what the caller may not read
 * is answered as if it were not there.
 * @throws Failure `forbidden` for scopes and refusals, `multiple-matches`, `not-found` and `invalid` as FHIR has them
 */
export type FindAims = (caller: Caller, interactions: readonly Interaction[]) => Promise<Aim[]>;

interface Parts {
  guard: Guard;
  resources: Resources;
  contents: Contents;
  conditions: Conditions;
  clock: Clock;
  ids: Ids;
}

export function aimer({ guard, resources, contents, conditions, clock, ids }: Parts): FindAims {
  /** A patient's says nothing, not even since when. */
  const newId = (type: string) => (type === 'Patient' ? ids.uuid() : timedUuid(ids.uuid(), clock.now()));

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
    const id = newId(interaction.type);
    return { interaction, id, state: noResource, reservation: reserve(id) };
  }

  async function aimOf(caller: Caller, interaction: Interaction): Promise<Aim> {
    requireScope(caller, interaction.type, scopes[interaction.kind]);
    if (interaction.kind === 'create') {
      if (interaction.ifNoneExist !== undefined) return byCondition(caller, interaction, interaction.ifNoneExist);
      return { interaction, id: newId(interaction.type), state: noResource };
    }
    const { id, query } = interaction;
    if (id === undefined) return byCondition(caller, interaction, query ?? '');
    return { interaction, id, state: await readable(caller, interaction.type, id) };
  }

  async function one(caller: Caller, interaction: Interaction): Promise<Aim> {
    try {
      return await aimOf(caller, interaction);
    } catch (error) {
      throw placed(error, interaction);
    }
  }

  return async (caller, interactions) => {
    const aims: Aim[] = [];
    const conditional = new Map<string, Aim>();
    for (const interaction of interactions) {
      const condition = conditionOf(interaction);
      const before = condition === undefined ? undefined : conditional.get(condition);
      const aim: Aim = before ? { ...before, interaction, settled: true } : await one(caller, interaction);
      if (condition !== undefined) conditional.set(condition, aim);
      aims.push(aim);
    }
    requireDistinct(aims);
    return aims;
  };
}

const scopes = { create: 'c', update: 'u', patch: 'u', delete: 'd' } as const;

/** Of two entries of a transaction with the same If-None-Exist, the second means the first one's resource. */
function conditionOf(interaction: Interaction): string | undefined {
  if (interaction.kind !== 'create' || interaction.ifNoneExist === undefined) return undefined;
  return `${interaction.type}?${interaction.ifNoneExist}`;
}

/** FHIR R4 §3.1.0.11.2: no two entries of a transaction may be about the same resource. */
function requireDistinct(aims: readonly Aim[]): void {
  const seen = new Set<string>();
  for (const { interaction, id, settled } of aims) {
    const reference = `${interaction.type}/${id}`;
    const { entry } = interaction;
    if (!settled && seen.has(reference)) {
      throw new Failure('invalid', `Two entries are about ${reference}.`, { expression: [entry ?? 'Bundle.entry'] });
    }
    if (!settled) seen.add(reference);
  }
}
