import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { Failure } from '../../../kernel/errors.ts';
import type { ConsentApp } from '../app/app.ts';
import type { Permitted, Preview, Proposal } from '../app/preview.ts';
import type { Sight } from '../domain/overview.ts';
import { type TemplateFields, type TemplateName, templateNames, templates, type Wish } from '../domain/templates.ts';
import { callerOf, keyOf } from './caller.ts';
import { receiptDocument } from './receipt.ts';
import * as schema from './schema.ts';
import { instantOf } from './verdicts.ts';

const strict = { additionalProperties: false };
const text = Type.String({ minLength: 1, maxLength: 200 });
const dateTime = Type.String({ minLength: 4, maxLength: 40 });
const fields = {
  organization: Type.Optional(text),
  care_team: Type.Optional(schema.careTeam),
  condition: Type.Optional(text),
  study: Type.Optional(text),
  until: Type.Optional(dateTime),
  labels: Type.Optional(Type.Array(text, { maxItems: 100 })),
  emergencies: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('closed')])),
};
const filledBody = Type.Object({ patient: Type.Optional(schema.id), ...fields }, strict);
const templateParams = Type.Object({ name: Type.Union(templateNames.map((name) => Type.Literal(name))) });
const previewBody = Type.Object(
  {
    patient: Type.Optional(schema.id),
    grant: Type.Optional(Type.Omit(schema.grantBody, ['patient'])),
    template: Type.Optional(Type.Object({ name: templateParams.properties.name, ...fields }, strict)),
    resource: Type.Optional(Type.Unknown()),
    revoke: Type.Optional(schema.id),
    revoke_all: Type.Optional(Type.Literal(true)),
  },
  strict,
);
const revokeAllBody = Type.Object({ patient: Type.Optional(schema.id), reason: Type.Optional(text) }, strict);

const token = { config: { access: 'token' } } as const;
const scoped = (scope: string) => ({ config: { access: { scope } } }) as const;

/** Grants that people would make: templates, what they would change, what holds now, and the end of all of it. */
export function wishRoutes(server: FastifyInstance, app: ConsentApp, zone: number): void {
  server.get('/consent/templates', token, async () => ({ templates: templateNames.map(templateDocument) }));
  server.post<{ Params: { name: TemplateName }; Body: Static<typeof filledBody> }>(
    '/consent/templates/:name',
    { schema: { params: templateParams, body: filledBody, headers: schema.keyHeader }, ...scoped('Consent.c') },
    async (request, reply) => {
      const { patient = '', ...filled } = request.body;
      const wish = wishOf(request.params.name, filled, zone);
      const receipt = await app.consents.grant(callerOf(request), patient, wish, keyOf(request));
      return reply.code(201).header('location', `/fhir/Consent/${receipt.consent}`).send(receiptDocument(receipt));
    },
  );
  server.post<{ Body: Static<typeof previewBody> }>(
    '/consent/preview',
    { schema: { body: previewBody }, ...token },
    async (request) => {
      const { patient = '' } = request.body;
      return previewDocument(await app.previews.preview(callerOf(request), patient, proposalOf(request.body, zone)));
    },
  );
  server.get<{ Querystring: Static<typeof schema.patientQuery> }>(
    '/consent/permitted',
    { schema: { querystring: schema.patientQuery }, ...token },
    async (request) => permittedDocument(await app.previews.permitted(callerOf(request), request.query.patient ?? '')),
  );
  server.post<{ Body: Static<typeof revokeAllBody> }>(
    '/consent/revoke-all',
    { schema: { body: revokeAllBody }, ...scoped('Consent.u') },
    async (request) => {
      const { patient = '', reason = '' } = request.body;
      const receipts = await app.revokeAll(callerOf(request), patient, reason);
      const still = await app.previews.permitted(callerOf(request), patient);
      return { revoked: receipts.map(receiptDocument), still: permittedDocument(still) };
    },
  );
}

function templateDocument(name: TemplateName) {
  const { title, explanation, required, optional } = templates[name];
  return { name, title, explanation, required: required.map(snake), optional: optional.map(snake) };
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

type Filled = Omit<Static<typeof filledBody>, 'patient'>;

function wishOf(template: TemplateName, { care_team, until, labels, ...same }: Filled, zone: number): Wish {
  const given: TemplateFields = {
    ...same,
    ...(care_team !== undefined && { careTeam: care_team }),
    ...(until !== undefined && { until: schema.instant(until, 'until', zone).end }),
    ...(labels !== undefined && { labels: labels.map(schema.label) }),
  };
  return { template, fields: given };
}

/** Throws Failure `required` unless exactly one thing is proposed. */
function proposalOf({ patient: _, ...body }: Static<typeof previewBody>, zone: number): Proposal {
  const { grant, template, resource, revoke } = body;
  if (Object.keys(body).length !== 1)
    throw new Failure('required', 'Propose one thing: grant, template, resource, revoke or revoke_all.');
  if (grant) return { wish: schema.choicesOf(grant, zone) };
  if (template) {
    const { name, ...filled } = template;
    return { wish: wishOf(name as TemplateName, filled, zone) };
  }
  if (revoke !== undefined) return { revoke };
  return resource === undefined ? { revokeAll: true } : { resource };
}

const whoDocument = ({ careTeam, ...who }: Sight['who']) => ({ ...who, ...(careTeam && { care_team: careTeam }) });

function permittedDocument({ sights, emergency, declared }: Permitted) {
  return {
    permitted: sights.map(({ who, purpose, sees, basis, until }) => ({
      ...{ who: whoDocument(who), purpose_of_use: purpose, sees, basis },
      ...(until !== undefined && { until: instantOf(until) }),
    })),
    in_emergency: emergency,
    declared_emergencies: declared.map(({ id, clinician, name, until }) => ({
      id,
      clinician,
      name,
      until: instantOf(until),
    })),
    note: 'Besides: yourself and who acts for you; and each organisation what it wrote itself.',
  };
}

function previewDocument({ consent, words, problems, contradictions, replaces, changes, before, after }: Preview) {
  const who = <T extends { who: Sight['who']; purpose: string }>({ who: of, purpose, ...more }: T) => {
    return { who: whoDocument(of), purpose_of_use: purpose, ...more };
  };
  return {
    ...(consent && { consent }),
    ...(words !== undefined && { words }),
    ...{ problems, contradictions, replaces: replaces.map(who), changes: changes.map(who) },
    ...{ before: permittedDocument(before), after: permittedDocument(after) },
  };
}
