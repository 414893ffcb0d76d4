import { createHash, randomBytes } from 'node:crypto';
import { Failure } from '../kernel/errors.ts';

export interface LoginRequest {
  /** Base URL of the platform, without a slash at its end. */
  server: string;
  user: string;
  password: string;
  /** v3 PurposeOfUse code; default: by role. */
  purpose?: string;
  /** Default: all that the role may have, without a refresh token (ask for that with `offline_access`). */
  scope?: string;
}

export interface Session {
  accessToken: string;
  refreshToken?: string;
  /** Seconds. */
  expiresIn: number;
  /** A patient's own Patient id. */
  patient?: string;
}

/** The command line's public client; its redirect address is never opened, only read. */
const client = { client_id: 'healthchain-cli', redirect_uri: 'http://127.0.0.1/callback' };
const everything = 'openid launch/patient patient/*.cruds user/*.cruds';

/**
 * Logs in as a browser would: authorization code with PKCE (RFC 7636), filling in the platform's own login page.
 * Throws Failure `login` for a wrong user or password, `throttled` after too many, `forbidden` for a purpose or scope
 * that is not open to the user.
 */
export async function login(request: LoginRequest): Promise<Session> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const callback = await authorize(request, authorizationUrl(request, verifier, state));
  if (callback.get('state') !== state) throw new Failure('login', 'The answer belongs to another login; try again.');
  const error = callback.get('error');
  if (error) throw new Failure('forbidden', callback.get('error_description') ?? error);
  return exchange(request.server, callback.get('code') ?? '', verifier);
}

function authorizationUrl({ server, purpose, scope = everything }: LoginRequest, verifier: string, state: string): URL {
  const url = new URL(`${server}/auth/authorize`);
  url.search = new URLSearchParams({
    ...client,
    response_type: 'code',
    scope,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(purpose && { purpose_of_use: purpose }),
  }).toString();
  return url;
}

/** Follows the redirects from the authorization endpoint, through the login page, to the callback; its parameters. */
async function authorize({ server, user, password }: LoginRequest, start: URL): Promise<URLSearchParams> {
  const cookies = new Map<string, string>();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let steps = 0; steps < 10; steps++) {
    const answer = await visit(url, cookies, form);
    const location = answer.headers.get('location');
    if (location) {
      const next = new URL(location, url);
      if (next.href.startsWith(`${client.redirect_uri}?`)) return next.searchParams;
      // The platform names itself by its public address; here it was reached at `server`.
      url = new URL(next.pathname + next.search, server);
      form = undefined;
    } else {
      form = filledIn(await pageOf(answer, form !== undefined), user, password);
    }
  }
  throw new Failure('login', 'The login led nowhere; is this a HealthChain platform?');
}

function visit(url: URL, cookies: Map<string, string>, form: URLSearchParams | undefined): Promise<Response> {
  const headers = { accept: 'text/html', cookie: [...cookies].map((pair) => pair.join('=')).join('; ') };
  const answer = fetch(url, { redirect: 'manual', headers, ...(form && { method: 'POST', body: form }) });
  return answer.then((response) => {
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (name) cookies.set(name, value ?? '');
    }
    return response;
  });
}

async function pageOf(answer: Response, posted: boolean): Promise<string> {
  const page = await answer.text();
  if (answer.status === 200 && !posted) return page;
  if (answer.status === 401) throw new Failure('login', 'User name or password is wrong.');
  if (answer.status === 429) {
    const wait = answer.headers.get('retry-after') ?? 'a few';
    throw new Failure('throttled', `Too many attempts; try again in ${wait} seconds.`);
  }
  throw new Failure('login', `The login page answered ${answer.status}.`);
}

/** The login form of the page, filled in. */
function filledIn(page: string, user: string, password: string): URLSearchParams {
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1];
  if (!csrf) throw new Failure('login', 'There is no login form at this address; is this a HealthChain platform?');
  return new URLSearchParams({ csrf, login: user, password });
}

/** RFC 6749 §5, with SMART's `patient`. */
interface TokenAnswer {
  access_token?: string;
  expires_in?: number;
  refresh_token?: string;
  patient?: string;
  error_description?: string;
}

async function exchange(server: string, code: string, verifier: string): Promise<Session> {
  const body = new URLSearchParams({ ...client, grant_type: 'authorization_code', code, code_verifier: verifier });
  const answer = await fetch(`${server}/auth/token`, { method: 'POST', body });
  const tokens = (await answer.json()) as TokenAnswer;
  if (!answer.ok) throw new Failure('login', tokens.error_description ?? `The platform answered ${answer.status}.`);
  const { access_token: accessToken, expires_in: expiresIn, refresh_token: refreshToken, patient } = tokens;
  if (!accessToken || !expiresIn) throw new Failure('login', 'The platform sent no token.');
  return { accessToken, expiresIn, ...(refreshToken && { refreshToken }), ...(patient && { patient }) };
}
