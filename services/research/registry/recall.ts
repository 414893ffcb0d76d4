import { Failure } from '../../../kernel/errors.ts';
import type { RecallIssued, ReleaseEvent, ReleasePublished, SubjectWithdrew } from '../domain/release.ts';

export type RecallCommand =
  | ({ type: 'publish' } & Omit<ReleasePublished, 'type'>)
  | { type: 'download'; recipient: string; terms: string; at: number }
  | { type: 'close'; by: string; at: number }
  /** `within`: milliseconds that recipients have for deletion. */
  | { type: 'withdraw'; withdrawal: string; within: number; at: number }
  | { type: 'attest'; recipient: string; organization: string; attestation: string; statement: string; at: number }
  /** Says who is overdue, each once. */
  | { type: 'remind'; at: number }
  /** `epoch`: milliseconds after which a recalled release may be replaced whoever withdrew. */
  | { type: 'replace'; replacement: string; epoch: number; at: number };

export interface Published extends Omit<ReleasePublished, 'type' | 'at'> {
  publishedAt: number;
  closedAt?: number;
  /** Who has it, by recipient: when they downloaded it last. */
  downloads: Readonly<Record<string, number>>;
  withdrawals: readonly string[];
}
export type Recall =
  | { status: 'none' }
  | ({ status: 'open' } & Published)
  | ({
      status: 'recalled' | 'replaced';
      recalledAt: number;
      deadline: number;
      /** By recipient: hash of the statement. */
      attestations: Readonly<Record<string, string>>;
      /** Recipients of whom it was said that they are overdue. */
      reminded: readonly string[];
      /** Recipients who attested after the deadline. */
      late: readonly string[];
      replacement?: string;
    } & Published);

/** A release that was published. */
export type Existing = Exclude<Recall, { status: 'none' }>;
type Command<T extends RecallCommand['type']> = Extract<RecallCommand, { type: T }>;

/** The life of a release after it left: downloads, withdrawals, recall, attestations of deletion, replacement. */
export const recall = { initial: { status: 'none' } as Recall, decide, evolve };

function decide(command: RecallCommand, state: Recall): ReleaseEvent[] {
  if (command.type === 'publish') return publish(command, state);
  if (state.status === 'none') throw new Failure('not-found', 'There is no such release.');
  switch (command.type) {
    case 'download':
      return download(command, state);
    case 'close':
      return state.closedAt === undefined ? [{ ...command, type: 'ReleaseClosed' }] : [];
    case 'withdraw':
      return withdraw(command, state);
    case 'attest':
      return attest(command, state);
    case 'remind':
      return remind(command, state);
    case 'replace':
      return replace(command, state);
    default:
      return command satisfies never;
  }
}

function publish(command: Command<'publish'>, state: Recall): ReleaseEvent[] {
  if (state.status !== 'none') throw new Failure('duplicate', 'The release is published already.');
  const recipients = [...new Set(command.recipients)];
  if (!recipients.length) throw new Failure('required', 'A release needs a recipient.', { expression: ['recipients'] });
  return [{ ...command, type: 'ReleasePublished', recipients }];
}

function download(command: Command<'download'>, state: Existing): ReleaseEvent[] {
  requireRecipient(state, command.recipient);
  if (state.status !== 'open')
    throw new Failure('deleted', 'The release was recalled: it can no longer be downloaded.');
  if (state.closedAt !== undefined)
    throw new Failure('deleted', 'The release is closed: it can no longer be downloaded.');
  return [{ ...command, type: 'DownloadRecorded' }];
}

/** The first withdrawal recalls the release; the same one told again changes nothing. */
function withdraw({ withdrawal, within, at }: Command<'withdraw'>, state: Existing): ReleaseEvent[] {
  if (state.withdrawals.includes(withdrawal)) return [];
  const withdrew: SubjectWithdrew = { type: 'SubjectWithdrew', withdrawal, at };
  const issued: RecallIssued = { type: 'RecallIssued', deadline: at + within, at };
  return state.status === 'open' ? [withdrew, issued] : [withdrew];
}

