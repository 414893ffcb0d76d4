import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ResearchApp } from '../app/app.ts';
import type { ListedStudy } from '../app/views.ts';
import { type RegisterStudy, registerStudySchema, studyId } from './schema.ts';

/** /research/studies: register, read, list, close. */
export function researchRest(app: ResearchApp) {
  return async (server: FastifyInstance): Promise<void> => {
    server.post<{ Body: RegisterStudy }>(
      '/research/studies',
      { schema: { body: registerStudySchema }, config: { access: { scope: 'ResearchStudy.c' } } },
      async ({ actor, body }, reply) => {
        const study = await app.registerStudy(actor!, { title: body.title, purpose: body.purpose_of_use });
        return created(reply, study);
      },
    );
    server.get('/research/studies', { config: { access: 'token' } }, async () => ({
      studies: (await app.listStudies()).map(document),
    }));
    server.get<{ Params: { id: string } }>(
      '/research/studies/:id',
      { schema: { params: studyId }, config: { access: 'token' } },
      async ({ params }) => document(await app.getStudy(params.id)),
    );
    server.post<{ Params: { id: string } }>(
      '/research/studies/:id/close',
      { schema: { params: studyId }, config: { access: { scope: 'ResearchStudy.u' } } },
      async ({ actor, params }) => document(await app.closeStudy(actor!, params.id)),
    );
  };
}

function created(reply: FastifyReply, study: ListedStudy) {
  return reply.code(201).header('location', `/research/studies/${study.id}`).send(document(study));
}

function document(study: ListedStudy) {
  return {
    id: study.id,
    status: study.status,
    title: study.title,
    purpose_of_use: study.purpose,
    organization: study.organization,
    investigator: study.investigator,
    registered_at: new Date(study.at).toISOString(),
    ...(study.status === 'closed' && { closed_at: new Date(study.closedAt).toISOString() }),
  };
}
