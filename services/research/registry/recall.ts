import { Failure } from '../../../kernel/errors.ts';

/** All times are milliseconds since the epoch. */
export interface ReleasePublished {
  type: 'ReleasePublished';
  recipients: readonly string[];
  at: number;
}
/** Somebody in the release took their consent back. Only the id of that event is named: the person is not. */
export interface SubjectWithdrew {
  type: 'SubjectWithdrew';
  withdrawal: string;
  at: number;
}
/** From here on nothing is downloaded, and every recipient must delete what they have. */
export interface RecallIssued {
  type: 'RecallIssued';
  deadline: number;
  at: number;
}
export interface DownloadRecorded {
  type: 'DownloadRecorded';
  recipient: string;
  at: number;
}
export interface DeletionAttested {
  type: 'DeletionAttested';
  recipient: string;
  /** Hash of the recipient's signed statement, hex. */
  attestation: string;
  late: boolean;
  at: number;
}
export interface ReleaseReplaced {
  type: 'ReleaseReplaced';
  replacement: string;
  at: number;
}
export type RecallEvent =
  | ReleasePublished
  | SubjectWithdrew
  | RecallIssued
  | DownloadRecorded
  | DeletionAttested
  | ReleaseReplaced;

export type RecallCommand =
  | { type: 'publish'; recipients: readonly string[]; at: number }
  | { type: 'download'; recipient: string; at: number }
  /** `within`: milliseconds that recipients have for deletion. */
  | { type: 'withdraw'; withdrawal: string; within: number; at: number }
  | { type: 'attest'; recipient: string; attestation: string; at: number }
  | ({ type: 'replace'; replacement: string; at: number } & ReplacementRules);

/** When a recalled release may be replaced: as soon as `k` people withdrew, or when its epoch (a quarter) has passed. */
export interface ReplacementRules {
  k: number;
  epoch: number;
}

export interface Published {
  publishedAt: number;
  recipients: readonly string[];
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
      replacement?: string;
    } & Published);

/** The life of a release after it left: downloads, withdrawals, recall, attestations of deletion, replacement. */
export const recall = { initial: { status: 'none' } as Recall, decide, evolve };

function decide(command: RecallCommand, state: Recall): RecallEvent[] {
  if (command.type === 'publish') return publish(command, state);
  if (state.status === 'none') throw new Failure('not-found', 'There is no such release.');
  switch (command.type) {
    case 'download':
      return download(command, state);
    case 'withdraw':
      return withdraw(command, state);
    case 'attest':
      return attest(command, state);
    case 'replace':
      return replace(command, state);
    default:
      return command satisfies never;
  }
}

type Existing = Exclude<Recall, { status: 'none' }>;
type Command<T extends RecallCommand['type']> = Extract<RecallCommand, { type: T }>;

function publish({ recipients, at }: Command<'publish'>, state: Recall): RecallEvent[] {
  if (state.status !== 'none') throw new Failure('duplicate', 'The release is published already.');
  if (!recipients.length) throw new Failure('required', 'A release needs a recipient.', { expression: ['recipients'] });
  return [{ type: 'ReleasePublished', recipients: [...new Set(recipients)], at }];
}

function download({ recipient, at }: Command<'download'>, state: Existing): RecallEvent[] {
  requireRecipient(state, recipient);
  if (state.status !== 'open')
    throw new Failure('deleted', 'The release was recalled: it can no longer be downloaded.');
  return [{ type: 'DownloadRecorded', recipient, at }];
}

/** The first withdrawal recalls the release; the same one told again changes nothing. */
function withdraw({ withdrawal, within, at }: Command<'withdraw'>, state: Existing): RecallEvent[] {
  if (state.withdrawals.includes(withdrawal)) return [];
  const withdrew: SubjectWithdrew = { type: 'SubjectWithdrew', withdrawal, at };
  return state.status === 'open' ? [withdrew, { type: 'RecallIssued', deadline: at + within, at }] : [withdrew];
}

function attest({ recipient, attestation, at }: Command<'attest'>, state: Existing): RecallEvent[] {
  requireRecipient(state, recipient);
  if (state.status === 'open') throw new Failure('business-rule', 'The release was not recalled.');
  const said = state.attestations[recipient];
  if (said === attestation) return [];
  if (said !== undefined) throw new Failure('conflict', 'The deletion was attested with another statement.');
  return [{ type: 'DeletionAttested', recipient, attestation, late: at > state.deadline, at }];
}

function replace({ replacement, at, ...rules }: Command<'replace'>, state: Existing): RecallEvent[] {
  if (state.status === 'replaced' && state.replacement === replacement) return [];
  if (state.status !== 'recalled') throw new Failure('business-rule', 'Only a recalled release is replaced, and once.');
  if (!mayBeReplaced(state, rules, at))
    throw new Failure('business-rule', 'Too few people have withdrawn for a replacement before the epoch is over.');
  return [{ type: 'ReleaseReplaced', replacement, at }];
}

function requireRecipient({ recipients }: Existing, recipient: string): void {
  if (!recipients.includes(recipient)) throw new Failure('forbidden', 'Only a recipient of the release may do this.');
}

/** Whether the release waits for a replacement that would not show who withdrew. */
export function mayBeReplaced(state: Recall, { k, epoch }: ReplacementRules, at: number): boolean {
  return state.status === 'recalled' && (state.withdrawals.length >= k || at >= state.publishedAt + epoch);
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

function evolve(state: Recall, event: RecallEvent): Recall {
  if (event.type === 'ReleasePublished') {
    const { recipients, at } = event;
    return { status: 'open', publishedAt: at, recipients, downloads: {}, withdrawals: [] };
  }
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'DownloadRecorded':
      return { ...state, downloads: { ...state.downloads, [event.recipient]: event.at } };
    case 'SubjectWithdrew':
      return { ...state, withdrawals: [...state.withdrawals, event.withdrawal] };
    case 'RecallIssued':
      return { ...state, status: 'recalled', recalledAt: event.at, deadline: event.deadline, attestations: {} };
    case 'DeletionAttested':
      return state.status === 'open'
        ? state
        : { ...state, attestations: { ...state.attestations, [event.recipient]: event.attestation } };
    case 'ReleaseReplaced':
      return state.status === 'open' ? state : { ...state, status: 'replaced', replacement: event.replacement };
    default:
      return event satisfies never;
  }
}
