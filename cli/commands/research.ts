import { Failure } from '../../kernel/errors.ts';
import { actingClient, actingOption, bodyWith } from '../client.ts';
import { type Command, countOf, Misuse } from '../command.ts';
import { jsonFile } from '../jsonFile.ts';
import { buildActions } from '../researchBuild.ts';
import { type Action, given, type Outcome, post, requestPath, studyPath } from '../researchDoors.ts';
import { releaseActions, releaseOptions } from '../researchDownload.ts';
import { recallActions, recallOptions } from '../researchRecall.ts';

const command: Command = {
  name: 'research',
  summary: 'The way to data of consenting patients: from a study to a package that recipients download.',
  usage: 'research <what> --as <user> [--study <id>]',
  takes:
    'study, define, feasibility, request, approve, reject, list, build, job, cancel, resume, close, releases, download, recalls, recall or attest',
  options: {
    ...actingOption,
    title: { type: 'string', doc: 'study: its title' },
    purpose: { type: 'string', doc: 'study: HRESCH (default) or CLINTRCH' },
    protocol: { type: 'string', doc: 'study: reference of the protocol' },
    ethics: { type: 'string', doc: 'study: reference of the approval by an ethics committee' },
    'data-use': { type: 'string', doc: 'study: what the data may be used for' },
    study: { type: 'string', doc: 'the study; list: its definitions (default: requests)' },
    criteria: { type: 'string', doc: 'define: JSON file of the criteria' },
    extract: { type: 'string', doc: 'define: JSON file of what is to be extracted' },
    privacy: { type: 'string', doc: 'define: JSON file of how the extract is made anonymous' },
    definition: { type: 'string', doc: 'feasibility, request: number of the definition (default 1)' },
    recipients: { type: 'string', doc: 'request: person ids of who gets the data, with commas between (default: you)' },
    request: { type: 'string', doc: 'approve, reject, build, job, cancel, resume, close: the request' },
    reason: { type: 'string', doc: 'reject: why' },
    follow: { type: 'boolean', doc: 'build, job, resume: wait for its end' },
    replaces: { type: 'string', doc: 'request: the recalled release in whose place it comes' },
    ...releaseOptions,
    ...recallOptions,
  },
  async run({ argument, values, json, out, ...invocation }) {
    const act = Object.hasOwn(actions, argument) ? actions[argument] : undefined;
    if (!act) throw new Misuse(`"${argument}" is none of ${Object.keys(actions).join(', ')}.`);
    const client = await actingClient({ values, ...invocation });
    const { result, lines, code = 0 } = await act(client, values, { quiet: json, server: invocation.server });
    if (json) out(JSON.stringify(result));
    else for (const line of lines) out(line);
    return code;
  },
};
export default command;

interface Told {
  count?: number;
  fewer_than?: number;
}
interface Definition {
  definition: number;
  author: string;
  extract?: unknown;
  feasibility?: Told;
}
interface Request {
  id: string;
  study: string;
  definition: number;
  status: string;
  requester: string;
  steward?: string;
  reason?: string;
}

const actions: Record<string, Action> = {
  async study(client, values) {
    const body = {
      title: given(values, 'title'),
      purpose_of_use: values.purpose ?? 'HRESCH',
      protocol: values.protocol,
      ethics_approval: values.ethics,
      data_use: values['data-use'],
    };
    const study = await post(client, '/research/studies', 'id', body);
    const name = `urn:healthchain:study|${study.id}`;
    return { result: study, lines: [`study ${study.id} is registered; consents name it as ${name}`] };
  },
  async define(client, values) {
    const criteria = await jsonFile(given(values, 'criteria'));
    const extract = values.extract ? await jsonFile(String(values.extract)) : undefined;
    const privacy = values.privacy ? await jsonFile(String(values.privacy)) : undefined;
    const defined = await post(client, `${studyPath(values)}/definitions`, 'definition', {
      criteria,
      extract,
      privacy,
    });
    return { result: defined, lines: [`definition ${defined.definition}`] };
  },
  async feasibility(client, values) {
    const path = `${studyPath(values)}/definitions/${countOf(values, 'definition', 1)}/feasibility`;
    const told = await patiently(() => post(client, path, 'questions_left'));
    const wide = told.count === undefined ? '' : `, give or take ${told.margin}`;
    return { result: told, lines: [`${people(told)}${wide}; ${told.questions_left} questions left`] };
  },
  async request(client, values) {
    const definition = countOf(values, 'definition', 1);
    const recipients = values.recipients ? String(values.recipients).split(',') : undefined;
    return described(
      await post(client, `${studyPath(values)}/requests`, 'status', {
        definition,
        recipients,
        replaces: values.replaces,
      }),
    );
  },
  approve: async (client, values) => described(await post(client, `${requestPath(values)}/approve`, 'status')),
  reject: async (client, values) =>
    described(await post(client, `${requestPath(values)}/reject`, 'status', { reason: given(values, 'reason') })),
  close: async (client, values) => described(await post(client, `${requestPath(values)}/close`, 'status')),
  ...buildActions,
  ...releaseActions,
  ...recallActions,
  async list(client, values) {
    if (values.study) {
      const { definitions } = bodyWith(await client.call(`${studyPath(values)}/definitions`), 'definitions');
      return { result: definitions, lines: definitions.map(definitionLine) };
    }
    const { requests } = bodyWith(await client.call('/research/requests'), 'requests');
    return { result: requests, lines: requests.map(requestLine) };
  },
};

/** Asks again where the answer takes longer than the server lets a call wait: it goes on with what it began. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'timeout')) throw error;
    }
  }
}

const described = (request: Request): Outcome => ({ result: request, lines: [requestLine(request)] });

const people = ({ count, fewer_than }: Told): string =>
  count === undefined ? `fewer than ${fewer_than} people` : `about ${count} people`;

function definitionLine({ definition, author, extract, feasibility }: Definition): string {
  const what = extract ? 'with an extract' : 'for a number only';
  return `${definition}  by ${author}, ${what}; ${feasibility ? people(feasibility) : 'nobody has asked for its feasibility'}`;
}

function requestLine({ id, study, definition, status, requester, steward, reason }: Request): string {
  const decided = steward ? ` by ${steward}${reason ? `: ${reason}` : ''}` : '';
  return `${id}  study ${study}, definition ${definition}, asked for by ${requester}: ${status}${decided}`;
}
