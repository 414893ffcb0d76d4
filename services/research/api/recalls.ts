import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { FastifyInstance } from 'fastify';
import type { Actor } from '../../../kernel/auth/actor.ts';
import type { RpcContext } from '../../../kernel/rpc/port.ts';
import type { ListedRecall, Recalls } from '../app/recalls.ts';
import { type AttestDeletion, attestDeletionSchema, releaseId } from './schema.ts';

/** /research/recalls and /research/releases/:id/recall */
export function recallRoutes(recalls: Recalls) {
  const path = '/research/releases/:id/recall';
  return async (server: FastifyInstance): Promise<void> => {
    server.get('/research/recalls', { config: { access: 'token' } }, async ({ actor }) => ({
      recalls: (await recalls.list(actor!)).map(recallDocument),
    }));
    server.get<{ Params: { id: string } }>(
      path,
      { schema: { params: releaseId }, config: { access: 'token' } },
      async ({ actor, params }) => ({ note: await recalls.notice(actor!, params.id) }),
    );
    server.post<{ Params: { id: string }; Body: AttestDeletion }>(
      `${path}/attestation`,
      { schema: { params: releaseId, body: attestDeletionSchema }, config: { access: 'token' } },
      async ({ actor, params, body }) => recalls.attest(actor!, params.id, body.text),
    );
  };
}

const time = (at: number): string => new Date(at).toISOString();

const recallDocument = ({ recalledAt, deadline, recipients, ...recall }: ListedRecall) => ({
  ...recall,
  recalled_at: time(recalledAt),
  deadline: time(deadline),
  recipients: recipients.map(({ downloadedAt, ...recipient }) => ({
    ...recipient,
    ...(downloadedAt !== undefined && { downloaded_at: time(downloadedAt) }),
  })),
});

/** The RPCs of recalls. @param actorOf throws where nobody has logged in */
export const recallHandlers = (recalls: Recalls, actorOf: (context: RpcContext) => Actor) => ({
  listRecalls: async (_: object, context: RpcContext) => ({
    recalls: (await recalls.list(actorOf(context))).map(recallMessage),
  }),
  getRecallNotice: async ({ release }: { release: string }, context: RpcContext) => ({
    note: await recalls.notice(actorOf(context), release),
  }),
  attestReleaseDeletion: ({ release, text }: { release: string; text: string }, context: RpcContext) =>
    recalls.attest(actorOf(context), release, text),
});

const recallMessage = ({ recalledAt, deadline, recipients, ...recall }: ListedRecall) => ({
  ...recall,
  recalledAt: timestampFromMs(recalledAt),
  deadline: timestampFromMs(deadline),
  recipients: recipients.map(({ downloadedAt, ...recipient }) => ({
    ...recipient,
    ...(downloadedAt !== undefined && { downloadedAt: timestampFromMs(downloadedAt) }),
  })),
});
