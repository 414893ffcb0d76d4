import type { FastifyInstance } from 'fastify';
import type { Actor } from '../../../kernel/auth/actor.ts';
import type { RpcContext } from '../../../kernel/rpc/port.ts';
import type { ResearchApp } from '../app/app.ts';
import { buildDocument, requestDocument } from './documents.ts';
import { buildMessage, requestMessage } from './messages.ts';
import { requestId } from './schema.ts';

/** /research/studies/:id/requests/:request/build, and the end of a request */
export function buildRoutes({ jobs, requests }: ResearchApp) {
  const request = '/research/studies/:id/requests/:request';
  const update = { schema: { params: requestId }, config: { access: { scope: 'ResearchStudy.u' } } } as const;
  const decide = { schema: { params: requestId }, config: { access: 'token' } } as const;
  type Path = { Params: { id: string; request: string } };
  return async (server: FastifyInstance): Promise<void> => {
    server.post<Path>(`${request}/build`, update, async ({ actor, params }, reply) =>
      reply.code(202).send(buildDocument(await jobs.start(actor!, params.id, params.request))),
    );
    server.get<Path>(`${request}/build`, decide, async ({ actor, params }) =>
      buildDocument(await jobs.get(actor!, params.id, params.request)),
    );
    server.post<Path>(`${request}/build/cancel`, decide, async ({ actor, params }) =>
      buildDocument(await jobs.cancel(actor!, params.id, params.request)),
    );
    server.post<Path>(`${request}/close`, decide, async ({ actor, params }) =>
      requestDocument(await requests.close(actor!, params.id, params.request)),
    );
  };
}

interface Of {
  study: string;
  request: string;
}

/** The same by gRPC. @param actorOf throws where nobody has logged in */
export const buildHandlers = ({ jobs, requests }: ResearchApp, actorOf: (context: RpcContext) => Actor) => ({
  startBuild: async ({ study, request }: Of, context: RpcContext) =>
    buildMessage(await jobs.start(actorOf(context), study, request)),
  getBuild: async ({ study, request }: Of, context: RpcContext) =>
    buildMessage(await jobs.get(actorOf(context), study, request)),
  cancelBuild: async ({ study, request }: Of, context: RpcContext) =>
    buildMessage(await jobs.cancel(actorOf(context), study, request)),
  closeReleaseRequest: async ({ study, request }: Of, context: RpcContext) =>
    requestMessage(await requests.close(actorOf(context), study, request)),
});
