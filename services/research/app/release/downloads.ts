import type { Actor } from '../../../../kernel/auth/actor.ts';
import type { Clock } from '../../../../kernel/clock.ts';
import { Failure } from '../../../../kernel/errors.ts';
import { requestOf } from '../../domain/request.ts';
import { sha256 } from '../../package/manifest.ts';
import { type Entry, tarEnd, tarHeader, tarPadding } from '../../package/tar.ts';
import { recall } from '../../registry/recall.ts';
import { seesRelease } from '../caller.ts';
import type { KnownStudy, ResearchLog } from '../log.ts';
import { type ChangeRelease, type KnownRelease, readRelease } from '../releaseLog.ts';
import type { Withdrawals } from '../withdrawals.ts';
import type { Stored } from './stored.ts';

/** A release with the terms under which its recipients may have it. */
export type ListedRelease = KnownRelease & {
  dataUse: string;
  /** SHA-256 of them; hex. */
  terms: string;
};

/** What recipients may do with it. */
export const statusOf = ({ status, closedAt }: KnownRelease): 'open' | 'closed' | 'recalled' | 'replaced' =>
  status === 'open' && closedAt !== undefined ? 'closed' : status;

/** Bytes that are ready to be sent. */
export interface Download {
  bytes: number;
  content: AsyncIterable<Uint8Array>;
}

/** Packages, for their recipients alone. */
export interface Downloads {
  /** To a recipient and whoever works on the study, and to data stewards; the newest first. */
  list(actor: Actor): Promise<ListedRelease[]>;
  /** Throws Failure `not-found` for a release that the caller may not know of. */
  get(actor: Actor, release: string): Promise<ListedRelease>;
  /**
   * A file of the package, or all of them as a tar archive. Everybody in it is asked for consent before the download is
   * recorded and once more after, before the first byte.
   * @param accepted the terms that the recipient accepts: the hash of the study's own
   * @throws Failure `forbidden`, `business-rule` without the terms, `deleted` where it was recalled or closed,
   *   `unavailable` where consent cannot be asked
   */
  file(actor: Actor, release: string, accepted: string, name?: string): Promise<Download>;
}

export function downloads(parts: {
  log: ResearchLog;
  change: ChangeRelease;
  releases(): Promise<KnownRelease[]>;
  study(id: string): Promise<KnownStudy>;
  stillConsenting: Withdrawals['stillConsenting'];
  stored: Stored;
  clock: Clock;
}): Downloads {
  const { log, change, study, stillConsenting, stored, clock } = parts;

  async function listed(known: KnownRelease): Promise<ListedRelease> {
    const { dataUse = '' } = await study(known.study);
    return { ...known, dataUse, terms: sha256(dataUse) };
  }

  async function get(actor: Actor, id: string): Promise<ListedRelease> {
    const known = await readRelease(log, id);
    if (seesRelease(actor, known)) return listed(known);
    throw new Failure('not-found', 'There is no such release.');
  }

  /** Also where the request was closed by a process that died before it closed the release. */
  async function requireOpen({ study: of, request }: Pick<KnownRelease, 'study' | 'request'>): Promise<void> {
    if (requestOf(await study(of), request).status !== 'closed') return;
    throw new Failure('deleted', 'The request for the release is closed: it can no longer be downloaded.');
  }

  async function* archive(release: string, files: readonly Entry[]): AsyncIterable<Uint8Array> {
    for (const file of files) {
      yield tarHeader(file);
      yield* stored.file(release, file.name);
      yield tarPadding(file.bytes);
    }
    yield tarEnd;
  }

  return {
    list: async (actor) =>
      Promise.all((await parts.releases()).filter((known) => seesRelease(actor, known)).map(listed)),
    get,
    async file(actor, id, accepted, name) {
      const { terms, files, recipients, ...known } = await get(actor, id);
      if (!recipients.includes(actor.subject))
        throw new Failure('forbidden', 'Only its recipients download a release.');
      if (accepted !== terms) throw unaccepted();
      const wanted = name === undefined ? files : files.filter((file) => file.name === name);
      if (!wanted.length) throw new Failure('not-found', 'The package has no such file.');
      await requireOpen(known);
      await stillConsenting(id);
      const command = { type: 'download', recipient: actor.subject, terms, at: clock.now() } as const;
      await change(id, (state) => ({ events: recall.decide(command, state) }));
      await stillConsenting(id);
      return name === undefined
        ? { bytes: sizeOf(wanted), content: archive(id, wanted) }
        : { bytes: wanted[0]!.bytes, content: stored.file(id, name) };
    },
  };
}

const sizeOf = (files: readonly Entry[]): number =>
  files.reduce((sum, file) => sum + tarHeader(file).length + file.bytes + tarPadding(file.bytes).length, tarEnd.length);

const unaccepted = () =>
  new Failure(
    'business-rule',
    'Accept the study’s terms of data use: give their hash, as the release has it, as "terms".',
    {
      expression: ['terms'],
    },
  );
