import type { Bundle } from '@medplum/fhirtypes';
import { MultiBar, Presets } from 'cli-progress';
import { asFailure, Failure } from '../../kernel/errors.ts';
import { bundleFiles, readBundle } from '../bundles.ts';
import { actingClient, actingOption, type Client } from '../client.ts';
import type { Command } from '../command.ts';

interface Imported {
  file: string;
  resources: number;
  error?: string;
}

const command: Command = {
  name: 'import',
  summary: 'Loads FHIR bundles (plain or .gz). Safe to repeat: what is there already is not loaded twice.',
  usage: 'import <bundle or folder> --as <demo user>',
  options: {
    ...actingOption,
    concurrency: { type: 'string', short: 'c', doc: 'bundles in flight (default 2)' },
  },
  async run({ args, values, json, out, err, ...invocation }) {
    const [path] = args;
    if (!path) throw new Failure('required', 'Say what to import: a bundle, or a folder of bundles.');
    const files = await bundleFiles(path);
    const client = await actingClient({ values, ...invocation });
    const started = performance.now();
    const results = await importAll(client, files, Number(values.concurrency ?? 2), progress(files.length, json));
    const seconds = (performance.now() - started) / 1000;
    const resources = results.reduce((sum, each) => sum + each.resources, 0);
    const failed = results.filter((each) => each.error);
    if (json) out(JSON.stringify({ files: files.length, failed, resources, seconds }));
    else {
      for (const { file, error } of failed) err(`${file}: ${error}`);
      const rate = Math.round(resources / seconds);
      out(
        `${resources} resources from ${files.length - failed.length} of ${files.length} bundles in ${seconds.toFixed(1)} s (${rate}/s)`,
      );
    }
    return failed.length ? 1 : 0;
  },
};
export default command;

type Progress = { done(imported: Imported): void; stop(): void };

/** Posts the files, `concurrency` at a time; one that fails does not stop the others. */
export async function importAll(
  client: Client,
  files: string[],
  concurrency: number,
  { done, stop }: Progress,
): Promise<Imported[]> {
  const results: Imported[] = [];
  const queue = files.values();
  const worker = async () => {
    for (const file of queue) {
      const imported = await importOne(client, file);
      results.push(imported);
      done(imported);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, worker));
  stop();
  return results;
}

async function importOne(client: Client, file: string): Promise<Imported> {
  try {
    const { bundle, key } = await readBundle(file);
    const headers = { 'idempotency-key': key };
    const answer: Bundle = (await client.call('/fhir', { method: 'POST', body: bundle, headers })).body;
    return { file, resources: answer.entry?.length ?? 0 };
  } catch (error) {
    if (error instanceof TypeError) throw error;
    const { code, message, issues } = asFailure(error);
    const at = issues[0]?.expression ? ` (${issues[0].expression.join(', ')})` : '';
    return { file, resources: 0, error: `${code}: ${message}${at}` };
  }
}

function progress(total: number, quiet: boolean): Progress {
  if (quiet || !process.stderr.isTTY) return { done: () => {}, stop: () => {} };
  const format = '{bar} {value}/{total} bundles, {resources} resources, {eta_formatted} left';
  const bars = new MultiBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
  const bar = bars.create(total, 0, { resources: 0 });
  let resources = 0;
  return {
    done(imported) {
      resources += imported.resources;
      bar.increment(1, { resources });
    },
    stop: () => bars.stop(),
  };
}
