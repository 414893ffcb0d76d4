import { Failure } from '../../../kernel/errors.ts';
import type { Agent } from './agent.ts';
import { isKnownScope, isSystemScope } from './scope.ts';

/** A public key of a client (RFC 7517); only members that we check are named. */
export interface PublicJwk {
  kty: string;
  kid: string;
  crv?: string;
  n?: string;
  [member: string]: unknown;
}

export interface ClientDetails {
  name: string;
  /** Organisation that a system acts for. */
  organization: string;
  redirectUris: string[];
  keys: PublicJwk[];
  /** The most that it may be granted. */
  scopes: string[];
}
export interface ClientRegistered extends ClientDetails {
  type: 'ClientRegistered';
  by: Agent;
}
export type ClientEvent = ClientRegistered;
export interface RegisterClient extends Omit<ClientDetails, 'keys'> {
  type: 'register';
  /** A JSON Web Key Set as JSON, or empty. */
  jwks: string;
  by: Agent;
}
export type Client = { status: 'none' } | ({ status: 'registered' } & ClientDetails);

/** An application: redirect URIs for people's logins, public keys for acting by itself (SMART Backend Services). */
export const client = { initial: { status: 'none' } as Client, decide, evolve };

function decide(command: RegisterClient, state: Client): ClientEvent[] {
  if (state.status !== 'none') throw new Failure('duplicate', 'This client is already registered.');
  const { type: _, jwks, ...details } = command;
  const name = command.name.trim();
  if (!name || name.length > 100) throw wrong('name', 'Give a name of 1 to 100 characters.');
  command.redirectUris.forEach(checkRedirectUri);
  command.scopes.forEach(checkScope);
  const keys = parseKeys(jwks);
  if (!keys.length && !command.redirectUris.length) {
    throw wrong('redirect_uris', 'Give redirect URIs (for logins of people), keys (for a system), or both.');
  }
  if (!keys.length && command.scopes.some(isSystemScope)) throw wrong('jwks', 'System scopes need keys to sign with.');
  return [{ ...details, type: 'ClientRegistered', name, keys }];
}

function checkScope(scope: string): void {
  if (isKnownScope(scope)) return;
  throw wrong(
    'scopes',
    'A scope is like patient/Observation.rs, user/*.cruds or system/*.rs (SMART v2), or about login.',
  );
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);
const risky = new Set(['javascript:', 'vbscript:', 'data:', 'blob:', 'file:', 'about:']);

function checkRedirectUri(uri: string): void {
  const parsed = URL.parse(uri);
  const plain = parsed?.protocol === 'http:' && !loopback.has(parsed.hostname);
  if (parsed && !plain && !risky.has(parsed.protocol) && !uri.includes('#')) return;
  throw wrong('redirect_uris', 'A redirect URI is https, http on a loopback address, or a scheme of the application.');
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const curves = ['P-256', 'P-384'];
/** Length in base64url of the modulus of a 2048-bit RSA key. */
const shortestModulus = 342;

function parseKeys(jwks: string): PublicJwk[] {
  if (!jwks) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(jwks);
  } catch {
    throw wrong('jwks', 'The key set is not JSON.');
  }
  const keys = (parsed as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > 10 || !keys.every(isPublicKey)) {
    throw wrong(
      'jwks',
      'Give a JWK set of 1 to 10 public keys with kid: EC on P-256 or P-384, or RSA of 2048 bits and more.',
    );
  }
  return keys;
}

function isPublicKey(key: unknown): key is PublicJwk {
  if (key === null || typeof key !== 'object' || privateMembers.some((member) => member in key)) return false;
  const { kty, kid, crv, n } = key as Partial<PublicJwk>;
  if (typeof kid !== 'string' || !kid) return false;
  if (kty === 'EC') return curves.some((curve) => curve === crv);
  return kty === 'RSA' && typeof n === 'string' && n.length >= shortestModulus;
}

const wrong = (field: string, message: string) => new Failure('value', message, { expression: [field] });

function evolve(_state: Client, event: ClientEvent): Client {
  const { type: _, by: __, ...registered } = event;
  return { status: 'registered', ...registered };
}
