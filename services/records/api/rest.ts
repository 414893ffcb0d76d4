import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { historyBundle } from '../app/answers.ts';
import type { RecordsApp } from '../app/app.ts';
import type { Interaction } from '../app/interaction.ts';
import { requireJson } from './formats.ts';
import { labelRoutes } from './labels.ts';
import { peerRoutes } from './peers.ts';
import { sendJson, sendOutcome, sendVersion } from './replies.ts';
import * as of from './requests.ts';
import { shareRoute } from './share.ts';

const token = { config: { access: 'token' } } as const;
const open = { config: { access: 'public' } } as const;

/** The FHIR R4 REST API at /fhir. Which scope an interaction needs depends on the type: the use cases ask for it. */
export function recordsRest(app: RecordsApp, fhirBase: string) {
  return async (server: FastifyInstance): Promise<void> => {
    server.addHook('onRequest', requireJson);
    server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    );
    server.get('/fhir/metadata', open, (_request, reply) =>
      sendJson(reply.header('access-control-allow-origin', '*'), app.capability),
    );
    for (const url of ['/fhir', '/fhir/']) server.post(url, token, (request, reply) => bundle(app, request, reply));
    reads(server, app, fhirBase);
    writes(server, app, fhirBase);
    peerRoutes(server, app.peers, fhirBase);
    shareRoute(server, app);
    labelRoutes(server, app);
  };
}

async function bundle(app: RecordsApp, request: FastifyRequest, reply: FastifyReply) {
  const key = of.keyOf(request);
  const options = { ...(key && { key }), representation: of.preferenceOf(request) === 'representation' };
  return sendJson(reply, await app.bundle(of.callerOf(request), request.body, options));
}

function reads(server: FastifyInstance, app: RecordsApp, fhirBase: string): void {
  const search = async (request: FastifyRequest, reply: FastifyReply, query: string) =>
    sendJson(reply, await app.search(of.callerOf(request), of.typeOf(request), query));
  const everything = async (request: FastifyRequest, reply: FastifyReply) =>
    sendJson(reply, await app.everything(of.callerOf(request), of.idOf(request), of.queryOf(request)));

  server.get('/fhir/:type', token, (request, reply) => search(request, reply, of.queryOf(request)));
  server.post('/fhir/:type/_search', token, (request, reply) =>
    search(request, reply, [of.queryOf(request), request.body ?? ''].filter(Boolean).join('&')),
  );
  server.get('/fhir/Patient/:id/$everything', token, everything);
  server.post('/fhir/Patient/:id/$everything', token, everything);
  server.get('/fhir/:type/:id', token, async (request, reply) => {
    const found = await app.read(of.callerOf(request), of.typeOf(request), of.idOf(request));
    return sendVersion(request, reply, found);
  });
  server.get('/fhir/:type/:id/_history', token, async (request, reply) => {
    const versions = await app.history(of.callerOf(request), of.typeOf(request), of.idOf(request));
    return sendJson(reply, historyBundle(versions, fhirBase));
  });
  server.get('/fhir/:type/:id/_history/:version', token, async (request, reply) => {
    const [caller, version] = [of.callerOf(request), of.versionIn(request)];
    return sendVersion(request, reply, await app.vread(caller, of.typeOf(request), of.idOf(request), version));
  });
}

function writes(server: FastifyInstance, app: RecordsApp, fhirBase: string): void {
  const write = async (request: FastifyRequest, reply: FastifyReply, interaction: Interaction) => {
    const key = of.keyOf(request);
    const once = key === undefined ? undefined : { key, asked: interaction };
    const [outcome] = await app.write(of.callerOf(request), [interaction], once);
    return sendOutcome(request, reply, fhirBase, outcome!);
  };
  const one = (request: FastifyRequest) => ({
    type: of.typeOf(request),
    id: of.idOf(request),
    ...of.ifMatchOf(request),
  });
  const found = (request: FastifyRequest) => ({
    type: of.typeOf(request),
    query: of.queryOf(request),
    ...of.ifMatchOf(request),
  });

  server.post('/fhir/:type', token, (request, reply) => {
    const { body: resource } = request;
    return write(request, reply, { kind: 'create', type: of.typeOf(request), resource, ...of.ifNoneExistOf(request) });
  });
  for (const [url, target] of [
    ['/fhir/:type/:id', one],
    ['/fhir/:type', found],
  ] as const) {
    server.put(url, token, (request, reply) =>
      write(request, reply, { kind: 'update', resource: request.body, ...target(request) }),
    );
    server.patch(url, token, (request, reply) =>
      write(request, reply, { kind: 'patch', patch: request.body, ...target(request) }),
    );
    server.delete(url, token, (request, reply) => write(request, reply, { kind: 'delete', ...target(request) }));
  }
}
