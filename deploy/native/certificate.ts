import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const oid = {
  commonName: '550403',
  ecdsaWithSha256: '2a8648ce3d040302',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
};

/**
 * A self-signed certificate (X.509 v3, RFC 5280; ECDSA P-256) for localhost and 127.0.0.1, and its key; both PEM.
 * @param now milliseconds since the epoch; valid from a day before for ten years
 */
export function selfSigned(now: number): { certificate: string; key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(object(oid.ecdsaWithSha256));
  const name = sequence(der(0x31, sequence(object(oid.commonName), der(0x0c, Buffer.from('healthchain engines')))));
  const day = 86_400_000;
  const signed = sequence(
    der(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(now - day), time(now + 3650 * day)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(alternativeNames(), certificateAuthority())),
  );
  const signature = sign('sha256', signed, privateKey);
  const certificate = sequence(signed, algorithm, der(0x03, Buffer.of(0), signature));
  return { certificate: pem(certificate), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

const alternativeNames = () =>
  extension(oid.subjectAltName, sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.of(127, 0, 0, 1))));
const certificateAuthority = () => extension(oid.basicConstraints, sequence(der(0x01, Buffer.of(0xff))));
const extension = (id: string, value: Buffer) => sequence(object(id), der(0x04, value));

const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const integer = (bytes: Buffer) => der(0x02, bytes);
const object = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
/** UTCTime: enough until 2049. */
const time = (at: number) =>
  der(
    0x17,
    Buffer.from(
      `${new Date(at)
        .toISOString()
        .replace(/[-:T]|\..*/g, '')
        .slice(2)}Z`,
    ),
  );

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
