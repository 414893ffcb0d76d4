import { Failure } from '../../../kernel/errors.ts';

/** v3 PurposeOfUse codes that a study may be registered for. */
export const studyPurposes = ['HRESCH', 'CLINTRCH'] as const;
export type StudyPurpose = (typeof studyPurposes)[number];

export interface StudyRegistered {
  type: 'StudyRegistered';
  title: string;
  purpose: StudyPurpose;
  organization: string;
  investigator: string;
  at: number;
}
export interface StudyClosed {
  type: 'StudyClosed';
  by: string;
  at: number;
}
export type StudyEvent = StudyRegistered | StudyClosed;

export type StudyCommand =
  | { type: 'register'; title: string; purpose: string; organization: string; investigator: string; at: number }
  | { type: 'close'; by: string; organization: string; at: number };

export type Study =
  | { status: 'none' }
  | ({ status: 'open' } & Omit<StudyRegistered, 'type'>)
  | ({ status: 'closed'; closedAt: number } & Omit<StudyRegistered, 'type'>);

/** A study: registered by an investigator, closed by the same organisation. Consents name it by its id. */
export const study = { initial: { status: 'none' } as Study, decide, evolve };

function decide(command: StudyCommand, state: Study): StudyEvent[] {
  switch (command.type) {
    case 'register':
      return register(command, state);
    case 'close':
      return close(command, state);
    default:
      return command satisfies never;
  }
}

function register(command: Extract<StudyCommand, { type: 'register' }>, state: Study): StudyEvent[] {
  if (state.status !== 'none') throw new Failure('duplicate', 'A study with this id is already registered.');
  const title = command.title.trim();
  if (!title) throw new Failure('required', 'A study needs a title.', { expression: ['title'] });
  const purpose = studyPurposes.find((known) => known === command.purpose);
  if (!purpose) {
    const known = studyPurposes.join(' or ');
    throw new Failure('value', `purpose_of_use must be ${known}.`, { expression: ['purpose_of_use'] });
  }
  const { organization, investigator, at } = command;
  return [{ type: 'StudyRegistered', title, purpose, organization, investigator, at }];
}

function close(command: Extract<StudyCommand, { type: 'close' }>, state: Study): StudyEvent[] {
  if (state.status === 'none') throw new Failure('not-found', 'There is no such study.');
  if (state.organization !== command.organization) {
    throw new Failure('forbidden', 'Only the organisation that registered a study may close it.');
  }
  return state.status === 'closed' ? [] : [{ type: 'StudyClosed', by: command.by, at: command.at }];
}

function evolve(state: Study, event: StudyEvent): Study {
  switch (event.type) {
    case 'StudyRegistered': {
      const { type: _, ...registered } = event;
      return { status: 'open', ...registered };
    }
    case 'StudyClosed':
      return state.status === 'open' ? { ...state, status: 'closed', closedAt: event.at } : state;
    default:
      return event satisfies never;
  }
}
