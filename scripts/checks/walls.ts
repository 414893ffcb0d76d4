import { posix } from 'node:path';
import { forTests, type Source } from './sources.ts';

export interface Import {
  from: string;
  /** A path of this repository, or the name of a package. */
  to: string;
  typeOnly: boolean;
}

const statement = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

/** What a file imports. Relative paths are resolved; a module loaded with `import()` counts like any other. */
export function importsOf({ path, text }: Source): Import[] {
  return [...text.matchAll(statement)].map(([, type, stated, dynamic]) => {
    const name = stated ?? dynamic!;
    const to = name.startsWith('.') ? posix.join(posix.dirname(path), name) : name;
    return { from: path, to, typeOnly: type !== undefined };
  });
}

const service = /^services\/([^/]+)\//;
const adapter =
  /^kernel\/(eventstore|views|bus)\/(sqlite|mongo|kafka)\.ts$|^kernel\/keys\/local\.ts$|^kernel\/ledger\/(embedded|fabric)\.ts$/;
const driver = /^(mongodb|kafkajs|@hyperledger\/)/;
const host = /^(platform|embedded|distributed)\.ts$|\/main\.ts$|^cli\/commands\/rebuild\.ts$/;

/** The walls of AGENTS.md: each says whether an import breaks it. */
const walls: Record<string, (edge: Import) => boolean> = {
  'domain imports only types and other domain files': ({ from, to, typeOnly }) =>
    /^services\/[^/]+\/domain\//.test(from) &&
    !typeOnly &&
    !/^services\/[^/]+\/domain\/|^contracts\/rules\/|^kernel\/errors\.ts$/.test(to),
  'a service never imports another service': ({ from, to }) =>
    service.test(from) && service.test(to) && service.exec(from)![1] !== service.exec(to)![1],
  'kernel never imports services': ({ from, to }) => /^kernel\//.test(from) && /^(services|cli|demo|test)\//.test(to),
  'contracts import only contracts and the Merkle tree': ({ from, to, typeOnly }) =>
    /^contracts\//.test(from) &&
    !/^contracts\/fabric\/(build|pack|package|server)\.ts$/.test(from) &&
    !typeOnly &&
    !/^(contracts|kernel\/merkle)\//.test(to),
  'the Merkle tree and the rules run in a browser': ({ from, to }) =>
    /^(kernel\/merkle|contracts\/rules)\//.test(from) && /^node:/.test(to),
  'only hosts and tests build adapters': ({ from, to, typeOnly }) => !typeOnly && adapter.test(to) && !host.test(from),
  'drivers stay in their adapter': ({ from, to }) => driver.test(to) && !/\/(mongo|kafka|fabric)/.test(from),
  'no utils, common, helpers, shared, misc or index': ({ to }) =>
    to.includes('/') && to.endsWith('.ts') && /(^|\/)(utils?|common|helpers?|shared|misc|index)(\/|\.ts$)/.test(to),
};

/** Every import that breaks a wall, and every cycle of values. Tests may import what they test against. */
export function brokenWalls(files: readonly Source[]): string[] {
  const edges = files.filter(({ path }) => !forTests(path)).flatMap(importsOf);
  const broken = edges.flatMap((edge) =>
    Object.entries(walls)
      .filter(([, breaks]) => breaks(edge))
      .map(([wall]) => `${edge.from} imports ${edge.to}: ${wall}`),
  );
  return [...broken, ...cycles(edges.filter(({ typeOnly }) => !typeOnly))];
}

function cycles(edges: readonly Import[]): string[] {
  const next = Map.groupBy(edges, ({ from }) => from);
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (path: string, trail: string[]): void => {
    if (state.get(path) === 'open') found.push(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' → ')}`);
    if (state.has(path)) return;
    state.set(path, 'open');
    for (const { to } of next.get(path) ?? []) visit(to, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of next.keys()) visit(path, []);
  return found;
}
