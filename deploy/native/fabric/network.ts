import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from '../engine.ts';

export const channel = 'healthchain';
export const chaincodeName = 'healthchain';

/** One organisation with one peer, and a server of its own for the chaincode. */
export interface Organization {
  /** Also its MSP id. */
  name: string;
  domain: string;
  /** Crypto material of its peer: `msp/` and `tls/`. */
  peer: string;
  /** MSP folders of two of its people. */
  admin: string;
  client: string;
  /** Loopback ports. */
  gateway: number;
  peerChaincode: number;
  chaincode: number;
}

export interface Orderer {
  name: string;
  crypto: string;
  port: number;
  admin: number;
  /** Serves metrics, which say who leads. */
  operations: number;
}

/** Where everything of a network is. */
export interface Network {
  folder: string;
  bin: string;
  organizations: Organization[];
  orderers: Orderer[];
}

const names = ['west', 'east', 'north', 'south'];

/** Names of the ports of a network. */
export function portsOf(orgs: number, orderers: number): string[] {
  return [
    ...names.slice(0, orgs).flatMap((name) => [`peer-${name}`, `peer-${name}-chaincode`, `chaincode-${name}`]),
    ...ordererNames(orderers).flatMap((name) => [name, `${name}-admin`, `${name}-operations`]),
  ];
}

/** @param bin folder with the programs */
export function networkOf({ folder, ports }: Place, bin: string, orgs: number, orderers: number): Network {
  const crypto = join(folder, 'crypto');
  return {
    folder,
    bin,
    organizations: names.slice(0, orgs).map((name) => {
      const domain = `${name}.healthchain`;
      const home = join(crypto, 'peerOrganizations', domain);
      return {
        ...{ name, domain, peer: join(home, 'peers', `peer0.${domain}`) },
        admin: join(home, 'users', `Admin@${domain}`, 'msp'),
        client: join(home, 'users', `User1@${domain}`, 'msp'),
        gateway: ports[`peer-${name}`]!,
        peerChaincode: ports[`peer-${name}-chaincode`]!,
        chaincode: ports[`chaincode-${name}`]!,
      };
    }),
    orderers: ordererNames(orderers).map((name) => ({
      name,
      crypto: join(crypto, 'ordererOrganizations', 'orderer.healthchain', 'orderers', `${name}.orderer.healthchain`),
      port: ports[name]!,
      admin: ports[`${name}-admin`]!,
      operations: ports[`${name}-operations`]!,
    })),
  };
}

const ordererNames = (orderers: number) => Array.from({ length: orderers }, (_, index) => `orderer-${index + 1}`);

/** What a platform of this organisation reads: its own gateway first, then those of the others. */
export function variablesOf({ folder, organizations }: Network, own: Organization): Record<string, string> {
  const gateways = [own, ...organizations.filter((each) => each !== own)];
  return {
    FABRIC_GATEWAYS: gateways.map(({ gateway }) => `localhost:${gateway}`).join(','),
    FABRIC_TLS_CA: join(folder, 'gateways.pem'),
    FABRIC_MSP_ID: own.name,
    FABRIC_CERTIFICATE: join(own.client, 'signcerts', `User1@${own.domain}-cert.pem`),
    FABRIC_KEY: join(own.client, 'keystore', 'priv_sk'),
    FABRIC_CHANNEL: channel,
    FABRIC_CHAINCODE: chaincodeName,
  };
}

export const tlsCa = ({ peer }: Organization): string => readFileSync(join(peer, 'tls', 'ca.crt'), 'utf8');
