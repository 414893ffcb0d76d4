import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Deployment } from '../../../contracts/rules/state.ts';
import type { ConsentApp } from '../app/app.ts';
import type { KnownDeclaration } from '../app/breakGlass.ts';
import { agreementRoutes } from './agreements.ts';
import { callerOf, keyOf } from './caller.ts';
import { cdsHooksRoutes } from './cdsHooks.ts';
import { explainRoute } from './explain.ts';
import { notificationRoutes } from './notifications.ts';
import { receiptDocument } from './receipt.ts';
import * as schema from './schema.ts';
import { wishRoutes } from './wishes.ts';
import { xacmlRoute } from './xacml.ts';

const token = { config: { access: 'token' } } as const;
const scoped = (scope: string) => ({ config: { access: { scope } } }) as const;

/** /consent for people; CDS Hooks and XACML for other systems. */
export function consentRest(app: ConsentApp, { zone, fhirBase }: Deployment) {
  return async (server: FastifyInstance): Promise<void> => {
    grantRoutes(server, app, zone);
    wishRoutes(server, app, zone);
    breakGlassRoutes(server, app);
    notificationRoutes(server, app, zone);
    explainRoute(server, app, zone);
    agreementRoutes(server, app, zone);
    cdsHooksRoutes(server, app, fhirBase);
    xacmlRoute(server, app, fhirBase);
  };
}

function grantRoutes(server: FastifyInstance, { consents, door }: ConsentApp, zone: number): void {
  server.post<{ Body: schema.GrantBody }>(
    '/consent/grants',
    { schema: { body: schema.grantBody, headers: schema.keyHeader }, ...scoped('Consent.c') },
    async (request, reply) => {
      const { body } = request;
      const choices = schema.choicesOf(body, zone);
      const receipt = await consents.grant(callerOf(request), body.patient ?? '', choices, keyOf(request));
      return reply.code(201).header('location', `/fhir/Consent/${receipt.consent}`).send(receiptDocument(receipt));
    },
  );
  server.post<{ Params: { id: string }; Body: Static<typeof schema.revokeBody> }>(
    '/consent/grants/:id/revoke',
    { schema: { params: schema.idParams, body: schema.revokeBody, headers: schema.keyHeader }, ...scoped('Consent.u') },
    async (request) => {
      const { params, body } = request;
      return receiptDocument(await consents.revoke(callerOf(request), params.id, body.reason ?? '', keyOf(request)));
    },
  );
  server.get<{ Querystring: Static<typeof schema.patientQuery> }>(
    '/consent/grants',
    { schema: { querystring: schema.patientQuery }, ...scoped('Consent.s') },
    async (request) => {
      const { patient } = request.query;
      const query = new URLSearchParams({ status: 'active', _count: '500', ...(patient && { patient }) });
      const { entry = [] } = await door.search(callerOf(request), query.toString());
      return { grants: entry.map(({ resource }) => resource) };
    },
  );
}

function breakGlassRoutes(server: FastifyInstance, { breakGlass }: ConsentApp): void {
  server.get<{ Querystring: Static<typeof schema.breakGlassQuery> }>(
    '/consent/break-glass',
    { schema: { querystring: schema.breakGlassQuery }, ...token },
    async (request) => {
      const { patient = '', unreviewed = false } = request.query;
      const declarations = await breakGlass.list(callerOf(request), { patient, unreviewed });
      return { declarations: declarations.map(declarationDocument) };
    },
  );
  server.post<{ Params: { id: string } }>(
    '/consent/break-glass/:id/end',
    { schema: { params: schema.idParams }, ...token },
    async (request) => declarationDocument(await breakGlass.end(callerOf(request), request.params.id)),
  );
  server.post<{ Params: { id: string }; Body: Static<typeof schema.reviewBody> }>(
    '/consent/break-glass/:id/review',
    { schema: { params: schema.idParams, body: schema.reviewBody }, ...token },
    async (request) => {
      const { verdict, text } = request.body;
      return declarationDocument(await breakGlass.review(callerOf(request), request.params.id, verdict, text));
    },
  );
  server.post<{ Params: { clinician: string }; Body: Static<typeof schema.liftBody> }>(
    '/consent/suspensions/:clinician/lift',
    { schema: { params: schema.clinicianParams, body: schema.liftBody }, ...token },
    async (request, reply) => {
      await breakGlass.liftSuspension(callerOf(request), request.params.clinician, request.body.reason);
      return reply.code(204).send();
    },
  );
}

const instant = (milliseconds: number) => new Date(milliseconds).toISOString();

function declarationDocument({ from, until, endedAt, review, text, version: _, ...known }: KnownDeclaration) {
  return {
    ...known,
    reason_text: text,
    declared_at: instant(from),
    expires_at: instant(until),
    ...(endedAt !== undefined && { ended_at: instant(endedAt) }),
    ...(review && { review: { ...review, at: instant(review.at) } }),
  };
}
