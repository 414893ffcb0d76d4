import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { permits } from '../../../contracts/rules/residual.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { ConsentApp } from '../app/app.ts';
import type { Caller } from '../app/caller.ts';
import type { PatientDecision } from '../app/decisions.ts';
import { callerOf } from './caller.ts';
import { instantOf, obligationsOf, type Verdict, verdictOf, verdictWords } from './verdicts.ts';
import { type Category, categoriesOf, questionOf, type XacmlRequest, xacmlBody } from './xacmlRequest.ts';

const type = 'application/xacml+json';

/** The consent decision as an XACML policy decision point: `POST /xacml`, JSON Profile of XACML 3.0 version 1.1. */
export function xacmlRoute(server: FastifyInstance, app: ConsentApp, fhirBase: string): void {
  server.addContentTypeParser(type, { parseAs: 'string' }, server.getDefaultJsonParser('error', 'error'));
  server.post<{ Body: Static<typeof xacmlBody> }>(
    '/xacml',
    { schema: { body: xacmlBody }, config: { access: 'token' } },
    async (request, reply) => {
      const asked = request.body.Request;
      const resources = categoriesOf(asked, 'Resource');
      const each = resources.length > 0 ? resources : [{}];
      const results = each.map((resource) => resultOf(app, callerOf(request), asked, resource, fhirBase));
      return reply.type(type).send(JSON.stringify({ Response: await Promise.all(results) }));
    },
  );
}

/** Indeterminate where the question cannot be answered; one that must not be asked is refused as a whole. */
async function resultOf(
  { decisions }: ConsentApp,
  caller: Caller,
  request: XacmlRequest,
  resource: Category,
  fhirBase: string,
) {
  try {
    const { patient, facts, ...asked } = questionOf(request, resource, fhirBase);
    const { id, decisions: decided } = await decisions.check(caller, [patient], asked);
    const decision = decided[0]!;
    // what the request does not tell of the resource, a denial may still be about: the obligation stays
    const answer = facts ? { ...decision, permit: permits(decision.residual, facts) } : decision;
    return { ...answered(id, answer, request), ...included(request, resource) };
  } catch (error) {
    if (error instanceof Failure && (error.code === 'forbidden' || error.code === 'login')) throw error;
    return { ...indeterminate(error), ...included(request, resource) };
  }
}

/** Where no consent speaks and nothing is permitted: enforced as a denial, like whatever is not Permit. */
const words: Record<Verdict, string> = { permit: 'Permit', deny: 'Deny', none: 'NotApplicable' };

function answered(decisionId: string, decision: PatientDecision, { ReturnPolicyIdList }: XacmlRequest) {
  const verdict = verdictOf(decision);
  const obligations = obligationsOf(decision).map(({ id, attribute, value }) => ({
    Id: id,
    AttributeAssignment: [assignment(attribute, value)],
  }));
  const validUntil = instantOf(decision.validUntil);
  const advice = [
    assignment('decision-id', decisionId),
    assignment('purpose-of-use', decision.purpose),
    ...(validUntil ? [assignment('valid-until', validUntil)] : []),
  ];
  return {
    Decision: words[verdict],
    Status: status('ok', verdictWords(decision)),
    ...(obligations.length > 0 && { Obligations: obligations }),
    ...(verdict !== 'none' && {
      AssociatedAdvice: [{ Id: 'urn:healthchain:advice:decision', AttributeAssignment: advice }],
    }),
    ...(ReturnPolicyIdList && {
      PolicyIdentifierList: { PolicyIdReference: decision.basis.map((id) => ({ Id: id, Version: '1.0' })) },
    }),
  };
}

const assignment = (name: string, Value: string) => ({
  AttributeId: `urn:healthchain:attribute:${name}`,
  DataType: 'http://www.w3.org/2001/XMLSchema#string',
  Value,
});

const status = (code: 'ok' | 'missing-attribute' | 'syntax-error' | 'processing-error', StatusMessage: string) => ({
  StatusCode: { Value: `urn:oasis:names:tc:xacml:1.0:status:${code}` },
  StatusMessage,
});

function indeterminate(error: unknown) {
  const code = error instanceof Failure ? error.code : 'exception';
  const kind = code === 'required' ? 'missing-attribute' : code === 'value' ? 'syntax-error' : 'processing-error';
  const message = error instanceof Failure ? error.message : 'Something went wrong on our side.';
  return { Decision: 'Indeterminate', Status: status(kind, message) };
}

/** The attributes that the request wants to see again beside its answer. */
function included(request: XacmlRequest, resource: Category): { Category?: Category[] } {
  const all = [
    ...(['AccessSubject', 'Action', 'Environment'] as const).flatMap((name) => categoriesOf(request, name)),
    resource,
  ];
  const wanted = all.map(({ CategoryId, Attribute = [] }) => ({
    ...(CategoryId && { CategoryId }),
    Attribute: Attribute.filter(({ IncludeInResult }) => IncludeInResult),
  }));
  const filled = wanted.filter(({ Attribute }) => Attribute.length > 0);
  return filled.length > 0 ? { Category: filled } : {};
}
