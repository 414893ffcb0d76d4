import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { Failure } from '../../../kernel/errors.ts';
import type { ConsentApp } from '../app/app.ts';
import type { PatientDecision } from '../app/decisions.ts';
import { callerOf } from './caller.ts';
import { idOf, namedAsker } from './named.ts';
import { instantOf, obligationsOf, type Verdict, verdictOf, verdictWords } from './verdicts.ts';

const hook = 'patient-consent-consult';
const text = Type.String({ minLength: 1, maxLength: 200 });
const identified = Type.Union([text, Type.Object({ system: Type.Optional(text), value: text })]);
const one = <T extends Type.TSchema>(item: T) => Type.Union([item, Type.Array(item, { minItems: 1, maxItems: 10 })]);

/** As CDS Hooks 2.0 sends it, with the context that SDHC's LEAP Consent Decision Service defined for this hook. */
const consultBody = Type.Object({
  hook: Type.Literal(hook),
  hookInstance: text,
  context: Type.Object({
    patientId: one(identified),
    userId: Type.Optional(text),
    actor: Type.Optional(one(identified)),
    purposeOfUse: Type.Optional(one(text)),
    action: Type.Optional(text),
  }),
});
type Consult = Static<typeof consultBody>;

const description =
  'Tells whether the consents of a patient let somebody see the records, and which of them (IHE Privacy Consent on FHIR).';

/** The consent decision as a CDS service: `/cds-services`. */
export function cdsHooksRoutes(server: FastifyInstance, { decisions }: ConsentApp, fhirBase: string): void {
  server.get('/cds-services', { config: { access: 'public' } }, async (_request, reply) =>
    reply
      .header('access-control-allow-origin', '*')
      .send({ services: [{ hook, id: hook, title: 'Patient consent', description }] }),
  );
  server.post<{ Body: Consult }>(
    `/cds-services/${hook}`,
    { schema: { body: consultBody }, config: { access: 'token' } },
    async (request) => {
      const { patientId, userId, actor, purposeOfUse, action = 'access' } = request.body.context;
      const patient = idOf('Patient', single('patientId', patientId), fhirBase);
      const asked = {
        actor: namedAsker(userId ?? (actor && single('actor', actor)), fhirBase),
        action,
        purpose: purposeOfUse === undefined ? 'TREAT' : single('purposeOfUse', purposeOfUse),
      };
      const { id, decisions: decided } = await decisions.check(callerOf(request), [patient], asked);
      return { cards: [cardOf(id, decided[0]!, fhirBase)] };
    },
  );
}

function single<T>(field: string, given: T | T[]): T {
  const [first, ...more] = Array.isArray(given) ? given : [given];
  if (first !== undefined && more.length === 0) return first;
  throw new Failure('value', `Ask about one ${field} at a time.`, { expression: [`context.${field}`] });
}

const cards: Record<Verdict, { summary: string; indicator: 'info' | 'warning' | 'critical' }> = {
  permit: { summary: 'CONSENT_PERMIT', indicator: 'info' },
  deny: { summary: 'CONSENT_DENY', indicator: 'critical' },
  none: { summary: 'NO_CONSENT', indicator: 'warning' },
};

function cardOf(uuid: string, decision: PatientDecision, fhirBase: string) {
  const { summary, indicator } = cards[verdictOf(decision)];
  const obligations = obligationsOf(decision).map(({ id, attribute, value }) => ({
    id: { system: 'urn:ietf:rfc:3986', code: id },
    parameters: { [attribute]: attribute === 'residual' ? JSON.parse(value) : value },
  }));
  const validUntil = instantOf(decision.validUntil);
  return {
    ...{ uuid, summary, indicator, detail: verdictWords(decision) },
    source: { label: 'HealthChain consent', url: fhirBase },
    extension: {
      ...{ decision: summary, basis: decision.basis, purposeOfUse: decision.purpose },
      ...(validUntil && { validUntil }),
      ...(obligations.length > 0 && { obligations }),
    },
  };
}
