import type { Fhir } from '../fhir/fhir.ts';
import type { Include, Query } from '../fhir/query.ts';
import { type Caller, mayUse } from './caller.ts';
import type { Compartments } from './compartments.ts';
import type { Contents } from './content.ts';
import { type Entry, type Index, typeCompartment } from './views.ts';

/** What `_include` and `_revinclude` add to a page; what may be answered of it the guard decides, as of the matches. */
export type Includes = (
  query: Pick<Query, 'includes' | 'revincludes'>,
  caller: Caller,
  patients: readonly string[],
  page: readonly Entry[],
) => Promise<Entry[]>;

/** Resources added to a page at most, and how often what was added is followed further. */
const most = 1000;
const rounds = 4;

export function includes(parts: {
  fhir: Pick<Fhir, 'includedBy'>;
  contents: Contents;
  compartments: Compartments;
  index: Index;
}): Includes {
  const { fhir, contents, compartments, index } = parts;

  /** What a page refers to. */
  async function forward(
    asked: readonly Include[],
    page: readonly Entry[],
    known: Map<string, Entry>,
  ): Promise<Entry[]> {
    const references = page.flatMap(({ type, terms }) => asked.flatMap((each) => fhir.includedBy(each, type, terms)));
    const wanted = [...new Set(references)].filter((reference) => !known.has(reference));
    const found = await Promise.all(wanted.map(index.get));
    return found.flatMap((indexed) => indexed?.entry ?? []);
  }

  /** What refers to a page, of the patients that the search is about. */
  async function backward(asked: readonly Include[], page: readonly Entry[], patients: readonly string[]) {
    if (asked.length === 0) return [];
    const directories = asked
      .filter(({ source }) => contents.isDirectory(source))
      .map(({ source }) => typeCompartment(source));
    const pools = await Promise.all([...patients, ...directories].map(compartments.load));
    const targets = new Set(page.map(referenceOf));
    return pools.flat().filter(({ type, terms }) => {
      return asked.some((each) => fhir.includedBy(each, type, terms).some((reference) => targets.has(reference)));
    });
  }

  return async ({ includes: ahead, revincludes: back }, caller, patients, page) => {
    const known = new Map(page.map((entry) => [referenceOf(entry), entry]));
    const added: Entry[] = [];
    let fresh: readonly Entry[] = page;
    for (let round = 0; round < rounds && fresh.length > 0; round++) {
      const follow = ({ iterate }: Include) => round === 0 || iterate;
      const found = [
        ...(await forward(ahead.filter(follow), fresh, known)),
        ...(await backward(back.filter(follow), fresh, patients)),
      ];
      fresh = found.filter((entry) => !known.has(referenceOf(entry)) && mayUse(caller, entry.type, 'r'));
      for (const entry of fresh) {
        if (known.has(referenceOf(entry)) || added.length >= most) continue;
        known.set(referenceOf(entry), entry);
        added.push(entry);
      }
    }
    return added;
  };
}

const referenceOf = ({ type, id }: Entry): string => `${type}/${id}`;
