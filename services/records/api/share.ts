import type { FastifyInstance } from 'fastify';
import { Failure } from '../../../kernel/errors.ts';
import type { RecordsApp } from '../app/app.ts';
import { sendJson } from './replies.ts';
import * as of from './requests.ts';

/**
 * `POST /fhir/Patient/{id}/$share`: Parameters with `agreement` in, a collection Bundle out. Its SHA-256 is the
 * Content-Digest (RFC 9530), and its receipt is found at the address in Link.
 */
export function shareRoute(server: FastifyInstance, app: RecordsApp): void {
  server.post('/fhir/Patient/:id/$share', { config: { access: 'token' } }, async (request, reply) => {
    const agreement = agreementIn(request.body);
    const key = of.keyOf(request);
    const asked = { patient: of.idOf(request), agreement, ...(key && { key }) };
    const { json, sha256 } = await app.share(of.callerOf(request), asked);
    reply.header('content-digest', `sha-256=:${Buffer.from(sha256).toString('base64')}:`);
    reply.header('link', `</consent/agreements/${agreement}>; rel="describedby"`);
    return sendJson(reply, json);
  });
}

/** Throws Failure `required`. */
function agreementIn(body: unknown): string {
  const { parameter } = (body ?? {}) as { parameter?: unknown };
  const all: { name?: unknown; valueString?: unknown; valueId?: unknown }[] = Array.isArray(parameter) ? parameter : [];
  const found = all.find((each) => each?.name === 'agreement');
  const agreement = found?.valueId ?? found?.valueString;
  if (typeof agreement === 'string' && /^[A-Za-z0-9.-]{1,64}$/.test(agreement)) return agreement;
  throw new Failure('required', 'Say under which agreement: a parameter "agreement" with its id.', {
    expression: ["Parameters.parameter.where(name = 'agreement')"],
  });
}
