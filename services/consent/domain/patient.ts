import { type BreakGlassEvent, breakGlass, type Declarations } from './breakGlass.ts';
import { type ConsentEvent, type Consents, consents } from './consent.ts';

/** The first event of every patient's stream: what their pseudonyms on the ledger are derived from. */
export interface PseudonymChosen {
  type: 'PseudonymChosen';
  /** 32 random bytes, base64. Erasure destroys it, and with it all meaning of what the ledger keeps. */
  secret: string;
}
/** What the consents say has come to mean something else: the settings that decide changed. The ledger must know. */
export interface PolicyRestated {
  type: 'PolicyRestated';
}
export type PatientEvent = PseudonymChosen | PolicyRestated | ConsentEvent | BreakGlassEvent;

/** What a patient's one stream comes to. */
export interface Patient {
  /** Of the stream. */
  version: number;
  consents: Consents;
  declarations: Declarations;
}

/** Stream `consent/<patient>`: consents and declared emergencies in one order. */
export const patient = {
  initial: { version: 0, consents: consents.initial, declarations: breakGlass.initial } as Patient,
  evolve,
};

function evolve(state: Patient, event: PatientEvent): Patient {
  const version = state.version + 1;
  switch (event.type) {
    case 'PseudonymChosen':
    case 'PolicyRestated':
      return { ...state, version };
    case 'ConsentGranted':
    case 'ConsentAmended':
    case 'ConsentRevoked':
      return { ...state, version, consents: consents.evolve(state.consents, event, version) };
    case 'BreakGlassDeclared':
    case 'BreakGlassEnded':
    case 'BreakGlassReviewed':
      return { ...state, version, declarations: breakGlass.evolve(state.declarations, event) };
    default:
      return event satisfies never;
  }
}
