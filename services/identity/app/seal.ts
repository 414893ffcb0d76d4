import { Failure } from '../../../kernel/errors.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { ViewDocument } from '../../../kernel/views/port.ts';

/** Seals and opens view documents under their owner's key; the owner stands among the document's keys. */
export function documentSeal(keyring: Keyring) {
  return {
    /** `body` as JSON, bound to its place; in the clear where there is no owner. */
    async seal(collection: string, id: string, owner: string, body: object): Promise<Uint8Array> {
      const plain = Buffer.from(JSON.stringify(body));
      return owner ? (await keyring.ensure(owner)).seal(plain, `${collection}/${id}`) : plain;
    },
    /** The document's content; undefined where its owner's key has been destroyed. */
    async open<T>(collection: string, { id, keys, body }: ViewDocument): Promise<T | undefined> {
      const owner = String(keys.owner ?? '');
      try {
        const plain = owner ? (await keyring.key(owner)).open(body, `${collection}/${id}`) : body;
        return JSON.parse(Buffer.from(plain).toString());
      } catch (error) {
        if (error instanceof Failure && error.code === 'deleted') return undefined;
        throw error;
      }
    },
  };
}
