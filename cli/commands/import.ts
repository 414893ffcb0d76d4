import type { Bundle } from '@medplum/fhirtypes';
import { Failure } from '../../kernel/errors.ts';
import { bundleFiles, readBundle } from '../bundles.ts';
import { actingClient, actingOption, type Client } from '../client.ts';
import { type Command, countOf } from '../command.ts';
import { type Progress, progressBar } from '../progress.ts';

const bar = '{bar} {value}/{total} bundles, {resources} resources, {eta_formatted} left';

export interface Imported {
  file: string;
  resources: number;
  error?: string;
}

const command: Command = {
  name: 'import',
  summary: 'Loads FHIR bundles (plain or .gz). Safe to repeat: what is there already is not loaded twice.',
  usage: 'import <bundle or folder> --as <demo user>',
  takes: 'a bundle, or a folder of bundles',
  options: {
    ...actingOption,
    concurrency: { type: 'string', short: 'c', doc: 'bundles in flight (default 2)' },
  },
  async run({ argument, values, json, out, err, ...invocation }) {
    const concurrency = countOf(values, 'concurrency', 2);
    const files = await bundleFiles(argument);
    const client = await actingClient({ values, ...invocation });
    const started = performance.now();
    const { answered, ...progress } = counting(progressBar(files.length, bar, json, { resources: 0 }));
    const results = await importAll(client, files, concurrency, progress).catch((error) => {
      err(`${answered()} of ${files.length} bundles were answered; the same command again loads the rest.`);
      throw error;
    });
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

function counting({ advance, stop }: Progress) {
  let answered = 0;
  const counted: Progress['advance'] = (steps, figures) => {
    answered += steps;
    advance(steps, figures);
  };
  return { answered: () => answered, advance: counted, stop };
}

/**
 * Posts the files, `concurrency` at a time; one that is refused does not stop the others. Resolves to what became of
 * each; rejects where nobody answers.
 */
export async function importAll(
  client: Client,
  files: string[],
  concurrency: number,
  progress: Progress,
): Promise<Imported[]> {
  const results: Imported[] = [];
  const queue = [...files];
  let resources = 0;
  const worker = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const imported = await importOne(client, file).catch((error) => {
        queue.length = 0;
        throw error;
      });
      results.push(imported);
      resources += imported.resources;
      progress.advance(1, { resources });
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, worker));
  } finally {
    progress.stop();
  }
  return results;
}

async function importOne(client: Client, file: string): Promise<Imported> {
  try {
    const { bundle, key } = await readBundle(file);
    const headers = { 'idempotency-key': key };
    const { body } = await client.call('/fhir', { method: 'POST', body: bundle, headers });
    return { file, resources: loaded(bundle, body) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message, issues } = error;
    const at = issues[0]?.expression ? ` (${issues[0].expression.join(', ')})` : '';
    return { file, resources: 0, error: `${code}: ${message}${at}` };
  }
}

/** How many resources were loaded. Throws Failure where the answer tells of fewer than were sent. */
function loaded(sent: Bundle, answer: Bundle | undefined): number {
  const statuses = answer?.entry?.map(({ response }) => response?.status ?? '') ?? [];
  const failed = statuses.find((status) => !status.startsWith('2'));
  if (failed !== undefined) throw new Failure('processing', `An entry of the bundle was answered with "${failed}".`);
  if (statuses.length === (sent.entry?.length ?? 0)) return statuses.length;
  throw new Failure('exception', 'The answer does not tell of every entry; is this a HealthChain platform?');
}
