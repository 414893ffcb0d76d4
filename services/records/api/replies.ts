import type { FastifyReply, FastifyRequest } from 'fastify';
import { etag, locationOf } from '../app/answers.ts';
import { versionOf } from '../app/entries.ts';
import type { Outcome } from '../app/interaction.ts';
import type { Version } from '../app/resources.ts';
import { preferenceOf } from './requests.ts';

/** Sends FHIR JSON as it is. */
export const sendJson = (reply: FastifyReply, json: string): FastifyReply =>
  reply.type('application/fhir+json; charset=utf-8').send(json);

/** Sends a version; 304 to whoever has it already. */
export function sendVersion(request: FastifyRequest, reply: FastifyReply, { version, event }: Version): FastifyReply {
  versionHeaders(reply, version, event.at);
  const known = request.headers['if-none-match'];
  if (known !== undefined && versionOf(known) === version) return reply.code(304).send();
  return sendJson(reply, event.json);
}

/** Sends what became of a write, as much as the client prefers. */
export function sendOutcome(
  request: FastifyRequest,
  reply: FastifyReply,
  base: string,
  outcome: Outcome,
): FastifyReply {
  const { status, version, at, json } = outcome;
  reply.code(status);
  if (version > 0) versionHeaders(reply, version, at);
  if (status === 201) reply.header('location', `${base}/${locationOf(outcome)}`);
  const preference = preferenceOf(request);
  if (status === 204 || !json || preference === 'minimal') return reply.send();
  return sendJson(reply, preference === 'OperationOutcome' ? JSON.stringify(done) : json);
}

function versionHeaders(reply: FastifyReply, version: number, at: number): void {
  reply.header('etag', etag(version)).header('last-modified', new Date(at).toUTCString());
}

const done = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'information', code: 'informational', diagnostics: 'Done.' }],
};
