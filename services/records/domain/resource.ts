import { Failure } from '../../../kernel/errors.ts';
import type { Agent } from './agent.ts';

/** A FHIR resource as it came in, validated. */
export type Content = Readonly<Record<string, unknown>> & { readonly resourceType: string; readonly meta?: object };

/** What became of a resource; each event holds the whole of it, so that the newest one is its state. */
export interface ResourceEvent {
  type: 'ResourceCreated' | 'ResourceUpdated' | 'ResourceRelabelled' | 'ResourceDeleted';
  resourceType: string;
  id: string;
  /** The resource as JSON text, with its id and meta; of a deletion: as it was before. */
  json: string;
  /** Ids of the patients in whose compartment it is, sorted; the first one's key seals it. */
  patients: string[];
  /** Organisation whose token created it, empty for a person who acts for none. Never a field of the content. */
  author: string;
  /** Milliseconds since the epoch; meta.lastUpdated. */
  at: number;
  by: Agent;
  request: string;
}

export type Resource =
  | { status: 'none'; version: 0 }
  | {
      status: 'current' | 'deleted';
      /** FHIR versionId: the version of the stream. */
      version: number;
      content: ResourceEvent;
    };

interface Circumstances {
  id: string;
  at: number;
  by: Agent;
  request: string;
}

export type ResourceCommand = Circumstances &
  (
    | { type: 'create'; content: Content; patients: string[]; author: string }
    | { type: 'update'; content: Content; patients: string[]; ifMatch?: number }
    | { type: 'relabel'; content: Content }
    | { type: 'delete'; ifMatch?: number }
  );

export const noResource: Resource = { status: 'none', version: 0 };

/**
 * Create, update, relabel or delete. Nothing to delete decides nothing, nor do labels that are there already.
 * @throws Failure `duplicate`, `not-found`, `precondition-failed` (If-Match), `business-rule` (another patient)
 */
export function decide(command: ResourceCommand, state: Resource): ResourceEvent[] {
  switch (command.type) {
    case 'create':
      if (state.status === 'current') throw new Failure('duplicate', 'There is a resource with this id already.');
      return [written('ResourceCreated', command, command.patients, state, command.author)];
    case 'update':
      return [updated(command, state)];
    case 'relabel':
      return relabelled(command, state);
    case 'delete':
      requireMatch(command.ifMatch, state);
      if (state.status !== 'current') return [];
      return [{ ...state.content, ...circumstances(command), type: 'ResourceDeleted' }];
    default:
      return command satisfies never;
  }
}

/** The newest event is the whole state. */
export function evolve(state: Resource, event: ResourceEvent): Resource {
  const status = event.type === 'ResourceDeleted' ? 'deleted' : 'current';
  return { status, version: state.version + 1, content: event };
}

type Written = Extract<ResourceCommand, { type: 'create' | 'update' | 'relabel' }>;

function updated(command: Written & { type: 'update' }, state: Resource): ResourceEvent {
  requireMatch(command.ifMatch, state);
  if (state.status === 'none') throw new Failure('not-found', 'There is no such resource to update.');
  const { patients, author } = state.content;
  if (patients.join() !== command.patients.join()) {
    const text = 'A resource stays with its patient: create another one, and delete this one.';
    throw new Failure('business-rule', text, { expression: [command.content.resourceType] });
  }
  return written('ResourceUpdated', command, patients, state, author);
}

/** The same resource under other labels: whose it is does not change. */
function relabelled(command: Written & { type: 'relabel' }, state: Resource): ResourceEvent[] {
  if (state.status !== 'current') throw new Failure('not-found', 'There is no such resource to label.');
  const { patients, author, json } = state.content;
  if (labelsOf(command.content) === labelsOf(JSON.parse(json))) return [];
  return [written('ResourceRelabelled', command, patients, state, author)];
}

const labelsOf = ({ meta }: Content) => JSON.stringify((meta as { security?: unknown } | undefined)?.security);

function written(
  type: ResourceEvent['type'],
  command: Written,
  patients: string[],
  state: Resource,
  author: string,
): ResourceEvent {
  const { content } = command;
  const json = stamped(command, state.version + 1);
  return { type, resourceType: content.resourceType, json, patients, author, ...circumstances(command) };
}

const circumstances = ({ id, at, by, request }: ResourceCommand): Circumstances => ({ id, at, by, request });

/** The content as it is answered ever after: with the server's id and meta in place of the client's. */
function stamped({ id, at, content }: Written, version: number): string {
  const { resourceType, id: _, meta, ...rest } = content;
  const server = { versionId: String(version), lastUpdated: new Date(at).toISOString() };
  return JSON.stringify({ resourceType, id, meta: { ...meta, ...server }, ...rest });
}

function requireMatch(ifMatch: number | undefined, { version }: Resource): void {
  if (ifMatch === undefined || ifMatch === version) return;
  throw new Failure('precondition-failed', 'The resource has changed since: read it again and repeat the change.');
}
