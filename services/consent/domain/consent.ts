import type { Consent } from '@medplum/fhirtypes';
import { Failure } from '../../../kernel/errors.ts';
import type { Agent } from './agent.ts';

interface Stated {
  /** Its FHIR id. */
  consent: string;
  /** The whole resource, with the id, version and time that it has from now on. */
  resource: Consent;
  by: Agent;
}
export interface ConsentGranted extends Stated {
  type: 'ConsentGranted';
  /** SHA-256 of the attached document, hex. */
  document?: string;
}
export interface ConsentAmended extends Stated {
  type: 'ConsentAmended';
  document?: string;
}
export interface ConsentRevoked extends Stated {
  type: 'ConsentRevoked';
  /** In the words of whoever revoked. */
  reason?: string;
}
export type ConsentEvent = ConsentGranted | ConsentAmended | ConsentRevoked;

interface Statement extends Stated {
  document?: string;
  /** When it is decided, milliseconds since the epoch. */
  at: number;
}
export type ConsentCommand =
  | ({ type: 'grant' } & Statement)
  | ({ type: 'amend'; ifMatch?: number } & Statement)
  | ({ type: 'revoke'; ifMatch?: number; reason?: string } & Statement);

/** What one consent has come to. */
export interface ConsentEntry {
  status: 'active' | 'revoked';
  /** Where each of its versions stands in the patient's stream, the first version first. */
  positions: readonly number[];
  /** Who stated the current version. */
  by: Agent;
}
export type Consents = ReadonlyMap<string, ConsentEntry>;

/** Consent.status of a consent that is over. */
export const endedStatuses = ['inactive', 'rejected', 'entered-in-error'] as const;

/** The consents of one patient: granted, amended, revoked. A revoked one stays revoked. */
export const consents = { initial: new Map() as Consents, decide, evolve };

function decide(command: ConsentCommand, state: Consents): ConsentEvent[] {
  const { type, at, ...stated } = command;
  const entry = state.get(command.consent);
  if (type === 'grant') {
    if (entry) throw new Failure('duplicate', 'There is a consent with this id already.');
    const { consent, document, by } = command;
    const granted = { consent, resource: asVersion(1, command), by, ...(document && { document }) };
    return [{ type: 'ConsentGranted', ...granted }];
  }
  if (!entry) throw new Failure('not-found', 'There is no such consent, or it is not yours to see.');
  const { ifMatch, ...content } = stated as Omit<typeof stated, 'ifMatch'> & { ifMatch?: number };
  const version = entry.positions.length;
  if (ifMatch !== undefined && ifMatch !== version) {
    throw new Failure('precondition-failed', `The consent is at version ${version}; read it again and retry.`);
  }
  if (entry.status === 'revoked') {
    if (type === 'revoke') return [];
    throw new Failure('business-rule', 'A consent that was revoked stays revoked: grant a new one.');
  }
  const resource = asVersion(version + 1, command);
  return [{ ...content, type: type === 'amend' ? 'ConsentAmended' : 'ConsentRevoked', resource }];
}

function asVersion(version: number, { consent, resource, at }: Statement): Consent {
  const meta = { ...resource.meta, versionId: String(version), lastUpdated: new Date(at).toISOString() };
  return { ...resource, id: consent, meta };
}

/** @param position of the event in the patient's stream */
function evolve(state: Consents, event: ConsentEvent, position: number): Consents {
  const positions = [...(state.get(event.consent)?.positions ?? []), position];
  const status = event.type === 'ConsentRevoked' ? 'revoked' : 'active';
  return new Map(state).set(event.consent, { status, positions, by: event.by });
}
