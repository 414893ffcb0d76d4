import { Failure } from '../../../kernel/errors.ts';
import { type Definition, definitionOf } from './cohort.ts';
import { type Researcher, requireOwn } from './researcher.ts';
import type { Registered } from './study.ts';

/** A researcher asks for a definition's data. */
export interface ReleaseRequested {
  type: 'ReleaseRequested';
  request: string;
  definition: number;
  /** Person ids of those who get it; absent: who asks. */
  recipients?: readonly string[];
  /** The recalled release in whose place it comes. */
  replaces?: string;
  by: string;
  at: number;
}
/** The word of the data steward. */
export interface RequestApproved {
  type: 'RequestApproved';
  request: string;
  by: string;
  organization: string;
  at: number;
}
export interface RequestRejected {
  type: 'RequestRejected';
  request: string;
  reason: string;
  by: string;
  organization: string;
  at: number;
}
/** Nothing more is made or downloaded under it. */
export interface RequestClosed {
  type: 'RequestClosed';
  request: string;
  by: string;
  role: string;
  organization: string;
  at: number;
}
export type RequestEvent = ReleaseRequested | RequestApproved | RequestRejected | RequestClosed;

interface Ask {
  type: 'request';
  request: string;
  definition: number;
  recipients?: readonly string[];
  replaces?: string;
  by: Researcher;
  at: number;
}
interface Approve {
  type: 'approve';
  request: string;
  by: Researcher;
  at: number;
}
interface Reject {
  type: 'reject';
  request: string;
  reason: string;
  by: Researcher;
  at: number;
}
interface End {
  type: 'end';
  request: string;
  by: Researcher;
  at: number;
}
export type RequestCommand = Ask | Approve | Reject | End;

export interface ReleaseRequest {
  id: string;
  status: 'requested' | 'approved' | 'rejected' | 'closed';
  definition: number;
  recipients: readonly string[];
  /** A recalled release. */
  replaces?: string;
  requester: string;
  requestedAt: number;
  steward?: string;
  decidedAt?: number;
  /** Of a rejection. */
  reason?: string;
  closedAt?: number;
}

/** The role of data stewards, who let data go. */
export const stewardRole = 'privacy-officer';

export function decideRequest(command: RequestCommand, study: Registered): RequestEvent[] {
  switch (command.type) {
    case 'request':
      return ask(command, study);
    case 'end':
      return end(command, study);
    default:
      return judge(command, study);
  }
}

function ask({ request, definition: number, recipients, replaces, by, at }: Ask, study: Registered): RequestEvent[] {
  requireOwn(study, by);
  const definition = definitionOf(study, number);
  const { ethicsApproval, dataUse } = study;
  if (!ethicsApproval || !dataUse) {
    const lacking = ethicsApproval ? 'data_use' : 'ethics_approval';
    throw new Failure('business-rule', `Nothing is released for a study that was registered without ${lacking}.`);
  }
  requireAsked(definition);
  const waiting = study.requests.some((each) => each.definition === number && each.status === 'requested');
  if (waiting) throw new Failure('duplicate', 'This definition is requested already, and nobody has decided yet.');
  const named = { ...(recipients && { recipients: namedRecipients(recipients) }), ...(replaces && { replaces }) };
  return [{ type: 'ReleaseRequested', request, definition: number, ...named, by: by.subject, at }];
}

const mostRecipients = 50;

function namedRecipients(recipients: readonly string[]): string[] {
  const wrong = (code: 'required' | 'value' | 'too-long', message: string) =>
    new Failure(code, message, { expression: ['recipients'] });
  if (!recipients.length) throw wrong('required', 'Name at least one recipient.');
  if (recipients.length > mostRecipients) throw wrong('too-long', `Name at most ${mostRecipients} recipients.`);
  if (!recipients.every((each) => recipientLike.test(each)))
    throw wrong('value', 'A recipient is named by the id of a person.');
  return [...new Set(recipients)];
}

const recipientLike = /^[\w.-]{1,100}$/;

/** Whether the cohort is large enough shows when it is made anonymous: its feasibility does not tell of small ones. */
function requireAsked({ extract, privacy, feasibility }: Definition): void {
  if (!extract) throw new Failure('business-rule', 'The definition has no extract: say what is to be released.');
  if (!privacy) throw new Failure('business-rule', 'The definition does not say how its extract is made anonymous.');
  if (!feasibility) throw new Failure('business-rule', 'Ask for the feasibility of this definition first.');
}

/** By the study's own researchers, or a data steward. */
function end({ request, by, at }: End, study: Registered): RequestEvent[] {
  if (by.role !== stewardRole) requireOwn(study, by);
  const { status } = requestOf(study, request);
  if (status === 'closed') return [];
  if (status !== 'approved') throw new Failure('business-rule', `Nothing is open under it: the request is ${status}.`);
  const { subject, role, organization } = by;
  return [{ type: 'RequestClosed', request, by: subject, role, organization, at }];
}

/** Throws Failure `not-found`. */
export function requestOf({ requests }: Pick<Registered, 'requests'>, request: string): ReleaseRequest {
  const found = requests.find(({ id }) => id === request);
  if (found) return found;
  throw new Failure('not-found', 'The study has no such request.');
}

function judge(command: Approve | Reject, study: Registered): RequestEvent[] {
  const { request, by, at } = command;
  if (by.role !== stewardRole) throw new Failure('forbidden', 'Only a data steward, a privacy officer, decides on it.');
  const found = requestOf(study, request);
  if (by.subject === found.requester || by.subject === study.investigator)
    throw new Failure('forbidden', 'Somebody else must decide: this is your own request, or your own study.');
  const { subject, organization } = by;
  const decided = { request, by: subject, organization, at };
  const wanted = command.type === 'approve' ? 'approved' : 'rejected';
  if (found.status === wanted && found.steward === subject) return [];
  if (found.status !== 'requested') throw new Failure('business-rule', `The request is ${found.status} already.`);
  if (command.type === 'approve') return [{ type: 'RequestApproved', ...decided }];
  const reason = command.reason.trim();
  if (!reason) throw new Failure('required', 'Say why it is rejected.', { expression: ['reason'] });
  return [{ type: 'RequestRejected', ...decided, reason }];
}

export function evolveRequest(requests: readonly ReleaseRequest[], event: RequestEvent): readonly ReleaseRequest[] {
  const { request: id, by, at } = event;
  if (event.type === 'ReleaseRequested') {
    const { definition, recipients = [by], replaces } = event;
    const asked = { definition, recipients, ...(replaces && { replaces }), requester: by, requestedAt: at };
    return [...requests, { id, status: 'requested', ...asked }];
  }
  return requests.map((each) => (each.id === id ? { ...each, ...changed(event) } : each));
}

function changed(event: Exclude<RequestEvent, ReleaseRequested>): Partial<ReleaseRequest> {
  const { by, at } = event;
  switch (event.type) {
    case 'RequestApproved':
      return { status: 'approved', steward: by, decidedAt: at };
    case 'RequestRejected':
      return { status: 'rejected', steward: by, decidedAt: at, reason: event.reason };
    case 'RequestClosed':
      return { status: 'closed', closedAt: at };
    default:
      return event satisfies never;
  }
}
