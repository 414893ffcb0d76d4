import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Parameters, ParametersParameter } from '@medplum/fhirtypes';
import { Failure } from '../../../kernel/errors.ts';
import type {
  ConsentReceipt,
  ExplainRequestSchema,
  ExplainResponse,
} from '../../../proto/gen/healthchain/consent/v1/consent_pb.ts';

/** The parameters of an operation; no body has none. Throws Failure `structure`. */
function parametersOf(body: unknown): ParametersParameter[] {
  if (body === undefined || body === null) return [];
  const { resourceType, parameter = [] } = body as { resourceType?: unknown; parameter?: ParametersParameter[] };
  if (resourceType === 'Parameters' && Array.isArray(parameter)) return parameter;
  throw new Failure('structure', 'This takes Parameters.', { expression: ['Parameters.parameter'] });
}

/** A parameter's value as a text: of a coding its code, of a reference the id that it ends with. */
function textOf({ name, ...value }: ParametersParameter): string {
  const [given] = Object.values(value);
  if (typeof given === 'string') return given;
  const { code, reference } = (given ?? {}) as { code?: string; reference?: string };
  const text = code ?? reference?.slice(reference.lastIndexOf('/') + 1);
  if (text) return text;
  throw new Failure('value', `The parameter "${name}" is a text, a code or a reference.`, {
    expression: [`Parameters.parameter.where(name = '${name}')`],
  });
}

const known = ['patient', 'subject', 'organization', 'role', 'careTeam', 'action', 'purposeOfUse', 'at'] as const;

/** `Consent/$explain`: about whose data, whom, what, what for and when. A parameter that is not known is refused. */
export function explainRequest(body: unknown, own: string | undefined): MessageInitShape<typeof ExplainRequestSchema> {
  const parameters = parametersOf(body);
  const strange = parameters.find(({ name }) => !known.some((each) => each === name));
  if (strange) throw new Failure('not-supported', `This takes ${known.join(', ')}.`, { expression: ['Parameters'] });
  const all = (name: (typeof known)[number]) => parameters.filter((each) => each.name === name).map(textOf);
  const [subject] = all('subject');
  const [organization] = all('organization');
  const [role] = all('role');
  const [at] = all('at');
  return {
    patient: all('patient')[0] ?? own ?? '',
    actor: { subject, organization, role, careTeams: all('careTeam') },
    action: all('action')[0] ?? 'access',
    purposeOfUse: all('purposeOfUse')[0] ?? 'TREAT',
    ...(at !== undefined && { at: timestampFromMs(instantOf(at)) }),
  };
}

function instantOf(text: string): number {
  const time = /T.+(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new Failure('value', 'at is an instant with its offset, as 2027-01-31T10:00:00+01:00.', {
    expression: ["Parameters.parameter.where(name = 'at')"],
  });
}

export function explainParameters({ decision, steps }: ExplainResponse): Parameters {
  const { permit, basis, purposeOfUse, validUntil, breakGlass, version } = decision!;
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'permit', valueBoolean: permit },
      { name: 'text', valueString: wordsOf(steps) },
      ...basis.map((each) => ({ name: 'basis', valueString: each })),
      { name: 'purposeOfUse', valueString: purposeOfUse },
      { name: 'streamVersion', valueUnsignedInt: version },
      ...(validUntil ? [{ name: 'validUntil', valueInstant: timestampDate(validUntil).toISOString() }] : []),
      ...(breakGlass ? [{ name: 'breakGlass', valueString: breakGlass }] : []),
      ...steps.map(({ rule, matched, decided, reason }) => ({
        name: 'step',
        part: [
          { name: 'rule', valueString: rule },
          { name: 'matched', valueBoolean: matched },
          { name: 'decided', valueBoolean: decided },
          { name: 'reason', valueString: reason },
        ],
      })),
    ],
  };
}

/** What decided, as sentences. */
const wordsOf = (steps: ExplainResponse['steps']): string =>
  steps.flatMap(({ decided, rule, reason }) => (decided ? `${rule}: ${reason}` : [])).join('\n');

/** `Consent/<id>/$revoke`: why, in the words of whoever revokes. */
export function revocationReason(body: unknown): string {
  const parameters = parametersOf(body);
  const strange = parameters.find(({ name }) => name !== 'reason');
  if (strange) throw new Failure('not-supported', 'This takes a reason.', { expression: ['Parameters'] });
  return parameters[0] ? textOf(parameters[0]) : '';
}

export function receiptParameters({ consent, version, streamVersion, event }: ConsentReceipt): Parameters {
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'consent', valueReference: { reference: `Consent/${consent}/_history/${version}` } },
      { name: 'streamVersion', valueUnsignedInt: streamVersion },
      { name: 'event', valueString: event },
    ],
  };
}
