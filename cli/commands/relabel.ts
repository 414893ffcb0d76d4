import type { Parameters } from '@medplum/fhirtypes';
import { actingClient, actingOption, bodyWith, type Client } from '../client.ts';
import { type Command, countOf } from '../command.ts';
import { progressBar } from '../progress.ts';

const bar = '{bar} {percentage} %, {relabelled} relabelled, {eta_formatted} left';

const command: Command = {
  name: 'relabel',
  summary:
    'Labels what is filed already by the table of today (administrators; privacy officers: their organisation’s).',
  usage: 'relabel --as <demo user> [--after <position>]',
  options: {
    ...actingOption,
    after: { type: 'string', doc: 'position in the log to go on from (default: the beginning)' },
    count: { type: 'string', doc: 'commits that one request looks at (default 500)' },
  },
  async run({ values, json, out, err, ...invocation }) {
    const [after, count] = [countOf(values, 'after', 0), countOf(values, 'count', 500)];
    const client = await actingClient({ values, ...invocation });
    const done = { through: after, examined: 0, relabelled: 0 };
    try {
      await relabelAll(client, done, count, json);
    } catch (error) {
      if (done.through > after) err(`Labelled through ${done.through}; "--after ${done.through}" does the rest.`);
      throw error;
    }
    if (json) out(JSON.stringify(done));
    else out(`${done.relabelled} of ${done.examined} resources got other labels.`);
    return 0;
  },
};
export default command;

interface Done {
  through: number;
  examined: number;
  relabelled: number;
}

/** Goes through the log as it is at the beginning, and counts in `done` how far it came. */
async function relabelAll(client: Client, done: Done, count: number, quiet: boolean): Promise<void> {
  const first = done.through;
  let progress: ReturnType<typeof progressBar> | undefined;
  let last = Number.POSITIVE_INFINITY;
  try {
    while (done.through < last) {
      const before = done.through;
      const page = await client.call(`/fhir/$relabel?_after=${before}&_count=${count}`, { method: 'POST' });
      const told = figures(bodyWith(page, 'parameter'));
      if (last === Number.POSITIVE_INFINITY) last = told.last;
      progress ??= progressBar(last - first, bar, quiet, { relabelled: 0 });
      done.through = told.through;
      done.examined += told.examined;
      done.relabelled += told.relabelled;
      progress.advance(Math.min(told.through, last) - before, { relabelled: done.relabelled });
      if (told.through === before) return;
    }
  } finally {
    progress?.stop();
  }
}

function figures({ parameter = [] }: Parameters): Done & { last: number } {
  const figure = (of: string) => parameter.find(({ name }) => name === of)?.valueInteger ?? 0;
  const [through, last, examined, relabelled] = ['through', 'last', 'examined', 'relabelled'].map(figure);
  return { through: through!, last: last!, examined: examined!, relabelled: relabelled! };
}
