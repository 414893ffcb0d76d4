import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Failure } from '../../../kernel/errors.ts';
import type { RpcContext, RpcService } from '../../../kernel/rpc/port.ts';
import { rpcService } from '../../../kernel/rpc/service.ts';
import { ResearchService } from '../../../proto/gen/healthchain/research/v1/research_pb.ts';
import type { ResearchApp } from '../app/app.ts';
import type { ListedStudy } from '../app/views.ts';

/** ResearchService over gRPC. */
export function researchRpc(app: ResearchApp): RpcService {
  return rpcService(
    ResearchService,
    {
      registerStudy: { scope: 'ResearchStudy.c' },
      closeStudy: { scope: 'ResearchStudy.u' },
      getStudy: 'services-or-token',
      listStudies: 'services-or-token',
    },
    {
      registerStudy: async ({ title, purposeOfUse }, context) =>
        message(await app.registerStudy(actorOf(context), { title, purpose: purposeOfUse })),
      closeStudy: async ({ id }, context) => message(await app.closeStudy(actorOf(context), id)),
      getStudy: async ({ id }) => message(await app.getStudy(id)),
      listStudies: async () => ({ studies: (await app.listStudies()).map(message) }),
    },
  );
}

function actorOf({ actor }: RpcContext) {
  if (actor) return actor;
  throw new Failure('login', 'This needs an access token.');
}

function message(study: ListedStudy) {
  return {
    id: study.id,
    title: study.title,
    purposeOfUse: study.purpose,
    organization: study.organization,
    investigator: study.investigator,
    registeredAt: timestampFromMs(study.at),
    ...(study.status === 'closed' && { closedAt: timestampFromMs(study.closedAt) }),
  };
}
