import { isResearch } from '../../../contracts/rules/vocabulary.ts';
import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { asFailure, Failure } from '../../../kernel/errors.ts';
import { operationOutcome } from '../../../kernel/rest/problems.ts';
import type { RpcContext, RpcService } from '../../../kernel/rpc/port.ts';
import { rpcService } from '../../../kernel/rpc/service.ts';
import {
  type IngestRequest,
  RecordsService,
  type Research,
} from '../../../proto/gen/healthchain/records/v1/records_pb.ts';
import type { RecordsApp } from '../app/app.ts';
import type { Caller } from '../app/caller.ts';

/** RecordsService over gRPC: the same use cases as FHIR REST, so the same guard, scopes and errors. */
export function recordsRpc(app: RecordsApp, clock: Clock): RpcService {
  return rpcService(
    RecordsService,
    { read: 'token', search: 'services-or-token', ingest: 'token', share: 'token' },
    {
      async read({ type, id, version: wanted }, context) {
        const caller = callerOf(context);
        const found = await (wanted ? app.vread(caller, type, id, wanted) : app.read(caller, type, id));
        return { resource: Buffer.from(found.event.json), version: found.version };
      },
      async *search({ query, research }, context) {
        const [, type, search] = /^([A-Za-z]+)(?:\?(.*))?$/.exec(query) ?? [];
        if (!type) throw new Failure('value', 'A search has the form Type?parameters.', { expression: ['query'] });
        const caller = research ? researcherOf(research, context, clock) : callerOf(context);
        for await (const { matches } of app.pages(caller, type, search ?? '')) {
          requireUnexpired(caller, clock);
          for (const { json, mode } of matches) yield { resource: Buffer.from(json), include: mode === 'include' };
          if (context.signal.aborted) return;
        }
      },
      async share({ patient, agreement, idempotencyKey }, context) {
        const asked = { patient, agreement, ...(idempotencyKey && { key: idempotencyKey }) };
        const { json, ...receipt } = await app.share(callerOf(context), asked);
        return { bundle: Buffer.from(json), ...receipt };
      },
      async *ingest(requests, context) {
        const caller = callerOf(context);
        for await (const request of requests) {
          requireUnexpired(caller, clock);
          yield await ingested(app, caller, request);
        }
      },
    },
  );
}

/** A bundle that fails is answered with its OperationOutcome; those after it go on. */
async function ingested(app: RecordsApp, caller: Caller, { bundle, idempotencyKey }: IngestRequest) {
  try {
    const options = { ...(idempotencyKey && { key: idempotencyKey }), representation: false };
    return { ok: true, bundle: Buffer.from(await app.bundle(caller, parse(bundle), options)) };
  } catch (error) {
    return { ok: false, bundle: Buffer.from(JSON.stringify(operationOutcome(asFailure(error)))) };
  }
}

function parse(json: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(json).toString());
  } catch (cause) {
    throw new Failure('structure', 'The bundle is not well-formed JSON.', { cause });
  }
}

/** A stream may outlive its token: what comes after that is refused. */
function requireUnexpired({ actor }: Caller, clock: Clock): void {
  if (actor.expires * 1000 > clock.now()) return;
  throw new Failure('expired', 'The access token has expired; get a new one.');
}

/** How long a search of the research service may take. */
const hour = 3600_000;

/** Nobody but the research service reads for a study: what a researcher's own token lets be read is no record at all. */
function researcherOf(
  { subject, organization, study, purposeOfUse }: Research,
  context: RpcContext,
  clock: Clock,
): Caller {
  const { service, actor: other, requestId: request } = context;
  if (service !== 'research' || other) throw new Failure('forbidden', 'Only the research service reads for a study.');
  if (!subject || !organization || !study || !isResearch(purposeOfUse))
    throw new Failure('required', 'Say for whom, for which study and for which purpose of research.');
  const actor: Actor = {
    ...{ subject, organization, role: 'researcher', purpose: purposeOfUse },
    ...{ careTeams: [], scopes: ['system/*.rs'], client: service, authTime: 0 },
    expires: Math.ceil((clock.now() + hour) / 1000),
  };
  return { actor, token: '', request, study };
}

function callerOf({ actor, token, requestId }: RpcContext): Caller {
  if (actor && token) return { actor, token, request: requestId };
  throw new Failure('login', 'This needs an access token.');
}
