import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Terms } from '../../../contracts/rules/terms.ts';
import type { AgreementView, ShownTransfer } from '../app/agreementView.ts';
import type { ConsentApp } from '../app/app.ts';
import { callerOf, keyOf } from './caller.ts';
import { idParams, instant, keyHeader } from './schema.ts';

const strict = { additionalProperties: false };
const id = Type.String({ pattern: '^[A-Za-z0-9.-]{1,64}$' });
const code = Type.String({ minLength: 1, maxLength: 200 });
const dateTime = Type.String({ minLength: 4, maxLength: 40 });

const proposalBody = Type.Object(
  {
    patient: id,
    custodian: id,
    purpose_of_use: Type.Optional(code),
    data_classes: Type.Array(code, { minItems: 1, maxItems: 50 }),
    recipient_role: Type.Optional(code),
    from: Type.Optional(dateTime),
    until: dateTime,
    frequency: Type.Optional(
      Type.Object(
        { transfers: Type.Integer({ minimum: 1 }), hours: Type.Number({ exclusiveMinimum: 0, maximum: 100_000 }) },
        strict,
      ),
    ),
    erase_at: Type.Optional(dateTime),
  },
  strict,
);
const listQuery = Type.Object({ patient: Type.Optional(id), late: Type.Optional(Type.Boolean()) }, strict);
const attestBody = Type.Object({ text: Type.String({ minLength: 1, maxLength: 1000 }) }, strict);

const scoped = (scope: string) => ({ config: { access: { scope } } }) as const;

/** /consent/agreements: sharing between organisations. @param zone minutes east of UTC */
export function agreementRoutes(server: FastifyInstance, { agreements }: ConsentApp, zone: number): void {
  const url = '/consent/agreements';
  server.post<{ Body: Static<typeof proposalBody> }>(
    url,
    { schema: { body: proposalBody, headers: keyHeader }, ...scoped('Patient.r') },
    async (request, reply) => {
      const { patient, custodian, ...terms } = request.body;
      const proposal = { patient, custodian, terms: termsOf(terms, zone) };
      const proposed = await agreements.propose(callerOf(request), proposal, keyOf(request));
      return reply.code(201).header('location', `${url}/${proposed.id}`).send(document(proposed));
    },
  );
  server.get<{ Querystring: Static<typeof listQuery> }>(
    url,
    { schema: { querystring: listQuery }, ...scoped('Consent.s') },
    async (request) => {
      const { patient = '', late = false } = request.query;
      return { agreements: (await agreements.list(callerOf(request), { patient, late })).map(document) };
    },
  );
  server.get<{ Params: { id: string } }>(
    `${url}/:id`,
    { schema: { params: idParams }, ...scoped('Consent.r') },
    async (request) => document(await agreements.read(callerOf(request), request.params.id)),
  );
  server.post<{ Params: { id: string } }>(
    `${url}/:id/accept`,
    { schema: { params: idParams }, ...scoped('Consent.c') },
    async (request) => document(await agreements.accept(callerOf(request), request.params.id)),
  );
  server.post<{ Params: { id: string } }>(
    `${url}/:id/end`,
    { schema: { params: idParams }, ...scoped('Consent.u') },
    async (request) => document(await agreements.end(callerOf(request), request.params.id)),
  );
  server.post<{ Params: { id: string }; Body: Static<typeof attestBody> }>(
    `${url}/:id/attest`,
    { schema: { params: idParams, body: attestBody }, config: { access: 'token' } },
    async (request) => document(await agreements.attest(callerOf(request), request.params.id, request.body.text)),
  );
}

const hour = 3600_000;

function termsOf(asked: Omit<Static<typeof proposalBody>, 'patient' | 'custodian'>, zone: number): Terms {
  const { purpose_of_use: purpose = 'TREAT', data_classes: dataClasses, recipient_role: role, frequency } = asked;
  const { transfers, hours } = frequency ?? { transfers: 1, hours: 24 };
  const until = instant(asked.until, 'until', zone).end;
  return {
    ...{ purpose, dataClasses, recipientRole: role ?? 'practitioner' },
    ...{ from: asked.from ? instant(asked.from, 'from', zone).start : 0, until },
    frequency: { transfers, window: Math.ceil(hours * hour) },
    eraseAt: asked.erase_at ? instant(asked.erase_at, 'erase_at', zone).end : until,
  };
}

const time = (milliseconds: number) => new Date(milliseconds).toISOString();

function document(view: AgreementView) {
  const { id, patient, requester, custodian, status, consent, standing, late, endReason, pseudonym } = view;
  return {
    ...{ id, patient, requester, custodian, status, terms: termsDocument(view.terms) },
    proposed_at: time(view.proposedAt),
    ...(consent && { consent, standing }),
    transfers: view.transfers.map(transferDocument),
    ...(endReason && { end_reason: endReason, ended_at: time(view.endedAt!) }),
    ...(view.eraseBy !== undefined && { erase_by: time(view.eraseBy) }),
    ...(view.attestedAt !== undefined && { deletion_attested_at: time(view.attestedAt) }),
    late,
    ledger: { agreement: pseudonym },
  };
}

function termsDocument({ purpose, dataClasses, recipientRole, from, until, frequency, eraseAt }: Terms) {
  return {
    ...{ purpose_of_use: purpose, data_classes: dataClasses, recipient_role: recipientRole },
    ...(from > 0 && { from: time(from) }),
    until: time(until),
    frequency: { transfers: frequency.transfers, hours: frequency.window / hour },
    erase_at: time(eraseAt),
  };
}

function transferDocument({ number, by, authorised, receipt, salt }: ShownTransfer) {
  const { at, basis, transaction, block } = authorised;
  return {
    ...{ transfer: number, recipient: by.subject, authorised_at: time(at), basis },
    ledger: { transaction, block },
    ...(receipt && {
      receipt: { sha256: receipt.sha256, bytes: receipt.bytes, at: time(receipt.at), salt: salt.toString('hex') },
    }),
  };
}
