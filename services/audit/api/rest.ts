import type { FastifyInstance, FastifyReply } from 'fastify';
import { Failure } from '../../../kernel/errors.ts';
import { parseTilePath } from '../../../kernel/merkle/tiles.ts';
import type { Views } from '../../../kernel/views/port.ts';
import { readTile, within } from '../app/tiles.ts';

/** What the log shows to the world. */
export interface PublicLog {
  vkey: string;
  views: Views;
  /** The newest checkpoint: its note, and its tree's size. */
  checkpoint(): Promise<{ note: string; size: number } | undefined>;
}

const open = { config: { access: 'public' } } as const;
const text = 'text/plain; charset=utf-8';

/** The log as C2SP tlog-tiles lays it out (https://c2sp.org/tlog-tiles), with its verifier key beside it. */
export function auditRest({ vkey, views, checkpoint }: PublicLog) {
  return async (server: FastifyInstance): Promise<void> => {
    server.get('/log/checkpoint', open, async (_request, reply) =>
      shared(reply)
        .type(text)
        .header('cache-control', 'no-store')
        .send((await published()).note),
    );
    server.get('/log/vkey', open, (_request, reply) => shared(reply).type(text).send(`${vkey}\n`));
    server.get<{ Params: { '*': string } }>('/log/tile/*', open, async ({ params }, reply) =>
      shared(reply)
        .type('application/octet-stream')
        .header('cache-control', 'public, max-age=31536000, immutable')
        .send(await tile(`tile/${params['*']}`)),
    );
  };

  async function published() {
    const newest = await checkpoint();
    if (newest) return newest;
    throw new Failure('unavailable', 'The log has no checkpoint yet; ask again shortly.');
  }

  /** Only what the published tree has: a tile that is ahead of it could still be taken back. */
  async function tile(path: string): Promise<Buffer> {
    const id = parseTilePath(path);
    const bytes = id && within((await published()).size, id) ? await readTile(views, id) : undefined;
    if (!bytes) throw new Failure('not-found', 'The log has no such tile.');
    return Buffer.from(bytes);
  }
}

/** Anybody's browser may verify the log. */
const shared = (reply: FastifyReply) => reply.header('access-control-allow-origin', '*');
