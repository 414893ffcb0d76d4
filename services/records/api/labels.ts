import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Coding } from '../../../contracts/rules/facts.ts';
import { isConfidentialityLevel } from '../../../contracts/rules/labels.ts';
import { actCode, confidentiality, isSensitivityCode } from '../../../contracts/rules/vocabulary.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { RecordsApp } from '../app/app.ts';
import { sendJson } from './replies.ts';
import * as of from './requests.ts';

const token = { config: { access: 'token' } } as const;

/** Commits that one call of $relabel looks at, where it does not say. */
const usual = 500;
const largest = 5000;

/** FHIR operations on security labels: `$meta-add` and `$meta-delete` on a resource, `$relabel` on everything. */
export function labelRoutes(server: FastifyInstance, app: Pick<RecordsApp, 'relabel' | 'orderLabels'>): void {
  for (const [operation, kind] of [
    ['$meta-add', 'add'],
    ['$meta-delete', 'remove'],
  ] as const) {
    server.post(`/fhir/:type/:id/${operation}`, token, async (request, reply) => {
      const order = { type: of.typeOf(request), id: of.idOf(request), kind, labels: labelsIn(request.body) };
      const valueMeta = await app.orderLabels(of.callerOf(request), order);
      return sendJson(reply, parameters([{ name: 'return', valueMeta }]));
    });
  }
  server.post('/fhir/$relabel', token, async (request, reply) => {
    const [after, count] = [numberIn(request, '_after', 0), numberIn(request, '_count', usual)];
    const done = await app.relabel(of.callerOf(request), after, Math.min(count, largest));
    return sendJson(reply, parameters(Object.entries(done).map(([name, valueInteger]) => ({ name, valueInteger }))));
  });
}

const parameters = (parameter: object[]): string => JSON.stringify({ resourceType: 'Parameters', parameter });

function numberIn(request: FastifyRequest, name: string, otherwise: number): number {
  const text = new URLSearchParams(of.queryOf(request)).get(name);
  if (text === null) return otherwise;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Failure('value', `${name}: must be a whole number.`, { expression: [name] });
}

interface Parameter {
  name?: unknown;
  valueMeta?: { security?: unknown } & Record<string, unknown>;
}

/** The labels of the parameter `meta`. Throws Failure `structure`, `required`, `not-supported`, `value`. */
function labelsIn(body: unknown): Coding[] {
  const { resourceType, parameter } = (body ?? {}) as { resourceType?: unknown; parameter?: Parameter[] };
  if (resourceType !== 'Parameters' || !Array.isArray(parameter))
    throw fault('structure', 'This takes Parameters.', '');
  const meta = parameter.find((each) => each?.name === 'meta')?.valueMeta;
  const { security, ...other } = meta ?? {};
  if (!Array.isArray(security) || security.length === 0)
    throw fault('required', 'Name at least one label.', ".where(name = 'meta').value.security");
  const [unsupported] = Object.keys(other);
  if (unsupported) throw fault('not-supported', 'Only security labels can be changed so.', `.value.${unsupported}`);
  return security.map((label, index) => known(label, index));
}

function known(label: unknown, index: number): Coding {
  const { system, code } = (label ?? {}) as Partial<Coding>;
  const isKnown =
    typeof code === 'string' &&
    ((system === confidentiality && isConfidentialityLevel(code)) || (system === actCode && isSensitivityCode(code)));
  if (isKnown) return { system: system!, code };
  throw fault(
    'value',
    'A label is a code of v3 Confidentiality, or of v3 ActCode about sensitivity.',
    `.value.security[${index}]`,
  );
}

const fault = (code: 'structure' | 'required' | 'not-supported' | 'value', message: string, path: string) =>
  new Failure(code, message, { expression: [`Parameters.parameter${path}`] });
