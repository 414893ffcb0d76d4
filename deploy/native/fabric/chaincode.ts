import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { type ChaincodePackage, chaincodePackage } from '../../../contracts/fabric/package.ts';
import { run } from '../command.ts';
import type { EngineProcess } from '../engine.ts';
import { type Organization, tlsCa } from './network.ts';

const project = join(import.meta.dirname, '..', '..', '..', 'contracts', 'fabric');

/** The bundle that every organisation serves. */
export interface Chaincode {
  file: string;
  /** The first 16 hex digits of its SHA-256: the version on the channel, and part of the package's label. */
  hash: string;
}

/** Bundles the contracts as they are now; what the bundler needs is installed first. */
export async function bundled(folder: string): Promise<Chaincode> {
  if (!existsSync(join(project, 'node_modules', 'esbuild')))
    await run('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', project);
  const { stdout } = await promisify(execFile)(process.execPath, [join(project, 'build.ts'), folder]);
  const file = stdout.trim();
  return { file, hash: basename(file, '.cjs').replace('healthchain-', '') };
}

export const packageOf = ({ hash }: Chaincode, of: Organization): ChaincodePackage =>
  chaincodePackage(`healthchain_${hash}`, { address: `localhost:${of.chaincode}`, rootCertificate: tlsCa(of) });

/** The server of one organisation. */
export function chaincodeServer(chaincode: Chaincode, of: Organization): EngineProcess {
  const variables = {
    CHAINCODE_ID: packageOf(chaincode, of).id,
    CHAINCODE_SERVER_ADDRESS: `127.0.0.1:${of.chaincode}`,
    CHAINCODE_TLS_KEY: join(of.peer, 'tls', 'server.key'),
    CHAINCODE_TLS_CERTIFICATE: join(of.peer, 'tls', 'server.crt'),
    CORE_CHAINCODE_LOGGING_LEVEL: 'WARNING',
    CORE_CHAINCODE_LOGGING_SHIM: 'WARNING',
  };
  return withVariables(`chaincode-${of.name}`, variables, process.execPath, chaincode.file);
}

/** A process with variables of its own. */
export function withVariables(name: string, variables: Record<string, string>, ...command: string[]): EngineProcess {
  return {
    name,
    command: 'env',
    args: [...Object.entries(variables).map(([key, value]) => `${key}=${value}`), ...command],
  };
}
