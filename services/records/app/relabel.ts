import type { EventStore } from '../../../kernel/eventstore/port.ts';
import { undefinedWhereErased } from '../../../kernel/keys/erased.ts';
import type { Labeller } from '../labels/labeller.ts';
import type { Caller } from './caller.ts';
import type { ChangeLabels } from './changeLabels.ts';
import { contentOf } from './content.ts';
import { stewardship } from './steward.ts';

/** How far a relabelling came. */
export interface Relabelled {
  /** Position in the log up to which everything is labelled; where to go on. */
  through: number;
  /** The log's last position: it is done where `through` has reached it. */
  last: number;
  /** Resources that were looked at, and those of them that got other labels. */
  examined: number;
  relabelled: number;
}

/**
 * Labels what was filed before by the table of today, a part of the log at a time. Nothing is kept between two calls:
 * whoever is cut off goes on from the last answer, and what is labelled already stays as it is.
 * @param after position in the log to go on from; 0: the beginning
 * @param count commits to look at, at most
 * @throws Failure `forbidden` for who is no steward
 */
export type Relabel = (caller: Caller, after: number, count: number) => Promise<Relabelled>;

/** Resources relabelled at a time: they share commits. */
const together = 16;

export function relabeller(parts: {
  store: Pick<EventStore, 'readAll'>;
  labeller: Pick<Labeller, 'labelled'>;
  changeLabels: ChangeLabels;
}): Relabel {
  const { store, labeller, changeLabels } = parts;

  async function relabelOne(caller: Caller, mayLabel: (author: string) => boolean, stream: string): Promise<boolean> {
    const [type, id] = stream.split('/') as [string, string];
    const changed = await changeLabels(caller, { type, id }, ({ status, content }) => {
      if (status === 'deleted' || !mayLabel(content.author)) return undefined;
      return labeller.labelled(contentOf(content), content.json);
    }).catch(undefinedWhereErased);
    return changed !== undefined;
  }

  return async (caller, after, count) => {
    const mayLabel = stewardship(caller);
    const commits = await store.readAll(after, count);
    const streams = [...new Set(commits.map(({ stream }) => stream))].filter(isResource);
    let relabelled = 0;
    for (let from = 0; from < streams.length; from += together) {
      const part = streams.slice(from, from + together);
      const changed = await Promise.all(part.map((stream) => relabelOne(caller, mayLabel, stream)));
      relabelled += changed.filter(Boolean).length;
    }
    const through = commits.at(-1)?.position ?? after;
    return { through, last: await lastPosition(store, through), examined: streams.length, relabelled };
  };
}

/** A resource's stream begins with its type; all others with a small letter. */
const isResource = (stream: string): boolean => /^[A-Z]/.test(stream);

/** The position of the newest commit, found by halving: the log says only what comes after a position. */
async function lastPosition({ readAll }: Pick<EventStore, 'readAll'>, known: number): Promise<number> {
  const isBeyond = async (position: number) => (await readAll(position, 1)).length === 0;
  let step = 1;
  while (!(await isBeyond(known + step))) step *= 2;
  let [low, high] = [known, known + step];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isBeyond(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
