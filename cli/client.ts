import type { OperationOutcome } from '@medplum/fhirtypes';
import { Failure, type FailureCode, failures, type Issue } from '../kernel/errors.ts';
import type { Invocation, Option } from './command.ts';
import { login } from './oidc.ts';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a server sends is of whatever shape it is
  body: any;
  /** As it was sent. */
  text: string;
  bytes: Uint8Array;
}

export interface Request {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Speaks to the platform's REST doors as one user. */
export interface Client {
  /** Resolves to the answer. Throws the server's own Failure where the status is 400 or more. */
  call(path: string, request?: Request): Promise<Answer>;
}

/** What lets a command act as somebody: a demo user, or a token from the environment (never from the command line). */
export const actingOption: Record<string, Option> = {
  as: { type: 'string', doc: 'demo user to act as (else the token in HEALTHCHAIN_TOKEN)' },
};

/** The client for `--as`, or for HEALTHCHAIN_TOKEN. */
export async function actingClient({ server, values }: Pick<Invocation, 'server' | 'values'>): Promise<Client> {
  if (values.as) return userClient(server, await demoUser(server, String(values.as)));
  const token = process.env.HEALTHCHAIN_TOKEN;
  if (token) return restClient(server, async () => token);
  throw new Failure(
    'login',
    'Say who you are: --as <demo user> ("users" lists them), or a token in HEALTHCHAIN_TOKEN.',
  );
}

export interface DemoUser {
  user: string;
  name: string;
  role: string;
  organization?: string;
  patient?: string;
  password: string;
}

/** The demo world's users. Throws Failure `not-found` where the platform runs without one. */
export async function demoUsers(server: string): Promise<DemoUser[]> {
  return bodyWith(await restClient(server).call('/demo/users'), 'users').users;
}

export async function demoUser(server: string, user: string): Promise<DemoUser> {
  const found = (await demoUsers(server)).find((each) => each.user === user);
  if (found) return found;
  throw new Failure('not-found', `There is no demo user "${user}"; the command "users" lists them.`);
}

/** A client that logs the user in, and again shortly before the token ends. */
export function userClient(server: string, { user, password }: Pick<DemoUser, 'user' | 'password'>): Client {
  let session: Promise<{ accessToken: string; until: number }> | undefined;
  const logIn = async () => {
    const { accessToken, expiresIn } = await login({ server, user, password });
    return { accessToken, until: Date.now() + (expiresIn - 30) * 1000 };
  };
  return restClient(server, async () => {
    if (!session || (await session).until < Date.now()) session = logIn();
    return (await session).accessToken;
  });
}

/** A client with the given source of bearer tokens, or without. */
export function restClient(server: string, token?: () => Promise<string>): Client {
  return {
    async call(path, { method = 'GET', body, headers = {} } = {}) {
      const json = path.startsWith('/fhir') ? 'application/fhir+json' : 'application/json';
      const response = await fetch(path.startsWith('http') ? path : server + path, {
        method,
        headers: {
          accept: json,
          ...(token && { authorization: `Bearer ${await token()}` }),
          ...(body !== undefined && { 'content-type': json }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const bytes = new Uint8Array(await response.arrayBuffer());
      const text = new TextDecoder().decode(bytes);
      const answer = { status: response.status, headers: response.headers, body: parse(text), text, bytes };
      if (response.status >= 400) throw failureOf(answer);
      return answer;
    },
  };
}

/**
 * The JSON object of an answer.
 * @throws Failure `exception` where it lacks one of the members: whoever answers is no HealthChain platform
 */
export function bodyWith({ body }: Answer, ...members: string[]): Answer['body'] {
  const missing = members.find((member) => typeof body !== 'object' || body === null || !(member in body));
  if (missing === undefined) return body;
  throw new Failure('exception', `The answer lacks "${missing}"; is this a HealthChain platform?`);
}

function parse(text: string): unknown {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return text;
  }
}

/** The Failure that an OperationOutcome or a problem+json document tells of. */
function failureOf({ status, body }: Pick<Answer, 'status' | 'body'>): Failure {
  const code = (Object.keys(failures) as FailureCode[]).find((each) => failures[each][0] === status) ?? 'exception';
  const outcome = body as OperationOutcome | undefined;
  const issues: Issue[] = (outcome?.resourceType === 'OperationOutcome' ? outcome.issue : []).map((issue) => ({
    code: issue.code && Object.hasOwn(failures, issue.code) ? (issue.code as FailureCode) : code,
    diagnostics: issue.diagnostics ?? issue.details?.text ?? code,
    ...(issue.expression && { expression: issue.expression }),
  }));
  const [first] = issues;
  const message = first?.diagnostics ?? body?.detail ?? body?.error_description ?? `The platform answered ${status}.`;
  return new Failure(first?.code ?? code, message, issues.length ? { issues } : {});
}