function attest(command: Command<'attest'>, state: Existing): ReleaseEvent[] {
  const { recipient, attestation, at } = command;
  requireRecipient(state, recipient);
  if (state.status === 'open') throw new Failure('business-rule', 'The release was not recalled.');
  const said = state.attestations[recipient];
  if (said === attestation) return [];
  if (said !== undefined) throw new Failure('conflict', 'The deletion was attested with another statement.');
  return [{ ...command, type: 'DeletionAttested', late: at > state.deadline }];
}

function remind({ at }: Command<'remind'>, state: Existing): ReleaseEvent[] {
  if (state.status === 'open') return [];
  const late = overdue(state, at).filter((recipient) => !state.reminded.includes(recipient));
  return late.map((recipient) => ({ type: 'DeletionOverdue', recipient, at }));
}

function replace({ replacement, epoch, at }: Command<'replace'>, state: Existing): ReleaseEvent[] {
  if (state.status === 'replaced' && state.replacement === replacement) return [];
  requireReplaceable(state, epoch, at);
  return [{ type: 'ReleaseReplaced', replacement, at }];
}

/**
 * Before a replacement is made: the release waits until it would not show who withdrew.
 * @throws Failure `business-rule`
 */
export function requireReplaceable(state: Recall, epoch: number, at: number): void {
  if (state.status !== 'recalled') throw new Failure('business-rule', 'Only a recalled release is replaced, and once.');
  if (!mayBeReplaced(state, epoch, at))
    throw new Failure('business-rule', 'Too few people have withdrawn for a replacement before the epoch is over.');
}

function requireRecipient({ recipients }: Existing, recipient: string): void {
  if (!recipients.includes(recipient)) throw new Failure('forbidden', 'Only a recipient of the release may do this.');
}

/** Whether enough people withdrew from a recalled release, or its epoch is over. */
export function mayBeReplaced(state: Recall, epoch: number, at: number): boolean {
  return state.status === 'recalled' && (state.withdrawals.length >= state.k || at >= state.publishedAt + epoch);
}

/** The recipients who downloaded a recalled release and have not attested that it is deleted. */
export function owing(state: Recall): string[] {
  if (state.status !== 'recalled' && state.status !== 'replaced') return [];
  return Object.keys(state.downloads).filter((recipient) => !Object.hasOwn(state.attestations, recipient));
}

/** Those of them whose deadline has passed. */
export function overdue(state: Recall, at: number): string[] {
  return (state.status === 'recalled' || state.status === 'replaced') && at > state.deadline ? owing(state) : [];
}

function evolve(state: Recall, event: ReleaseEvent): Recall {
  if (event.type === 'ReleasePublished') {
    const { type: _, at, ...published } = event;
    return { ...published, status: 'open', publishedAt: at, downloads: {}, withdrawals: [] };
  }
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'DownloadRecorded':
      return { ...state, downloads: { ...state.downloads, [event.recipient]: event.at } };
    case 'ReleaseClosed':
      return { ...state, closedAt: event.at };
    case 'SubjectWithdrew':
      return { ...state, withdrawals: [...state.withdrawals, event.withdrawal] };
    case 'RecallIssued': {
      const { at: recalledAt, deadline } = event;
      return { ...state, status: 'recalled', recalledAt, deadline, attestations: {}, reminded: [], late: [] };
    }
    case 'DeletionAttested':
    case 'DeletionOverdue':
    case 'ReleaseReplaced':
      return state.status === 'open' ? state : { ...state, ...recalled(state, event) };
    default:
      return event satisfies never;
  }
}

type Recalled = Extract<Recall, { deadline: number }>;
type AfterRecall = Extract<ReleaseEvent, { type: 'DeletionAttested' | 'DeletionOverdue' | 'ReleaseReplaced' }>;

function recalled({ attestations, reminded, late }: Recalled, event: AfterRecall): Partial<Recalled> {
  if (event.type === 'ReleaseReplaced') return { status: 'replaced', replacement: event.replacement };
  const { recipient } = event;
  if (event.type === 'DeletionOverdue') return { reminded: [...reminded, recipient] };
  const said = { ...attestations, [recipient]: event.attestation };
  return { attestations: said, late: event.late ? [...late, recipient] : late };
}
