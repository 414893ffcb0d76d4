/** The part of DER (ITU-T X.690) that a certificate needs. */

export const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
export const set = (...parts: Buffer[]): Buffer => der(0x31, ...parts);
export const integer = (value: Buffer): Buffer => der(0x02, value);
export const bitString = (value: Buffer, unused = 0): Buffer => der(0x03, Buffer.of(unused), value);
export const bytes = (value: Buffer): Buffer => der(0x04, value);
export const text = (value: string): Buffer => der(0x0c, Buffer.from(value));
export const yes: Buffer = der(0x01, Buffer.of(0xff));
/** An object identifier. @param hex its encoded value */
export const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));

/** A context-specific tag. */
export const tagged = (number: number, value: Buffer, form: 'constructed' | 'primitive' = 'constructed'): Buffer =>
  der((form === 'constructed' ? 0xa0 : 0x80) | number, value);

/** UTCTime: enough until 2049. @param at milliseconds since the epoch */
export function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/[-:T]|\..*/g, '');
  return der(0x17, Buffer.from(`${digits.slice(2)}Z`));
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
