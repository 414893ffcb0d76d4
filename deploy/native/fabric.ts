import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import type { Engine, EngineProcess, Place } from './engine.ts';
import { bundled, type Chaincode, chaincodeServer, packageOf, withVariables } from './fabric/chaincode.ts';
import { deploy, genesis } from './fabric/channel.ts';
import { configtx, cryptoConfig, ordererConfig, peerConfig } from './fabric/configuration.ts';
import { commitThrough } from './fabric/endorsement.ts';
import { compile, go } from './fabric/golang.ts';
import { channel, type Network, networkOf, portsOf, tlsCa, variablesOf } from './fabric/network.ts';
import { Hopeless } from './waiting.ts';

/**
 * Hyperledger Fabric: organisations with one peer each, Raft orderers, TLS, and the contracts of this checkout as a
 * service of each organisation. `FABRIC_BIN` names a folder with ready programs; otherwise they are compiled.
 * @param orgs 1 to 4; most of them must endorse, of two both
 * @param orderers 1, or 3 to survive the loss of one
 */
export function fabric(orgs: number, orderers: number): Engine {
  const ready = process.env.FABRIC_BIN;
  const networkIn = (place: Place): Network => networkOf(place, ready || place.binaries, orgs, orderers);
  return {
    version: ready ? 'fabric-bin' : 'fabric-3.0.0-695dd57e01c2',
    tools: ready ? [] : [go],
    ports: portsOf(orgs, orderers),
    install: async (folder) => (ready ? undefined : compile(folder)),
    format: (place) => format(networkIn(place), place),
    processes: (place) => processes(networkIn(place), place),
    variables(place) {
      const network = networkIn(place);
      return {
        ...variablesOf(network, network.organizations[0]!),
        FABRIC_ORGANIZATIONS: organizationsFile(place),
      };
    },
    probe: (place) => probe(networkIn(place), place),
  };
}

/** The variables of a platform of each organisation, by its name; for tests that need several. */
const organizationsFile = ({ folder }: Place) => join(folder, 'organizations.json');
/** Ports as they stand in the channel: they cannot change any more. */
const portsFile = ({ folder }: Place) => join(folder, 'ports.json');
/** What was deployed last. */
const deployedFile = (folder: string) => join(folder, 'deployed.json');

async function format(network: Network, place: Place): Promise<void> {
  const { folder, bin, organizations } = network;
  write(join(folder, 'crypto-config.yaml'), cryptoConfig(network));
  write(join(folder, 'configtx.yaml'), configtx(network));
  await run(join(bin, 'cryptogen'), 'generate', `--config=${folder}/crypto-config.yaml`, `--output=${folder}/crypto`);
  const block = ['-profile', 'healthchain', '-channelID', channel, '-outputBlock', genesis(network)];
  await run(join(bin, 'configtxgen'), '-configPath', folder, ...block);
  writeFileSync(join(folder, 'gateways.pem'), organizations.map(tlsCa).join(''));
  write(
    organizationsFile(place),
    Object.fromEntries(organizations.map((each) => [each.name, variablesOf(network, each)])),
  );
  builder(join(folder, 'builder', 'bin'));
  write(portsFile(place), place.ports);
}

/** The external builder of chaincodes as a service: there is nothing to build, but for the peer to know the server. */
function builder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const scripts = {
    detect: `grep -q '"type": *"ccaas"' "$2/metadata.json"`,
    build: `cp "$1/connection.json" "$3/"`,
    release: `mkdir -p "$2/chaincode/server" && cp "$1/connection.json" "$2/chaincode/server/"`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
}

async function processes(network: Network, place: Place): Promise<EngineProcess[]> {
  if (readFileSync(portsFile(place), 'utf8') !== json(place.ports))
    throw new Hopeless(
      'fabric: another program took one of its ports, which are part of its channel; free it, or --clean',
    );
  const { folder, bin } = network;
  const chaincode = await bundled(folder);
  write(join(folder, 'chaincode.json'), chaincode);
  const logging = { FABRIC_LOGGING_SPEC: 'WARN' };
  return [
    ...network.orderers.map((orderer) => {
      const home = configured(folder, orderer.name, 'orderer.yaml', ordererConfig(network, orderer));
      return withVariables(orderer.name, { ...home, ...logging }, join(bin, 'orderer'));
    }),
    ...network.organizations.map((organization) => {
      const name = `peer-${organization.name}`;
      const home = configured(folder, name, 'core.yaml', peerConfig(network, organization));
      return withVariables(name, { ...home, ...logging }, join(bin, 'peer'), 'node', 'start');
    }),
    ...network.organizations.map((organization) => chaincodeServer(chaincode, organization)),
  ];
}

function configured(folder: string, name: string, file: string, configuration: object): Record<string, string> {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  write(join(home, file), configuration);
  return { FABRIC_CFG_PATH: home };
}

/** The chaincode of this checkout is deployed, and transactions commit through every organisation's gateway. */
async function probe(network: Network, place: Place): Promise<void> {
  const chaincode: Chaincode = JSON.parse(readFileSync(join(place.folder, 'chaincode.json'), 'utf8'));
  const wanted = json(network.organizations.map((organization) => packageOf(chaincode, organization).id));
  if (read(deployedFile(place.folder)) !== wanted) {
    await deploy(network, chaincode);
    writeFileSync(deployedFile(place.folder), wanted);
  }
  await Promise.all(network.organizations.map((organization) => commitThrough(network, organization)));
}

const json = (value: unknown): string => JSON.stringify(value, undefined, 2);
const write = (file: string, value: unknown): void => writeFileSync(file, json(value));
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
