import { Failure } from '../../../kernel/errors.ts';
import type { RpcContext, RpcService } from '../../../kernel/rpc/port.ts';
import { rpcService } from '../../../kernel/rpc/service.ts';
import { AuditService } from '../../../proto/gen/healthchain/audit/v1/audit_pb.ts';
import type { AuditApp, Caller } from '../app/app.ts';
import type { LogSizes } from '../app/log.ts';

/** AuditService over gRPC. */
export function auditRpc(app: AuditApp, sizes: () => Promise<LogSizes>): RpcService {
  return rpcService(
    AuditService,
    {
      searchAuditEvents: { scope: 'AuditEvent.s' },
      readAuditEvent: { scope: 'AuditEvent.r' },
      getProof: { scope: 'AuditEvent.r' },
      getStatus: 'public', // the log's sizes are public in its checkpoint
    },
    {
      searchAuditEvents: async ({ query }, context) => ({ bundle: json(await app.search(callerOf(context), query)) }),
      readAuditEvent: async ({ id }, context) => ({ resource: json(await app.read(callerOf(context), id)) }),
      getProof: async ({ id }, context) => ({ proof: json(await app.proof(callerOf(context), id)) }),
      async getStatus() {
        const { sequenced, integrated, published, anchored } = await sizes();
        return {
          sequenced: BigInt(sequenced),
          integrated: BigInt(integrated),
          published: BigInt(published),
          anchored: BigInt(anchored),
        };
      },
    },
  );
}

function callerOf({ actor, token, requestId }: RpcContext): Caller {
  if (actor && token) return { actor, token, request: requestId };
  throw new Failure('login', 'This needs an access token.');
}

const json = (value: object) => Buffer.from(JSON.stringify(value));
