import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Actor } from '../../../kernel/auth/actor.ts';
import type { RpcContext } from '../../../kernel/rpc/port.ts';
import type { ResearchApp } from '../app/app.ts';
import type { Download } from '../app/release/downloads.ts';
import { releaseDocument } from './documents.ts';
import { releaseMessage } from './messages.ts';
import { acceptedTerms, fileName, releaseId } from './schema.ts';

/** /research/releases: packages for their recipients */
export function releaseRoutes({ downloads, vkey }: ResearchApp) {
  const path = '/research/releases';
  return async (server: FastifyInstance): Promise<void> => {
    server.get('/research/key', { config: { access: 'public' } }, async (_, reply) =>
      reply.header('cache-control', 'public, max-age=3600').send({ vkey }),
    );
    server.get(path, { config: { access: 'token' } }, async ({ actor }) => ({
      releases: (await downloads.list(actor!)).map(releaseDocument),
    }));
    server.get<{ Params: { id: string } }>(
      `${path}/:id`,
      { schema: { params: releaseId }, config: { access: 'token' } },
      async ({ actor, params }) => releaseDocument(await downloads.get(actor!, params.id)),
    );
    server.get<{ Params: { id: string }; Querystring: { terms: string } }>(
      `${path}/:id/package`,
      { schema: { params: releaseId, querystring: acceptedTerms }, config: { access: 'token' } },
      async ({ actor, params: { id }, query }, reply) =>
        send(reply, await downloads.file(actor!, id, query.terms), 'application/x-tar', `${id}.tar`),
    );
    server.get<{ Params: { id: string; name: string }; Querystring: { terms: string } }>(
      `${path}/:id/files/:name`,
      { schema: { params: fileName, querystring: acceptedTerms }, config: { access: 'token' } },
      async ({ actor, params: { id, name }, query }, reply) =>
        send(reply, await downloads.file(actor!, id, query.terms, name), 'application/octet-stream', name),
    );
  };
}

const send = (reply: FastifyReply, { bytes, content }: Download, type: string, name: string) =>
  reply
    .header('content-length', bytes)
    .header('content-disposition', `attachment; filename="${name}"`)
    .type(type)
    .send(Readable.from(content));

/** The same by gRPC. @param actorOf throws where nobody has logged in */
export const releaseHandlers = ({ downloads }: ResearchApp, actorOf: (context: RpcContext) => Actor) => ({
  listReleases: async (_: object, context: RpcContext) => ({
    releases: (await downloads.list(actorOf(context))).map(releaseMessage),
  }),
  getRelease: async ({ id }: { id: string }, context: RpcContext) =>
    releaseMessage(await downloads.get(actorOf(context), id)),
  async *downloadRelease({ id, terms, file }: { id: string; terms: string; file: string }, context: RpcContext) {
    const { content } = await downloads.file(actorOf(context), id, terms, file || undefined);
    for await (const piece of content) yield { piece };
  },
});
