/** Rows that agree in all columns are one tuple; tuples are numbered in the order of their first rows. */
export interface Tuples {
  count: number;
  /** By row. */
  of: Int32Array;
  /** By tuple: its first row. */
  first: Int32Array;
  /** By tuple: its number of rows. */
  weight: Int32Array;
}

/** Collapses the rows 0 … rows − 1 of the columns by open hashing. */
export function tuplesOf(columns: readonly Int32Array[], rows: number): Tuples {
  const hashes = hashesOf(columns, rows);
  const mask = 2 ** Math.ceil(Math.log2(Math.max(2, rows * 1.5))) - 1;
  const slots = new Int32Array(mask + 1).fill(-1);
  const of = new Int32Array(rows);
  const first = new Int32Array(rows);
  const weight = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    let slot = hashes[row]! & mask;
    let tuple = slots[slot]!;
    while (tuple >= 0 && !(hashes[first[tuple]!] === hashes[row] && equal(columns, first[tuple]!, row))) {
      slot = (slot + 1) & mask;
      tuple = slots[slot]!;
    }
    if (tuple < 0) {
      tuple = count++;
      slots[slot] = tuple;
      first[tuple] = row;
    }
    of[row] = tuple;
    weight[tuple]!++;
  }
  return { count, of, first: first.slice(0, count), weight: weight.slice(0, count) };
}

function hashesOf(columns: readonly Int32Array[], rows: number): Int32Array {
  const hashes = new Int32Array(rows);
  for (const column of columns)
    for (let row = 0; row < rows; row++) {
      const mixed = Math.imul(hashes[row]! ^ column[row]!, 0x9e3779b1);
      hashes[row] = mixed ^ (mixed >>> 15);
    }
  return hashes;
}

function equal(columns: readonly Int32Array[], a: number, b: number): boolean {
  for (let index = 0; index < columns.length; index++) if (columns[index]![a] !== columns[index]![b]) return false;
  return true;
}
