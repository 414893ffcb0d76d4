import { createHmac } from 'node:crypto';

const width = 4;

/** People by number, in the order in which they were first released; each is known by a pseudonym of 128 bits only. */
export interface Subjects {
  count: number;
  /** Four words for each. */
  words: Uint32Array;
  /** Open hashing by the first word: a number, or −1. Its length is a power of two. */
  slots: Int32Array;
}

export const emptySubjects = (): Subjects => ({
  count: 0,
  words: new Uint32Array(0),
  slots: new Int32Array(16).fill(-1),
});

/**
 * The words of a person's pseudonym: HMAC-SHA-256, cut to 128 bits.
 * @param key secret of the registry, 32 bytes
 */
export function pseudonymOf(key: Uint8Array, patient: string): Uint32Array {
  const digest = createHmac('sha256', key).update(patient).digest();
  return Uint32Array.from({ length: width }, (_, index) => digest.readUInt32BE(4 * index));
}

/**
 * The numbers of people, who become subjects where they are new.
 * @param pseudonyms four words for each
 */
export function numbered(subjects: Subjects, pseudonyms: Uint32Array): { subjects: Subjects; numbers: Int32Array } {
  const known = withRoom(subjects, pseudonyms.length / width);
  const numbers = new Int32Array(pseudonyms.length / width);
  for (let index = 0; index < numbers.length; index++) {
    const slot = slotOf(known, pseudonyms, index);
    if (known.slots[slot]! < 0) {
      known.words.set(pseudonyms.subarray(index * width, (index + 1) * width), known.count * width);
      known.slots[slot] = known.count++;
    }
    numbers[index] = known.slots[slot]!;
  }
  return { subjects: { ...known, words: known.words.slice(0, known.count * width) }, numbers };
}

/**
 * Erasure: nobody's pseudonym leads to the number any more, whose place in the classes stays counted. The person, were
 * they ever released again, would be somebody new.
 * @param random four words
 */
export function erased(subjects: Subjects, number: number, random: Uint32Array): Subjects {
  const words = subjects.words.slice();
  words.set(random.subarray(0, width), number * width);
  return { ...subjects, words };
}

function withRoom({ count, words, slots }: Subjects, more: number): Subjects {
  const room = new Uint32Array((count + more) * width);
  room.set(words);
  const length = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * (count + more))));
  if (length <= slots.length) return { count, words: room, slots: slots.slice() };
  const larger = { count, words: room, slots: new Int32Array(length).fill(-1) };
  for (let number = 0; number < count; number++) larger.slots[slotOf(larger, room, number)] = number;
  return larger;
}

/** The slot that holds the pseudonym at `index`, or the free one where it belongs. */
function slotOf({ words, slots }: Subjects, pseudonyms: Uint32Array, index: number): number {
  const mask = slots.length - 1;
  let slot = pseudonyms[index * width]! & mask;
  for (; slots[slot]! >= 0; slot = (slot + 1) & mask) {
    const at = slots[slot]! * width;
    let same = 0;
    while (same < width && words[at + same] === pseudonyms[index * width + same]) same++;
    if (same === width) break;
  }
  return slot;
}
