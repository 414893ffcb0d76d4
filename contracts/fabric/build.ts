import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles the chaincode server into one CommonJS file, the same bytes wherever it is built, and writes it as
 * `healthchain-<first 16 hex digits of its SHA-256>.cjs`; prints the path.
 */
const [folder = join(import.meta.dirname, 'dist')] = process.argv.slice(2);
const { outputFiles } = await build({
  absWorkingDir: import.meta.dirname, // paths in the bundle's comments are relative to it
  entryPoints: ['server.ts'],
  bundle: true,
  write: false,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  charset: 'utf8',
  keepNames: true,
  legalComments: 'eof',
  logLevel: 'error',
});
const { contents } = outputFiles[0]!;
const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
const file = join(folder, `healthchain-${hash}.cjs`);
mkdirSync(folder, { recursive: true });
writeFileSync(file, contents);
console.log(file);
