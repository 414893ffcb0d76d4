import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Peers } from '../app/peers.ts';
import { sendJson } from './replies.ts';
import * as of from './requests.ts';

const token = { config: { access: 'token' } } as const;

/** What the consent and audit services answer under the one FHIR base. */
export function peerRoutes(server: FastifyInstance, peers: Peers, fhirBase: string): void {
  server.post('/fhir/Patient/:id/$break-glass', token, async (request, reply) =>
    sendJson(reply, await peers.breakGlass(of.callerOf(request), of.idOf(request), request.body)),
  );
  consents(server, peers, fhirBase);
  server.get('/fhir/AuditEvent', token, async (request, reply) =>
    sendJson(reply, await peers.searchAuditEvents(of.callerOf(request), of.queryOf(request))),
  );
  server.get('/fhir/AuditEvent/:id', token, async (request, reply) =>
    sendJson(reply, await peers.readAuditEvent(of.callerOf(request), of.idOf(request))),
  );
  server.get('/fhir/AuditEvent/:id/$proof', token, async (request, reply) =>
    reply.type('application/json; charset=utf-8').send(await peers.proof(of.callerOf(request), of.idOf(request))),
  );
}

function consents(server: FastifyInstance, peers: Peers, fhirBase: string): void {
  server.get('/fhir/Consent', token, async (request, reply) =>
    sendJson(reply, await peers.searchConsents(of.callerOf(request), of.queryOf(request))),
  );
  server.post('/fhir/Consent', token, async (request, reply) => {
    const json = await peers.createConsent(of.callerOf(request), request.body, of.keyOf(request));
    return sendConsent(reply.code(201), json, fhirBase);
  });
  server.post('/fhir/Consent/$explain', token, async (request, reply) =>
    sendJson(reply, await peers.explainConsent(of.callerOf(request), request.body)),
  );
  server.post('/fhir/Consent/:id/$revoke', token, async (request, reply) => {
    const [caller, id, key] = [of.callerOf(request), of.idOf(request), of.keyOf(request)];
    return sendJson(reply, await peers.revokeConsent(caller, id, request.body, key));
  });
  server.get('/fhir/Consent/:id', token, async (request, reply) =>
    sendConsent(reply, await peers.readConsent(of.callerOf(request), of.idOf(request), 0)),
  );
  server.get('/fhir/Consent/:id/_history/:version', token, async (request, reply) => {
    const [caller, version] = [of.callerOf(request), of.versionIn(request)];
    return sendConsent(reply, await peers.readConsent(caller, of.idOf(request), version));
  });
  server.put('/fhir/Consent/:id', token, async (request, reply) => {
    const { ifMatch } = of.ifMatchOf(request);
    return sendConsent(reply, await peers.updateConsent(of.callerOf(request), of.idOf(request), request.body, ifMatch));
  });
}

/** With the version of its meta; where it was made, with its place. */
function sendConsent(reply: FastifyReply, json: string, fhirBase?: string): FastifyReply {
  const { id, meta } = JSON.parse(json) as { id: string; meta?: { versionId?: string; lastUpdated?: string } };
  if (meta?.versionId) reply.header('etag', `W/"${meta.versionId}"`);
  if (meta?.lastUpdated) reply.header('last-modified', new Date(meta.lastUpdated).toUTCString());
  if (fhirBase) reply.header('location', `${fhirBase}/Consent/${id}/_history/${meta?.versionId ?? 1}`);
  return sendJson(reply, json);
}
