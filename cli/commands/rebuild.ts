import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../kernel/errors.ts';
import type { Command } from '../command.ts';
import { progressBar } from '../progress.ts';
import { type ViewContent, viewContent } from '../viewFiles.ts';

interface Rebuilt {
  service: string;
  collection: string;
  before: number;
  after: number;
  /** Whether it holds the same documents under the same keys as before. */
  same: boolean;
}

const command: Command = {
  name: 'rebuild',
  summary: 'Empties every view of a stopped embedded platform and fills it again from the events.',
  usage: 'rebuild [--data <folder>]',
  options: { data: { type: 'string', doc: 'the data folder (default: DATA_DIR, or data)' } },
  async run({ values, json, out }) {
    const folder = String(values.data ?? process.env.DATA_DIR ?? 'data');
    if (!existsSync(join(folder, 'keys.db'))) throw new Failure('not-found', `"${folder}" is no data folder.`);
    const rebuilt = await rebuild({ ...process.env, DATA_DIR: folder }, json);
    if (json) out(JSON.stringify(rebuilt));
    else for (const each of rebuilt) out(line(each));
    return 0;
  },
};
export default command;

/** Rebuilds the views of every service. Throws Failure `unavailable` where the platform runs on this folder. */
async function rebuild(env: NodeJS.ProcessEnv & { DATA_DIR: string }, quiet: boolean): Promise<Rebuilt[]> {
  const { embeddedPlatform } = await import('../../platform.ts');
  const contents = () => services.map((service) => viewContent(env.DATA_DIR, service));
  const platform = await embeddedPlatform(env);
  const services = platform.services.map(({ name }) => name);
  const before = contents();
  const bar = progressBar(services.length, '{bar} {value}/{total} services', quiet);
  try {
    for (const service of platform.services) {
      await service.rebuild();
      bar.advance(1);
    }
  } finally {
    bar.stop();
    await platform.stop();
  }
  return contents().flatMap((after, at) => compared(services[at]!, before[at]!, after));
}

function compared(service: string, before: ViewContent, after: ViewContent): Rebuilt[] {
  const collections = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...collections].sort().map((collection) => ({
    service,
    collection,
    before: before[collection]?.documents ?? 0,
    after: after[collection]?.documents ?? 0,
    same: before[collection]?.digest === after[collection]?.digest,
  }));
}

function line({ service, collection, before, after, same }: Rebuilt): string {
  const verdict = same ? 'the same as before' : `not as before: it had ${before}`;
  return `${service.padEnd(10)} ${collection.padEnd(20)} ${String(after).padStart(8)} documents, ${verdict}`;
}
