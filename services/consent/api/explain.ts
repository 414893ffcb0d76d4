import type { FastifyInstance } from 'fastify';
import type { ResourceFacts } from '../../../contracts/rules/facts.ts';
import { permits } from '../../../contracts/rules/residual.ts';
import type { Asker } from '../../../contracts/rules/state.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { ConsentApp } from '../app/app.ts';
import type { Explained } from '../app/decisions.ts';
import { type ExplainBody, explainBody, instant } from './schema.ts';

/** POST /consent/explain: who could, or can, see what, and why. */
export function explainRoute(server: FastifyInstance, { decisions }: ConsentApp, zone: number): void {
  server.post<{ Body: ExplainBody }>(
    '/consent/explain',
    { schema: { body: explainBody }, config: { access: 'token' } },
    async (request) => {
      const { actor, id, body } = request;
      const patient = body.patient ?? actor!.patient;
      if (!patient) throw new Failure('required', 'Say about whose data.', { expression: ['patient'] });
      const resources = (body.resources ?? []).map(factsOf);
      const asked = {
        actor: askerOf(body),
        action: body.action ?? 'access',
        purpose: body.purpose_of_use ?? 'TREAT',
        resources,
        ...(body.study && { study: body.study }),
        ...(body.at !== undefined && { at: instant(body.at, 'at', zone).start }),
      };
      return document(await decisions.explain({ actor: actor!, requestId: id }, patient, asked), resources);
    },
  );
}

function askerOf({ actor = {} }: ExplainBody): Asker {
  const { subject = '', organization, role = '', care_teams: careTeams = [] } = actor;
  return { subject, role, careTeams, ...(organization && { organization }) };
}

type ResourceDocument = NonNullable<ExplainBody['resources']>[number];

function factsOf({ author_organization, period_start, period_end, ...resource }: ResourceDocument): ResourceFacts {
  return {
    id: '',
    authors: [],
    codes: [],
    labels: [],
    references: [],
    ...resource,
    authorOrganization: author_organization ?? '',
    periodStart: period_start ?? '',
    periodEnd: period_end ?? '',
  };
}

function document({ decision, steps, version }: Explained, resources: readonly ResourceFacts[]) {
  const { permit, basis, residual, purpose, breakGlass, validUntil } = decision;
  const finite = validUntil !== undefined && Number.isFinite(validUntil);
  return {
    permit,
    basis,
    purpose_of_use: purpose,
    stream_version: version,
    ...(breakGlass && { break_glass: breakGlass }),
    ...(finite && { valid_until: new Date(validUntil).toISOString() }),
    residual,
    ...(resources.length > 0 && { permits: resources.map((facts) => permits(residual, facts)) }),
    steps,
  };
}
