import type { FastifyInstance } from 'fastify';
import type { ResearchApp } from '../app/app.ts';
import { definitionDocument, feasibilityDocument } from './documents.ts';
import { type DefineCohort, defineCohortSchema, definitionId, studyId } from './schema.ts';

/** Milliseconds that a count keeps its caller waiting: proxies seldom wait longer than a minute. */
const patience = 50_000;

/** /research/studies/:id/definitions */
export function cohortRoutes({ cohorts, definitions }: ResearchApp) {
  const path = '/research/studies/:id/definitions';
  return async (server: FastifyInstance): Promise<void> => {
    server.post<{ Params: { id: string }; Body: DefineCohort }>(
      path,
      { schema: { params: studyId, body: defineCohortSchema }, config: { access: { scope: 'ResearchStudy.u' } } },
      async ({ actor, params, body }, reply) => {
        const defined = await cohorts.define(actor!, params.id, body);
        return reply.code(201).send(definitionDocument(defined));
      },
    );
    server.get<{ Params: { id: string } }>(
      path,
      { schema: { params: studyId }, config: { access: 'token' } },
      async ({ actor, params }) => ({ definitions: (await definitions(actor!, params.id)).map(definitionDocument) }),
    );
    server.post<{ Params: { id: string; definition: number } }>(
      `${path}/:definition/feasibility`,
      { schema: { params: definitionId }, config: { access: { scope: 'ResearchStudy.u' } } },
      async ({ actor, params: { id, definition } }) =>
        feasibilityDocument(await cohorts.feasibility(actor!, id, definition, AbortSignal.timeout(patience))),
    );
  };
}
