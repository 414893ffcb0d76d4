import { argument, bytes32, object, text, texts } from './input.ts';
import { ContractRefusal, type ContractState } from './state.ts';

/** An organisation, as everybody may see it. */
export interface Organization {
  id: string;
  name: string;
  /** Ed25519 public keys, raw, base64. */
  keys: string[];
  /** The organisation that registered it; it alone may change it. */
  registrar: string;
}

/** An audit log: where its checkpoints come from and how they are verified. */
export interface Log {
  /** C2SP checkpoint origin. */
  origin: string;
  /** C2SP signed-note verifier key, `<origin>+<key id>+<key>`. */
  vkey: string;
  registrar: string;
}

export const identifier = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  what: '1 to 64 letters, digits, dots, dashes',
};
const label = { pattern: /^[^\p{Cc}]{1,200}$/u, what: '1 to 200 printable characters' };
const logOrigin = { pattern: /^[^\s+\p{Cc}]{1,200}$/u, what: '1 to 200 characters without spaces and plus signs' };
const verifierKey = { pattern: /^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/, what: 'a signed-note verifier key' };

/** Who takes part, and whose signatures mean what. Nothing here is about patients. */
export class RegistryContract {
  readonly name = 'registry';

  /**
   * Registers an organisation, or changes one that the same caller registered.
   * @param request `{ id, name, keys }`
   * @returns the `Organization` as it is kept
   */
  async registerOrganization(state: ContractState, request: string): Promise<string> {
    const input = object(request);
    const id = text(input, 'id', identifier.pattern, identifier.what);
    const name = text(input, 'name', label.pattern, label.what);
    const keys = texts(input, 'keys', bytes32.pattern, bytes32.what, 16);
    return keep(state, organizationKey(id), { id, name, keys, registrar: state.caller } satisfies Organization);
  }

  /**
   * Registers a log, or gives one that the same caller registered a new key.
   * @param request `{ origin, vkey }`
   * @returns the `Log` as it is kept
   */
  async registerLog(state: ContractState, request: string): Promise<string> {
    const input = object(request);
    const origin = text(input, 'origin', logOrigin.pattern, logOrigin.what);
    const vkey = text(input, 'vkey', verifierKey.pattern, verifierKey.what);
    if (!vkey.startsWith(`${origin}+`)) throw new ContractRefusal('invalid', 'vkey must be a key of the origin.');
    return keep(state, logKey(origin), { origin, vkey, registrar: state.caller } satisfies Log);
  }

  /** An `Organization`. Refuses `not-found`. */
  async organization(state: ContractState, id: string): Promise<string> {
    return read(state, organizationKey(argument(id, 'id', identifier.pattern, identifier.what)));
  }

  /** All organisations by id, as a JSON array. */
  async organizations(state: ContractState): Promise<string> {
    const all: string[] = [];
    for await (const [, kept] of state.range(organizationKey(''), organizationKey('~'))) all.push(kept);
    return `[${all.join(',')}]`;
  }

  /** A `Log`. Refuses `not-found`. */
  async log(state: ContractState, origin: string): Promise<string> {
    return read(state, logKey(argument(origin, 'origin', logOrigin.pattern, logOrigin.what)));
  }
}

async function keep(state: ContractState, key: string, record: Organization | Log): Promise<string> {
  const kept = JSON.stringify(record);
  const stored = await state.get(key);
  if (stored === kept) return kept;
  if (stored !== undefined && (JSON.parse(stored) as Organization | Log).registrar !== state.caller)
    throw new ContractRefusal('forbidden', 'Another organisation registered this.');
  await state.put(key, kept);
  state.emit('registered', kept);
  return kept;
}

async function read(state: ContractState, key: string): Promise<string> {
  const stored = await state.get(key);
  if (stored === undefined) throw new ContractRefusal('not-found', 'There is no such entry in the registry.');
  return stored;
}

/** Where this contract keeps an `Organization`; other contracts look there. */
export const organizationKey = (id: string): string => `organization/${id}`;
const logKey = (origin: string) => `log/${origin}`;
