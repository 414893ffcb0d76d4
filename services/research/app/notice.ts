import type { RecallIssued } from '../domain/release.ts';

const time = (at: number): string => new Date(at).toISOString();

/**
 * What every recipient of a recalled release is told, to be signed; its SHA-256 is on the ledger. It says neither who
 * withdrew nor how many.
 */
export function noticeOf(release: string, { at, deadline }: Pick<RecallIssued, 'at' | 'deadline'>): string {
  return [
    'healthchain-recall/1',
    `release ${release}`,
    `recalled ${time(at)}`,
    `deadline ${time(deadline)}`,
    'reason consent was withdrawn',
    'Delete the data of this release, every copy of it and what was made of it that holds rows of it.',
    'Attest the deletion by the deadline. Findings that hold no rows may be kept.',
    '',
  ].join('\n');
}

/** A recipient's word as it is signed; the same words give the same statement. */
export function statementOf(release: string, recipient: string, organization: string, words: string): string {
  const said = words.split('\n').map((line) => `  ${line.trim()}`);
  return [
    'healthchain-deletion/1',
    `release ${release}`,
    `recipient ${recipient} of ${organization}`,
    'The recipient says that nothing of this release is left with them:',
    ...said,
    '',
  ].join('\n');
}
