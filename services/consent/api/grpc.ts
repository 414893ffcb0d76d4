import { timestampMs } from '@bufbuild/protobuf/wkt';
import { Failure } from '../../../kernel/errors.ts';
import type { RpcService } from '../../../kernel/rpc/port.ts';
import { rpcService } from '../../../kernel/rpc/service.ts';
import { ConsentService } from '../../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import type { ConsentApp } from '../app/app.ts';
import { sharingHandlers, sharingPolicy } from './agreementRpc.ts';
import { askerOf, breakGlassMessage, choicesOf, decisionMessage, verdictOf } from './messages.ts';

/** ConsentService over gRPC. What an answer or a change needs beyond a scope, the app decides. */
export function consentRpc(app: ConsentApp): RpcService {
  const { decisions, watch, consents, breakGlass, door } = app;
  return rpcService(
    ConsentService,
    {
      check: 'services-or-token',
      watch: 'services-or-token',
      head: 'services',
      listConsenting: 'services',
      explain: 'services-or-token',
      grant: { scope: 'Consent.c' },
      revoke: { scope: 'Consent.u' },
      declareBreakGlass: { scope: 'Patient.r' },
      endBreakGlass: 'token',
      reviewBreakGlass: 'token',
      liftSuspension: 'token',
      listBreakGlass: 'token',
      createConsent: { scope: 'Consent.c' },
      readConsent: { scope: 'Consent.r' },
      updateConsent: { scope: 'Consent.u' },
      searchConsents: { scope: 'Consent.s' },
      ...sharingPolicy,
    },
    {
      async check({ patients, actor, action, purposeOfUse, decideEach, resources, study }, context) {
        const asked = { actor: askerOf(actor), action, purpose: purposeOfUse, study };
        const { id, decisions: decided } = await decisions.check(context, patients, asked);
        const each = decideEach ? resources : [];
        return { decisionId: id, decisions: decided.map((decision) => decisionMessage(decision, each)) };
      },
      async *watch({ patient, actor, action, purposeOfUse, resources, study }, context) {
        const asked = { actor: askerOf(actor), action, purpose: purposeOfUse, study };
        for await (const { id, decision } of watch.watch(context, patient, asked, context.signal))
          yield { decisionId: id, decision: decisionMessage(decision, resources) };
      },
      head: async ({ patients }) => ({ versions: await decisions.head(patients) }),
      async *listConsenting({ actor, action, purposeOfUse, study }, context) {
        const asked = { actor: askerOf(actor), action, purpose: purposeOfUse, study };
        for await (const patients of app.consenting.list(context, asked)) yield { patients };
      },
      async explain({ patient, actor, action, purposeOfUse, at, resources, study }, context) {
        const asked = {
          actor: askerOf(actor),
          action,
          purpose: purposeOfUse,
          resources,
          study,
          ...(at && { at: timestampMs(at) }),
        };
        const { decision, steps, version } = await decisions.explain(context, patient, asked);
        return { decision: decisionMessage({ ...decision, patient, version }, resources), steps };
      },
      grant: (request, context) => consents.grant(context, request.patient, choicesOf(request), request.idempotencyKey),
      revoke: ({ consent, reason, idempotencyKey }, context) =>
        consents.revoke(context, consent, reason, idempotencyKey),
      async declareBreakGlass({ patient, reason, reasonText, minutes }, context) {
        const { system = '', code = '' } = reason ?? {};
        const request = { patient, reason: { system, code }, text: reasonText, minutes };
        return breakGlassMessage(await breakGlass.declare(context, request));
      },
      endBreakGlass: async ({ id }, context) => breakGlassMessage(await breakGlass.end(context, id)),
      reviewBreakGlass: async ({ id, verdict, text }, context) =>
        breakGlassMessage(await breakGlass.review(context, id, verdictOf(verdict), text)),
      async liftSuspension({ clinician, reason }, context) {
        await breakGlass.liftSuspension(context, clinician, reason);
        return {};
      },
      async listBreakGlass(asked, context) {
        return { declarations: (await breakGlass.list(context, asked)).map(breakGlassMessage) };
      },
      createConsent: async ({ resource, idempotencyKey }, context) =>
        storedMessage(await door.create(context, parsed(resource), idempotencyKey)),
      async readConsent({ id, version }, context) {
        return { resource: encoded(await door.read(context, id, version || undefined)) };
      },
      updateConsent: async ({ id, resource, ifMatch }, context) =>
        storedMessage(await door.update(context, id, parsed(resource), ifMatch || undefined)),
      async searchConsents({ query }, context) {
        return { bundle: encoded(await door.search(context, query)) };
      },
      ...sharingHandlers(app),
    },
  );
}

const encoded = (resource: object): Uint8Array => Buffer.from(JSON.stringify(resource));

/** Scanned documents come along. */
const longest = 5 * 1024 * 1024;

function parsed(bytes: Uint8Array): unknown {
  if (bytes.length > longest) throw new Failure('too-long', 'A consent has at most 5 MiB, its document included.');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new Failure('structure', 'The resource is not well-formed JSON.', { cause });
  }
}

function storedMessage({ resource, receipt }: Awaited<ReturnType<ConsentApp['door']['create']>>) {
  return { resource: encoded(resource), receipt };
}
