import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** Where a peer finds the server of the chaincode. */
export interface Connection {
  /** Host and port. */
  address: string;
  /** PEM: who must have signed the server's certificate. */
  rootCertificate: string;
}

export interface ChaincodePackage {
  /** `<label>:<SHA-256 of the package>`, as peers call it once it is installed. */
  id: string;
  bytes: Buffer;
}

/**
 * The package of a chaincode as a service (type `ccaas`): the same bytes for the same arguments. It holds where the
 * server is and no code, so the label must name the code that organisations approve.
 */
export function chaincodePackage(label: string, { address, rootCertificate }: Connection): ChaincodePackage {
  const connection = { address, dial_timeout: '10s', tls_required: true, root_cert: rootCertificate };
  const code = archive({ 'connection.json': JSON.stringify(connection) });
  const bytes = archive({ 'metadata.json': JSON.stringify({ type: 'ccaas', label }), 'code.tar.gz': code });
  return { id: `${label}:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

/** A gzipped tar (POSIX ustar) without times or owners; stored, since deflate differs between machines. */
function archive(files: Record<string, string | Buffer>): Buffer {
  const entries = Object.entries(files).flatMap(([name, content]) => {
    const bytes = Buffer.from(content as string);
    return [header(name, bytes.length), bytes, Buffer.alloc(-bytes.length & 511)];
  });
  const zipped = gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]), { level: 0 });
  zipped[9] = 255; // the operating system: unknown (RFC 1952 §2.3.1)
  return zipped;
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, length: number) => value.toString(8).padStart(length - 1, '0');
  block.write(name, 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)}\0 `, 148);
  return block;
}
