import type { Collection } from 'mongodb';
import { lru } from '../keys/lru.ts';
import type { CommitDocument } from './mongoCommits.ts';

type Head = Pick<CommitDocument, '_id' | 'stream' | 'last'>;

/** The commits that appends come after. */
export interface Heads {
  /** Tells of a commit that was read or written, so that an append after it need not look for it. */
  seen(commit: Head): void;
  /**
   * Names each commit's predecessor, `previous`. A commit is written only once its predecessor is on a majority, so that
   * versions have no gaps; whether that predecessor is still the newest, the duplicate key decides.
   * @returns those without a predecessor: nobody can be at their version
   */
  link(wanted: CommitDocument[]): Promise<CommitDocument[]>;
}

/** @param commits read with majority */
export function heads(commits: Collection<CommitDocument>): Heads {
  /** Stream → the newest commit known. That it exists never changes, so that this may be old but not wrong. */
  const known = lru<Head>(20_000);

  /** Those and some more: one indexed lookup, where `$or` is a scan to some servers. */
  async function find(places: Pick<Head, 'stream' | 'last'>[]): Promise<Head[]> {
    if (places.length === 0) return [];
    const [streams, lasts] = [places.map(({ stream }) => stream), new Set(places.map(({ last }) => last))];
    const found = commits.find({ stream: { $in: streams }, last: { $in: [...lasts] } });
    return found.project<Head>({ stream: 1, last: 1 }).toArray();
  }

  return {
    seen: ({ _id, stream, last }) => known.set(stream, { _id, stream, last }),
    async link(wanted) {
      const needed = wanted.filter(({ first }) => first > 1);
      const ids = new Map<string, string>();
      for (const { stream, first } of needed) {
        const head = known.get(stream);
        if (head?.last === first - 1) ids.set(end(head), head._id);
      }
      const places = needed.map(({ stream, first }) => ({ stream, last: first - 1 })).filter((at) => !ids.has(end(at)));
      for (const head of await find(places)) ids.set(end(head), head._id);
      for (const each of needed) each.previous = ids.get(end({ stream: each.stream, last: each.first - 1 }));
      return needed.filter(({ previous }) => !previous);
    },
  };
}

const end = ({ stream, last }: Pick<Head, 'stream' | 'last'>) => `${stream}@${last}`;
