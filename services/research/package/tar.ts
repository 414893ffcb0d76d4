import { Failure } from '../../../kernel/errors.ts';

/** Size of a block, bytes. */
const block = 512;

export interface Entry {
  name: string;
  bytes: number;
}

/**
 * The header of a file in a ustar archive (POSIX.1-1988). Equal entries have equal headers: there is no time and no owner.
 * @param entry with a name of at most 100 bytes, and less than 8 GiB
 */
export function tarHeader({ name, bytes }: Entry): Uint8Array {
  const header = Buffer.alloc(block);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0, 100);
  header.write(octal(0o600, 7) + octal(0, 7) + octal(0, 7) + octal(bytes, 11) + octal(0, 11), 100);
  header.write('        0', 148); // the sum counts itself as spaces; a plain file
  header.write('ustar\x0000', 257);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${octal(sum, 6)} `, 148);
  return header;
}

/** What follows a file, up to the next block. */
export const tarPadding = (bytes: number): Uint8Array => Buffer.alloc((block - (bytes % block)) % block);
/** What follows the last file. */
export const tarEnd: Uint8Array = Buffer.alloc(2 * block);

/**
 * The files of an archive that `tarHeader` made.
 * @throws Failure `structure` where it is none, or not whole
 */
export function untar(archive: Uint8Array): Map<string, Uint8Array> {
  const all = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const files = new Map<string, Uint8Array>();
  for (let at = 0; ; ) {
    const header = all.subarray(at, at + block);
    if (header.length < block) throw broken();
    if (header.every((byte) => byte === 0)) return files;
    const name = text(header, 0, 100);
    const size = text(header, 124, 12);
    if (text(header, 257, 6) !== 'ustar' || !/^\w[\w.-]*$/.test(name) || !/^[0-7]+$/.test(size)) throw broken();
    const bytes = Number.parseInt(size, 8);
    const start = at + block;
    if (start + bytes > all.length) throw broken();
    files.set(name, all.subarray(start, start + bytes));
    at = start + bytes + tarPadding(bytes).length;
  }
}

const text = (header: Buffer, from: number, length: number): string =>
  header.toString('latin1', from, from + length).split('\0', 1)[0]!;

const broken = () => new Failure('structure', 'What was sent is no whole package.');
