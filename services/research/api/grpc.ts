import { Failure } from '../../../kernel/errors.ts';
import type { RpcContext, RpcService } from '../../../kernel/rpc/port.ts';
import { rpcService } from '../../../kernel/rpc/service.ts';
import { ResearchService } from '../../../proto/gen/healthchain/research/v1/research_pb.ts';
import type { ResearchApp } from '../app/app.ts';
import { buildHandlers } from './builds.ts';
import { countMessage, definitionMessage, parsed, requestMessage, studyMessage, termsOf } from './messages.ts';
import { recallHandlers } from './recalls.ts';
import { releaseHandlers } from './releases.ts';

/** ResearchService over gRPC. What a step needs beyond a scope, the domain decides. */
export function researchRpc(app: ResearchApp): RpcService {
  const { cohorts, requests } = app;
  return rpcService(
    ResearchService,
    {
      registerStudy: { scope: 'ResearchStudy.c' },
      closeStudy: { scope: 'ResearchStudy.u' },
      getStudy: 'services-or-token',
      listStudies: 'services-or-token',
      defineCohort: { scope: 'ResearchStudy.u' },
      listDefinitions: 'token',
      askFeasibility: { scope: 'ResearchStudy.u' },
      requestRelease: { scope: 'ResearchStudy.u' },
      approveRelease: 'token',
      rejectRelease: 'token',
      listReleaseRequests: 'token',
      closeReleaseRequest: 'token',
      startBuild: { scope: 'ResearchStudy.u' },
      getBuild: 'token',
      cancelBuild: 'token',
      listReleases: 'token',
      getRelease: 'token',
      downloadRelease: 'token',
      listRecalls: 'token',
      getRecallNotice: 'token',
      attestReleaseDeletion: 'token',
      forgetPatient: 'services',
    },
    {
      registerStudy: async ({ title, purposeOfUse: purpose, terms }, context) =>
        studyMessage(await app.registerStudy(actorOf(context), { title, purpose, ...termsOf(terms) })),
      closeStudy: async ({ id }, context) => studyMessage(await app.closeStudy(actorOf(context), id)),
      getStudy: async ({ id }) => studyMessage(await app.getStudy(id)),
      listStudies: async () => ({ studies: (await app.listStudies()).map(studyMessage) }),
      async defineCohort({ study, criteria, extract, privacy }, context) {
        const content = {
          criteria: parsed(criteria, 'criteria'),
          ...(extract.length > 0 && { extract: parsed(extract, 'extract') }),
          ...(privacy.length > 0 && { privacy: parsed(privacy, 'privacy') }),
        };
        return definitionMessage(await cohorts.define(actorOf(context), study, content));
      },
      listDefinitions: async ({ study }, context) => ({
        definitions: (await app.definitions(actorOf(context), study)).map(definitionMessage),
      }),
      async askFeasibility({ study, definition }, context) {
        const { answer, left, margin } = await cohorts.feasibility(actorOf(context), study, definition, context.signal);
        return { answer: countMessage(answer), questionsLeft: left, margin };
      },
      async requestRelease({ study, definition, recipients, replaces }, context) {
        const asked = {
          ...{ definition, ...(recipients.length && { recipients }) },
          ...(replaces && { replaces }),
        };
        return requestMessage(await requests.request(actorOf(context), study, asked));
      },
      approveRelease: async ({ study, request }, context) =>
        requestMessage(await requests.approve(actorOf(context), study, request)),
      rejectRelease: async ({ study, request, reason }, context) =>
        requestMessage(await requests.reject(actorOf(context), study, request, reason)),
      listReleaseRequests: async (_, context) => ({
        requests: (await requests.list(actorOf(context))).map(requestMessage),
      }),
      ...buildHandlers(app, actorOf),
      ...releaseHandlers(app, actorOf),
      ...recallHandlers(app.recalls, actorOf),
      async forgetPatient({ patient }) {
        await app.forgetPatient(patient);
        return {};
      },
    },
  );
}

function actorOf({ actor }: RpcContext) {
  if (actor) return actor;
  throw new Failure('login', 'This needs an access token.');
}
