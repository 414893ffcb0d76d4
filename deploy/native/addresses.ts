import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where one process of a distributed platform is. */
export interface Address {
  /** `host:port` */
  rpc: string;
  /** `http://host:port` of its REST doors, health and metrics. */
  http: string;
}

const fileIn = (folder: string) => join(folder, 'addresses.json');

/** Notes where every process is, for whoever wants to join or to look at it. */
export function saveAddresses(folder: string, addresses: Readonly<Record<string, Address>>): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(fileIn(folder), JSON.stringify(addresses, undefined, 2), { mode: 0o600 });
}

/** By name; of the last start. Empty where there was none. */
export function addressesIn(folder: string): Record<string, Address> {
  return existsSync(fileIn(folder)) ? JSON.parse(readFileSync(fileIn(folder), 'utf8')) : {};
}

/** The variables that tell a process where its peers are: where there are several of a name (`x`, `x-2`), all of them. */
export function peers(addresses: Readonly<Record<string, Address>>): Record<string, string> {
  const byName = Map.groupBy(Object.entries(addresses), ([name]) => name.split('-')[0]!);
  const told = [...byName].map(([name, found]) => {
    const all = found.map(([, { rpc }]) => rpc);
    return [`${name.toUpperCase()}_RPC`, all.length > 1 ? `ipv4:${all.join(',')}` : all[0]!];
  });
  return Object.fromEntries(told);
}
