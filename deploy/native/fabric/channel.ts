import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Chaincode, packageOf } from './chaincode.ts';
import { chaincodeName, channel, type Network, type Orderer, type Organization } from './network.ts';

const execute = promisify(execFile);

/** The block that the channel begins with. */
export const genesis = ({ folder }: Network): string => join(folder, 'genesis.block');

/**
 * Makes the channel on every orderer and peer, and has every organisation install and approve the chaincode, as far as
 * that is not done. May be called again after it failed half way. Rejects while a process does not answer yet.
 */
export async function deploy(network: Network, wanted: Chaincode): Promise<void> {
  await Promise.all(network.orderers.map((orderer) => joinOrderer(network, orderer)));
  await Promise.all(network.organizations.map((organization) => joinPeer(network, organization)));
  await Promise.all(network.organizations.map((organization) => install(network, organization, wanted)));
  const { version, sequence } = await committed(network);
  const next = version === wanted.hash ? sequence : sequence + 1;
  await Promise.all(network.organizations.map((organization) => approve(network, organization, wanted, next)));
  if (next !== sequence) await commit(network, wanted, next);
}

async function joinOrderer(network: Network, { admin }: Orderer): Promise<void> {
  const url = `http://127.0.0.1:${admin}/participation/v1/channels`;
  const options = { signal: AbortSignal.timeout(5000) };
  if ((await fetch(`${url}/${channel}`, options)).ok) return;
  const body = new FormData();
  body.append('config-block', new Blob([readFileSync(genesis(network))]), 'genesis.block');
  const answer = await fetch(url, { method: 'POST', body, ...options });
  if (!answer.ok) throw new Error(`orderer: ${await answer.text()}`);
}

const joinPeer = (network: Network, of: Organization) =>
  done(peer(network, of, 'channel', 'join', '-b', genesis(network)), /already exists/);

async function install(network: Network, of: Organization, wanted: Chaincode): Promise<void> {
  const file = join(network.folder, `chaincode-${of.name}.tar.gz`);
  writeFileSync(file, packageOf(wanted, of).bytes);
  await done(peer(network, of, ...lifecycle('install'), file), /already successfully installed/);
}

/** The definition that the channel has; sequence 0 where it has none. */
async function committed(network: Network): Promise<{ version: string; sequence: number }> {
  const [of] = network.organizations;
  const query = peer(network, of!, ...lifecycle('querycommitted'), ...definition, '--output', 'json');
  try {
    return JSON.parse(await query);
  } catch (error) {
    if (/is not defined/.test(String(error))) return { version: '', sequence: 0 };
    throw error;
  }
}

function approve(network: Network, of: Organization, wanted: Chaincode, sequence: number): Promise<void> {
  const what = [...definition, '--version', wanted.hash, '--sequence', `${sequence}`];
  const from = ['--package-id', packageOf(wanted, of).id, ...orderingBy(network)];
  return done(peer(network, of, ...lifecycle('approveformyorg'), ...what, ...from), /unchanged content/);
}

async function commit(network: Network, { hash }: Chaincode, sequence: number): Promise<void> {
  const what = [...definition, '--version', hash, '--sequence', `${sequence}`];
  const endorsers = network.organizations.flatMap(({ gateway, peer: folder }) => [
    ...['--peerAddresses', `127.0.0.1:${gateway}`, '--tlsRootCertFiles', join(folder, 'tls', 'ca.crt')],
  ]);
  await peer(network, network.organizations[0]!, ...lifecycle('commit'), ...what, ...orderingBy(network), ...endorsers);
}

const lifecycle = (step: string) => ['lifecycle', 'chaincode', step];
const definition = ['--channelID', channel, '--name', chaincodeName];

function orderingBy({ orderers: [first] }: Network): string[] {
  return ['--orderer', `127.0.0.1:${first!.port}`, '--tls', '--cafile', join(first!.crypto, 'tls', 'ca.crt')];
}

/** Runs the `peer` program as the administrator of an organisation; resolves to what it printed. */
async function peer({ folder, bin }: Network, { name, admin }: Organization, ...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    FABRIC_CFG_PATH: join(folder, `peer-${name}`),
    FABRIC_LOGGING_SPEC: 'ERROR',
    CORE_PEER_MSPCONFIGPATH: admin,
  };
  const { stdout } = await execute(join(bin, 'peer'), args, { env });
  return stdout;
}

/** A step that says it was done before is done. */
async function done(step: Promise<unknown>, before: RegExp): Promise<void> {
  try {
    await step;
  } catch (error) {
    if (!before.test(String(error))) throw error;
  }
}
