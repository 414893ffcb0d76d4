import type { Json } from '../../../contracts/rules/criteria.ts';
import { parseStatement } from '../../../contracts/rules/parse.ts';
import type { ConsentState, Deployment } from '../../../contracts/rules/state.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { ConsentEvent } from '../domain/consent.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import { type Patient, type PatientEvent, patient } from '../domain/patient.ts';

/** A patient's stream, folded: as commands look at it, and as the rules do. */
export interface Folded {
  patient: Patient;
  /** Statements are parsed once, here. */
  rules: ConsentState;
}

export const unfolded: Folded = { patient: patient.initial, rules: { consents: [], declarations: [] } };

/** The fold with the next events of the stream. */
export function fold(
  before: Folded,
  recorded: readonly Recorded<ConsentServiceEvent>[],
  deployment: Deployment,
): Folded {
  return recorded.reduce((folded, { event }) => {
    const happened = event as PatientEvent;
    const after = patient.evolve(folded.patient, happened);
    return { patient: after, rules: nextRules(folded.rules, happened, after.version, deployment) };
  }, before);
}

function nextRules(state: ConsentState, event: PatientEvent, position: number, deployment: Deployment): ConsentState {
  switch (event.type) {
    case 'ConsentGranted':
    case 'ConsentAmended':
      return { ...state, consents: [...others(state, event), activeConsent(event, position, deployment)] };
    case 'ConsentRevoked':
      return { ...state, consents: others(state, event) };
    case 'BreakGlassDeclared': {
      const { id, clinician, from, until } = event;
      return { ...state, declarations: [...state.declarations, { id, clinician, from, until }] };
    }
    case 'BreakGlassEnded':
      return { ...state, declarations: state.declarations.filter(({ id }) => id !== event.id) };
    case 'BreakGlassReviewed':
    case 'PseudonymChosen':
    case 'PolicyRestated':
      return state;
    default:
      return event satisfies never;
  }
}

const others = ({ consents }: ConsentState, { consent }: ConsentEvent) => consents.filter(({ id }) => id !== consent);

function activeConsent({ consent, resource }: ConsentEvent, position: number, deployment: Deployment) {
  const statement = parseStatement(resource as unknown as Json, deployment);
  return { id: consent, version: Number(resource.meta!.versionId), position, statement };
}
