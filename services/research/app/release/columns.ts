import type { Hierarchy } from '../../engine/hierarchy.ts';
import type { Recoding } from '../../engine/recoding.ts';

/** What the registry keeps of a release: who is in which class with which sensitive group, and what classes publish. */
export interface Columns {
  /** By row, four words. */
  pseudonyms: Uint32Array;
  /** By row, the number of the group. */
  sensitive: Int32Array;
  /** Without the people's own values: its quasi-identifiers have no codes. */
  recoding: Recoding;
}

interface Written {
  labels: Recoding['labels'];
  classes: number;
  pseudonyms: string;
  sensitive: string;
  classOf: string;
  quasi: { name: string; hierarchy: WrittenHierarchy; low: string; high: string }[];
}
interface WrittenHierarchy extends Pick<Hierarchy, 'name' | 'leaves' | 'labels' | 'root'> {
  first: string;
  last: string;
  parent: string;
  depth: string;
  levels: string[];
}

/** JSON, its arrays little-endian in base64. Read again, it is exactly what was written. */
export function writeColumns({ pseudonyms, sensitive, recoding }: Columns): Buffer {
  const { labels, classes, classOf, quasi, low, high } = recoding;
  const written: Written = {
    ...{ labels, classes },
    ...{ pseudonyms: text(pseudonyms), sensitive: text(sensitive), classOf: text(classOf) },
    quasi: quasi.map(({ name, hierarchy }, index) => ({
      ...{ name, hierarchy: writeHierarchy(hierarchy) },
      ...{ low: text(low[index]!), high: text(high[index]!) },
    })),
  };
  return Buffer.from(JSON.stringify(written));
}

export function readColumns(bytes: Uint8Array): Columns {
  const { labels, classes, quasi, ...written } = JSON.parse(Buffer.from(bytes).toString()) as Written;
  const recoding: Recoding = {
    ...{ labels, classes, classOf: numbers(written.classOf) },
    quasi: quasi.map(({ name, hierarchy }) => ({
      name,
      hierarchy: readHierarchy(hierarchy),
      codes: new Int32Array(0),
    })),
    low: quasi.map(({ low }) => numbers(low)),
    high: quasi.map(({ high }) => numbers(high)),
  };
  return { pseudonyms: new Uint32Array(buffer(written.pseudonyms)), sensitive: numbers(written.sensitive), recoding };
}

function writeHierarchy({ name, leaves, labels, root, ...columns }: Hierarchy): WrittenHierarchy {
  const { first, last, parent, depth, levels } = columns;
  return {
    ...{ name, leaves, labels, root },
    ...{ first: text(first), last: text(last), parent: text(parent), depth: text(depth) },
    levels: levels.map(text),
  };
}

function readHierarchy({ name, leaves, labels, root, ...written }: WrittenHierarchy): Hierarchy {
  const [first, last] = [numbers(written.first), numbers(written.last)];
  return {
    ...{ name, leaves, labels, root, first, last },
    ...{ parent: numbers(written.parent), depth: numbers(written.depth), levels: written.levels.map(numbers) },
    loss: Float64Array.from(first, (code, node) => (last[node]! - code) / Math.max(1, leaves - 1)),
    codes: new Map(labels.slice(0, leaves).map((label, code) => [label, code])),
  };
}

const text = (column: Int32Array | Uint32Array): string => {
  const bytes = Buffer.alloc(column.length * 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (const [index, value] of column.entries()) view.setUint32(index * 4, value >>> 0, true);
  return bytes.toString('base64');
};

/** The words in this machine's order. */
function buffer(base64: string): ArrayBuffer {
  const bytes = Buffer.from(base64, 'base64');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, true)).buffer;
}

const numbers = (base64: string): Int32Array => new Int32Array(buffer(base64));
