import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider';
import type { Clock, Ids } from '../../../../kernel/clock.ts';
import type { Keyring } from '../../../../kernel/keys/keyring.ts';
import type { ViewDocument, Views } from '../../../../kernel/views/port.ts';
import { documentSeal } from '../../app/seal.ts';

/** How long the provider's logins live, seconds. */
export const lifetimes = { session: 12 * 3600, offline: 30 * 24 * 3600, interaction: 900, short: 60 };

/** Whose key seals the provider's state. */
const owner = 'oidc';
const longLived = new Set(['Session', 'Grant', 'RefreshToken']);

/**
 * Keeps the provider's sessions, grants, codes and refresh tokens in the views, sealed, found by keyed hashes of their
 * ids (which are secrets). They are no events' views: a rebuild leaves them, a lost file logs everybody out.
 *
 * A kind's documents live in one of three collections in turn; a turn is as long as the longest of them lives, and the
 * next collection is emptied before its turn, tombstones too. So nothing that has expired piles up.
 */
export function stateAdapter(parts: Parts): AdapterFactory {
  return (model) => modelState(model, parts);
}

interface Parts {
  views: Views;
  keyring: Keyring;
  clock: Clock;
  ids: Ids;
}

function modelState(model: string, parts: Parts): Adapter {
  const { views, keyring, clock } = parts;
  const turn = (longLived.has(model) ? lifetimes.offline : 3600) * 1000;
  const { seal, open } = documentSeal(keyring);
  const hashOf = (kind: string, value: string) => keyring.mac(`oidc/${model}/${kind}/${value}`);
  const collection = (number: number) => `oidc-${model}-${number % 3}`;
  const now = () => Math.floor(clock.now() / turn);
  const standing = () => [collection(now()), collection(now() + 2)]; // this turn's, and the one before
  let swept = -1;

  async function sweep(): Promise<void> {
    const position = (clock.now() % turn) / turn;
    // In the middle of a turn only: clocks of several processes need not agree.
    if (swept === now() || position < 0.25 || position > 0.75) return;
    swept = now();
    await views.clear(collection(now() + 1));
  }

  async function stored(id: string): Promise<Found | undefined> {
    for (const name of standing()) {
      const document = await views.get(name, hashOf('id', id));
      if (document) return { collection: name, document };
    }
    return undefined;
  }

  async function matching(key: string, value: string): Promise<Found[]> {
    const where = { [key]: hashOf(key, value) };
    const found = standing().map(async (name) =>
      (await views.find(name, { where })).map((document) => ({ collection: name, document })),
    );
    return (await Promise.all(found)).flat();
  }

  const payload = async (found: Found | undefined) => found && open<AdapterPayload>(model, found.document);

  async function put(id: string, body: AdapterPayload, version: number, into: string): Promise<void> {
    const hash = hashOf('id', id);
    const keys = {
      owner,
      ...(body.grantId && { grant: hashOf('grant', body.grantId) }),
      ...(body.uid && model === 'Session' && { uid: hashOf('uid', body.uid) }),
    };
    const sealed = await seal(model, hash, owner, body);
    await views.apply([{ collection: into, id: hash, version, keys, sort: body.exp ?? 0, body: sealed }]);
  }

  return {
    async upsert(id, body) {
      await sweep();
      const before = await stored(id);
      const into = collection(now());
      await put(id, body, (before?.document.version ?? 0) + 1, into);
      if (before && before.collection !== into) await views.apply([removal(before)]);
    },
    find: async (id) => payload(await stored(id)),
    findByUid: async (uid) => payload((await matching('uid', uid))[0]),
    findByUserCode: async () => undefined, // device flow: not offered
    async consume(id) {
      const before = await stored(id);
      const body = await payload(before);
      if (!before || !body) throw new errors.InvalidGrant('it was revoked at the same time');
      const mine = { at: Math.floor(clock.now() / 1000), by: parts.ids.uuid() };
      if (!body.consumed) await put(id, { ...body, consumed: mine }, before.document.version + 1, before.collection);
      // Of two that consume at once the version guard let one write. The other finds that it did not: a replay.
      const after = await payload(await stored(id));
      if (after?.consumed?.by === mine.by) return;
      if (body.grantId) await modelState('Grant', parts).destroy(body.grantId);
      throw new errors.InvalidGrant('it was used at the same time');
    },
    async destroy(id) {
      const found = await stored(id);
      if (found) await views.apply([removal(found)]);
    },
    async revokeByGrantId(grantId) {
      await views.apply((await matching('grant', grantId)).map(removal));
    },
  };
}

interface Found {
  collection: string;
  document: ViewDocument;
}

/** Wins over every write: what was destroyed stays so. */
const removal = ({ collection, document: { id } }: Found) =>
  ({ collection, deleted: true, id, version: Number.MAX_SAFE_INTEGER }) as const;
