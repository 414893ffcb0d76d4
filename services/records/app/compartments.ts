import type { Entry, Index, Indexed } from './views.ts';

/** The opened index of each compartment, as far as it is held in memory; a bounded number of entries. */
export interface Compartments {
  /** Every resource of a patient's compartment, or of one for a whole type. Includes every acknowledged write. */
  load(name: string): Promise<Entry[]>;
  /** Keeps what is held up to date. */
  changed(compartments: readonly string[], indexed: Indexed): void;
}

/** By reference; what was deleted stays, without an entry. */
type Held = Map<string, Indexed>;

/**
 * What is held counts only as long as it knows the compartment's newest document, and where other processes write too, as
 * many documents of the same versions as there are: their clocks need not agree on which is the newest.
 * @param limit entries held at most; one compartment is held whatever its size
 */
export function compartments({ index, limit }: { index: Index; limit: number }): Compartments {
  const held = new Map<string, Held>(); // in order of use
  let size = 0;

  function keep(name: string, compartment: Held): void {
    forget(name);
    held.set(name, compartment);
    size += compartment.size;
    for (const oldest of held.keys()) {
      if (size <= limit || oldest === name) return;
      forget(oldest);
    }
  }

  function forget(name: string): void {
    size -= held.get(name)?.size ?? 0;
    held.delete(name);
  }

  async function isCurrent(name: string, compartment: Held): Promise<boolean> {
    const [newest] = await index.find({ where: { compartment: name }, descending: true, limit: 1 });
    if (!newest || (compartment.get(newest.reference)?.version ?? 0) < newest.version) return false;
    const tally = await index.tallyOfAll({ compartment: name });
    if (!tally) return true;
    const versions = compartment.values().reduce((sum, { version }) => sum + version, 0);
    return tally.documents === compartment.size && tally.versions === versions;
  }

  return {
    async load(name) {
      let compartment = held.get(name);
      if (!compartment || !(await isCurrent(name, compartment))) {
        const documents = await index.find({ where: { compartment: name } });
        compartment = new Map(documents.map((indexed) => [indexed.reference, indexed]));
      }
      keep(name, compartment);
      const entries: Entry[] = [];
      for (const { entry } of compartment.values()) if (entry) entries.push(entry);
      return entries;
    },
    changed(names, indexed) {
      for (const name of names) {
        const compartment = held.get(name);
        if (!compartment || (compartment.get(indexed.reference)?.version ?? 0) >= indexed.version) continue;
        if (!compartment.has(indexed.reference)) size += 1;
        compartment.set(indexed.reference, indexed);
      }
    },
  };
}
