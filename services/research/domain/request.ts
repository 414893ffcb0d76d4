import { Failure } from '../../../kernel/errors.ts';
import { type Definition, definitionOf } from './cohort.ts';
import { type Researcher, requireOwn } from './researcher.ts';
import type { Registered } from './study.ts';

/** A researcher asks for a definition's data. */
export interface ReleaseRequested {
  type: 'ReleaseRequested';
  request: string;
  definition: number;
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
export type RequestEvent = ReleaseRequested | RequestApproved | RequestRejected;

interface Ask {
  type: 'request';
  request: string;
  definition: number;
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
export type RequestCommand = Ask | Approve | Reject;

export interface ReleaseRequest {
  id: string;
  status: 'requested' | 'approved' | 'rejected';
  definition: number;
  requester: string;
  requestedAt: number;
  steward?: string;
  decidedAt?: number;
  /** Of a rejection. */
  reason?: string;
}

/** The role of data stewards, who let data go. */
export const stewardRole = 'privacy-officer';

export function decideRequest(command: RequestCommand, study: Registered): RequestEvent[] {
  return command.type === 'request' ? ask(command, study) : judge(command, study);
}

function ask({ request, definition: number, by, at }: Ask, study: Registered): RequestEvent[] {
  requireOwn(study, by);
  const definition = definitionOf(study, number);
  const { ethicsApproval, dataUse } = study;
  if (!ethicsApproval || !dataUse) {
    const lacking = ethicsApproval ? 'data_use' : 'ethics_approval';
    throw new Failure('business-rule', `Nothing is released for a study that was registered without ${lacking}.`);
  }
  requireEnough(definition);
  const waiting = study.requests.some((each) => each.definition === number && each.status === 'requested');
  if (waiting) throw new Failure('duplicate', 'This definition is requested already, and nobody has decided yet.');
  return [{ type: 'ReleaseRequested', request, definition: number, by: by.subject, at }];
}

/** Says no more of the cohort than the answer to its feasibility did. */
function requireEnough({ extract, feasibility }: Definition): void {
  if (!extract) throw new Failure('business-rule', 'The definition has no extract: say what is to be released.');
  if (!feasibility) throw new Failure('business-rule', 'Ask for the feasibility of this definition first.');
  if ('fewerThan' in feasibility.answer)
    throw new Failure('business-rule', 'The cohort is too small: nothing of it can be released.');
}

function judge(command: Approve | Reject, { requests, investigator }: Registered): RequestEvent[] {
  const { request, by, at } = command;
  if (by.role !== stewardRole) throw new Failure('forbidden', 'Only a data steward, a privacy officer, decides on it.');
  const found = requests.find(({ id }) => id === request);
  if (!found) throw new Failure('not-found', 'The study has no such request.');
  if (by.subject === found.requester || by.subject === investigator)
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
    const { definition } = event;
    return [...requests, { id, status: 'requested', definition, requester: by, requestedAt: at }];
  }
  const decided =
    event.type === 'RequestApproved'
      ? ({ status: 'approved', steward: by, decidedAt: at } as const)
      : ({ status: 'rejected', steward: by, decidedAt: at, reason: event.reason } as const);
  return requests.map((each) => (each.id === id ? { ...each, ...decided } : each));
}
