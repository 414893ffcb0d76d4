import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { chaincodePackage } from './package.ts';

/** Writes the package that an organisation's peers install, and prints its id: the server's `CHAINCODE_ID`. */
const [bundle, address, rootCertificate, out] = process.argv.slice(2);
if (!bundle || !address || !rootCertificate || !out) {
  console.error('usage: node pack.ts <bundle> <host:port of the server> <PEM file of its TLS CA> <package to write>');
  process.exit(2);
}
const label = basename(bundle, '.cjs').replace('-', '_');
const { id, bytes } = chaincodePackage(label, { address, rootCertificate: readFileSync(rootCertificate, 'utf8') });
writeFileSync(out, bytes);
console.log(id);
