import type { FastifyInstance } from 'fastify';
import type { ResearchApp } from '../app/app.ts';
import { requestDocument } from './documents.ts';
import {
  type RejectRelease,
  type RequestRelease,
  rejectReleaseSchema,
  requestId,
  requestReleaseSchema,
  studyId,
} from './schema.ts';

/** /research/studies/:id/requests and /research/requests */
export function requestRoutes({ requests }: ResearchApp) {
  const path = '/research/studies/:id/requests';
  return async (server: FastifyInstance): Promise<void> => {
    server.post<{ Params: { id: string }; Body: RequestRelease }>(
      path,
      { schema: { params: studyId, body: requestReleaseSchema }, config: { access: { scope: 'ResearchStudy.u' } } },
      async ({ actor, params, body }, reply) => {
        const asked = await requests.request(actor!, params.id, body);
        return reply.code(201).send(requestDocument(asked));
      },
    );
    server.post<{ Params: { id: string; request: string } }>(
      `${path}/:request/approve`,
      { schema: { params: requestId }, config: { access: 'token' } },
      async ({ actor, params }) => requestDocument(await requests.approve(actor!, params.id, params.request)),
    );
    server.post<{ Params: { id: string; request: string }; Body: RejectRelease }>(
      `${path}/:request/reject`,
      { schema: { params: requestId, body: rejectReleaseSchema }, config: { access: 'token' } },
      async ({ actor, params, body }) =>
        requestDocument(await requests.reject(actor!, params.id, params.request, body.reason)),
    );
    server.get('/research/requests', { config: { access: 'token' } }, async ({ actor }) => ({
      requests: (await requests.list(actor!)).map(requestDocument),
    }));
  };
}
