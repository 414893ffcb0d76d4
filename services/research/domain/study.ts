import { Failure } from '../../../kernel/errors.ts';
import { type CohortCommand, type CohortEvent, type Definition, decideCohort, evolveCohort } from './cohort.ts';
import {
  decideRequest,
  evolveRequest,
  type ReleaseRequest,
  type RequestCommand,
  type RequestEvent,
} from './request.ts';

/** v3 PurposeOfUse codes that a study may be registered for. */
export const studyPurposes = ['HRESCH', 'CLINTRCH'] as const;
export type StudyPurpose = (typeof studyPurposes)[number];

/** What a data steward looks at before anything of a study is released. */
export interface StudyTerms {
  /** Reference of the protocol, and of its approval by an ethics committee. */
  protocol?: string;
  ethicsApproval?: string;
  /** What the data may be used for, by whom, and for how long. */
  dataUse?: string;
}
export interface StudyRegistered extends StudyTerms {
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
export type StudyEvent = StudyRegistered | StudyClosed | CohortEvent | RequestEvent;

interface Register extends StudyTerms {
  type: 'register';
  title: string;
  purpose: string;
  organization: string;
  investigator: string;
  at: number;
}
interface Close {
  type: 'close';
  by: string;
  organization: string;
  at: number;
}
export type StudyCommand = Register | Close | CohortCommand | RequestCommand;

/** A study that was registered, and all that came of it. */
export interface Registered extends Omit<StudyRegistered, 'type'> {
  definitions: readonly Definition[];
  requests: readonly ReleaseRequest[];
  /** Who asked for a number of people, and when: the budget counts them. */
  questions: readonly { by: string; at: number }[];
}
export type Study =
  | { status: 'none' }
  | ({ status: 'open' } & Registered)
  | ({ status: 'closed'; closedAt: number } & Registered);

/** A study: registered by an investigator, closed by the same organisation. Consents name it by its id. */
export const study = { initial: { status: 'none' } as Study, decide, evolve };

function decide(command: StudyCommand, state: Study): StudyEvent[] {
  switch (command.type) {
    case 'register':
      return register(command, state);
    case 'close':
      return close(command, state);
    case 'define':
    case 'answer':
      return decideCohort(command, open(state));
    case 'request':
    case 'approve':
    case 'reject':
      return decideRequest(command, open(state));
    case 'end':
      return decideRequest(command, registered(state));
    default:
      return command satisfies never;
  }
}

/** Throws Failure `not-found`. */
function registered(state: Study): Registered {
  if (state.status === 'none') throw new Failure('not-found', 'There is no such study.');
  return state;
}

/** A study on which work goes on. Throws Failure `not-found` or `business-rule`. */
function open(state: Study): Registered {
  if (state.status === 'closed') throw new Failure('business-rule', 'The study is closed.');
  return registered(state);
}

function register(command: Register, state: Study): StudyEvent[] {
  if (state.status !== 'none') throw new Failure('duplicate', 'A study with this id is already registered.');
  const title = command.title.trim();
  if (!title) throw new Failure('required', 'A study needs a title.', { expression: ['title'] });
  const purpose = studyPurposes.find((known) => known === command.purpose);
  if (!purpose) {
    const known = studyPurposes.join(' or ');
    throw new Failure('value', `purpose_of_use must be ${known}.`, { expression: ['purpose_of_use'] });
  }
  return [{ ...command, type: 'StudyRegistered', title, purpose }];
}

function close(command: Close, state: Study): StudyEvent[] {
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
      return { status: 'open', ...registered, definitions: [], requests: [], questions: [] };
    }
    case 'StudyClosed':
      return state.status === 'open' ? { ...state, status: 'closed', closedAt: event.at } : state;
    case 'CohortDefined':
    case 'FeasibilityAnswered':
      return state.status === 'none' ? state : { ...state, ...evolveCohort(state, event) };
    case 'ReleaseRequested':
    case 'RequestApproved':
    case 'RequestRejected':
    case 'RequestClosed':
      return state.status === 'none' ? state : { ...state, requests: evolveRequest(state.requests, event) };
    default:
      return event satisfies never;
  }
}
