import type { FastifyInstance } from 'fastify';
import type { ResearchApp } from '../app/app.ts';
import { buildRoutes } from './builds.ts';
import { cohortRoutes } from './cohorts.ts';
import { studyDocument } from './documents.ts';
import { recallRoutes } from './recalls.ts';
import { releaseRoutes } from './releases.ts';
import { requestRoutes } from './requests.ts';
import { type RegisterStudy, registerStudySchema, studyId } from './schema.ts';

/** /research: studies, their cohorts, and requests for data. */
export function researchRest(app: ResearchApp) {
  return async (server: FastifyInstance): Promise<void> => {
    server.post<{ Body: RegisterStudy }>(
      '/research/studies',
      { schema: { body: registerStudySchema }, config: { access: { scope: 'ResearchStudy.c' } } },
      async ({ actor, body }, reply) => {
        const study = await app.registerStudy(actor!, registration(body));
        return reply.code(201).header('location', `/research/studies/${study.id}`).send(studyDocument(study));
      },
    );
    server.get('/research/studies', { config: { access: 'token' } }, async () => ({
      studies: (await app.listStudies()).map(studyDocument),
    }));
    server.get<{ Params: { id: string } }>(
      '/research/studies/:id',
      { schema: { params: studyId }, config: { access: 'token' } },
      async ({ params }) => studyDocument(await app.getStudy(params.id)),
    );
    server.post<{ Params: { id: string } }>(
      '/research/studies/:id/close',
      { schema: { params: studyId }, config: { access: { scope: 'ResearchStudy.u' } } },
      async ({ actor, params }) => studyDocument(await app.closeStudy(actor!, params.id)),
    );
    await server.register(cohortRoutes(app));
    await server.register(requestRoutes(app));
    await server.register(buildRoutes(app));
    await server.register(releaseRoutes(app));
    await server.register(recallRoutes(app.recalls));
  };
}

function registration({ title, purpose_of_use: purpose, ...terms }: RegisterStudy) {
  const { protocol, ethics_approval: ethicsApproval, data_use: dataUse } = terms;
  return {
    ...{ title, purpose },
    ...(protocol && { protocol }),
    ...(ethicsApproval && { ethicsApproval }),
    ...(dataUse && { dataUse }),
  };
}
