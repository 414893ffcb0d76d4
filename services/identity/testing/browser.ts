import { createHash, randomBytes } from 'node:crypto';
import { baseUrl, password } from './world.ts';

export type Browser = ReturnType<typeof browser>;
type Parameters = Record<string, string>;

/**
 * A browser of the tests: keeps cookies, follows no redirect by itself.
 * @param headers that it, or a proxy before it, sends besides
 */
export function browser(server: string, headers: Record<string, string> = {}) {
  const cookies = new Map<string, string>();

  async function open(path: string, form?: Parameters): Promise<Response> {
    const url = new URL(path, server);
    const local = new URL(url.pathname + url.search, server); // the service names itself by its public address
    const answer = await fetch(local, {
      redirect: 'manual',
      headers: { ...headers, cookie: [...cookies].map((pair) => pair.join('=')).join('; '), accept: 'text/html' },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = cookie.split(';', 1)[0]!.split(/=(.*)/s);
      cookies.set(name, value);
    }
    return answer;
  }

  /** Follows redirects until a page, or an address that is not ours. */
  async function follow(path: string, form?: Parameters): Promise<{ answer: Response; url: URL }> {
    let answer = await open(path, form);
    let url = new URL(path, baseUrl);
    for (let location = answer.headers.get('location'); location; location = answer.headers.get('location')) {
      url = new URL(location, baseUrl);
      if (url.origin !== baseUrl) break;
      answer = await open(location);
    }
    return { answer, url };
  }

  return { cookies, open, follow };
}

export const redirectUri = 'http://127.0.0.1/callback';
export const verifier = randomBytes(32).toString('base64url');

/** Parameters of an authorization request of the command line's client. */
export function request(change: Parameters = {}): Parameters {
  return {
    client_id: 'healthchain-cli',
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid patient/*.rs launch/patient',
    state: 'a-state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...change,
  };
}

export const authorizeUrl = (parameters: Parameters) => `/auth/authorize?${new URLSearchParams(parameters)}`;

/** The hidden proof of a page's form. */
export const csrfOf = (page: string) => /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';

/** Logs in on the page that the request leads to; where it leads then. */
export async function logIn(by: Browser, parameters: Parameters, login: string, secret = password) {
  const { answer, url } = await by.follow(authorizeUrl(parameters));
  const form = { csrf: csrfOf(await answer.text()), login, password: secret };
  return by.follow(url.pathname, form);
}

export interface Tokens {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the answer of a token endpoint, asserted on by the tests
  body: any;
}

/** A request to the token endpoint. */
export async function token(server: string, form: Parameters): Promise<Tokens> {
  const answer = await fetch(`${server}/auth/token`, { method: 'POST', body: new URLSearchParams(form) });
  return { status: answer.status, body: await answer.json() };
}

/** Exchanges the code of a callback. */
export function exchange(server: string, callback: URL, change: Parameters = {}): Promise<Tokens> {
  const code = callback.searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', client_id: 'healthchain-cli', redirect_uri: redirectUri };
  return token(server, { ...form, code, code_verifier: verifier, ...change });
}

/** Logs in and exchanges the code. */
export async function tokensFor(server: string, login: string, change: Parameters = {}): Promise<Tokens> {
  const { url } = await logIn(browser(server), request(change), login);
  return exchange(server, url);
}

export const refresh = (server: string, refreshToken: string, change: Parameters = {}) =>
  token(server, { grant_type: 'refresh_token', client_id: 'healthchain-cli', refresh_token: refreshToken, ...change });
