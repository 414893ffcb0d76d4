import { type Bench, figureOf, lineOf } from './figures.ts';

const benches: Record<string, () => Promise<{ bench: Bench }>> = {
  start: () => import('./start.ts'),
  consent: () => import('./consent.ts'),
  read: () => import('./read.ts'),
  create: () => import('./create.ts'),
  search: () => import('./search.ts'),
  import: () => import('./import.ts'),
  anchor: () => import('./anchor.ts'),
  proof: () => import('./proof.ts'),
  revoke: () => import('./revoke.ts'),
  kill: () => import('./kill.ts'),
  research: () => import('./research.ts'),
  registry: () => import('./registry.ts'),
  attacks: () => import('./attacks.ts'),
  distributed: () => import('./distributed.ts'),
};

const json = process.argv.includes('--json');
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
/** `distributed` starts real engines, which are fetched and compiled first: only by its name. */
const embedded = Object.keys(benches).filter((name) => name !== 'distributed');
const unknown = names.filter((name) => !Object.hasOwn(benches, name));

if (unknown.length || process.argv.includes('--help')) {
  console.error(`usage: npm run bench -- [name …] [--json]\nbenches: ${Object.keys(benches).join(', ')}`);
  process.exitCode = unknown.length ? 2 : 0;
} else {
  for (const name of names.length ? names : embedded) {
    const { bench } = await benches[name]!();
    await bench((measured) => {
      const figure = figureOf(name, measured);
      console.log(json ? JSON.stringify(figure) : lineOf(figure));
    });
  }
}
