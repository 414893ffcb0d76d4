import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { ResourceFacts } from '../../../contracts/rules/facts.ts';
import { permits } from '../../../contracts/rules/residual.ts';
import type { Asker } from '../../../contracts/rules/state.ts';
import { Failure } from '../../../kernel/errors.ts';
import {
  type Actor,
  type BreakGlassSchema,
  type GrantRequest,
  type PatientDecisionSchema,
  BreakGlass_Verdict as Verdict,
} from '../../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import type { KnownDeclaration } from '../app/breakGlass.ts';
import type { PatientDecision } from '../app/decisions.ts';
import type { Verdict as Judged } from '../domain/breakGlass.ts';
import type { Choices } from '../domain/choices.ts';

/** protobuf has no undefined strings: an empty one is none. */
export function askerOf(actor: Actor | undefined): Asker {
  const { subject = '', organization, role = '', careTeams = [], patient } = actor ?? {};
  return { subject, role, careTeams, ...(organization && { organization }), ...(patient && { patient }) };
}

const at = (time: Timestamp | undefined): number | undefined => time && timestampMs(time);

/** Of what is there only: absent times stay absent. */
function times<T extends Record<string, number | undefined>>(all: T): { [K in keyof T]?: number } {
  return Object.fromEntries(Object.entries(all).filter(([, time]) => time !== undefined)) as {
    [K in keyof T]?: number;
  };
}

export function choicesOf({ grantee, ...request }: GrantRequest): Choices {
  const { organization, practitioner, careTeam, role } = grantee ?? {};
  const { purposes, resourceTypes, deny } = request;
  const coding = ({ system, code }: { system: string; code: string }) => ({ system, code });
  return {
    grantee: {
      ...(organization && { organization }),
      ...(practitioner && { practitioner }),
      ...(careTeam && { careTeam }),
      ...(role && { role }),
    },
    ...{ purposes, resourceTypes, deny },
    ...{ codes: request.codes.map(coding), labels: request.labels.map(coding) },
    ...times({ from: at(request.from), until: at(request.until) }),
    ...times({ dataFrom: at(request.dataFrom), dataUntil: at(request.dataUntil) }),
  };
}

/** @param resources to decide each of, too */
export function decisionMessage(
  { patient, permit, version, basis, residual, validUntil, breakGlass, purpose }: PatientDecision,
  resources: readonly ResourceFacts[] = [],
): MessageInitShape<typeof PatientDecisionSchema> {
  return {
    patient,
    permit,
    version,
    basis,
    residual: Buffer.from(JSON.stringify(residual)),
    ...(validUntil !== undefined && Number.isFinite(validUntil) && { validUntil: timestampFromMs(validUntil) }),
    ...(breakGlass && { breakGlass }),
    purposeOfUse: purpose,
    permits: resources.map((facts) => permits(residual, facts)),
  };
}

export function breakGlassMessage(known: KnownDeclaration): MessageInitShape<typeof BreakGlassSchema> {
  const { id, patient, clinician, organization, reason, text, from, until, endedAt, review } = known;
  return {
    ...{ id, patient, clinician, organization, reason, reasonText: text },
    declaredAt: timestampFromMs(from),
    expiresAt: timestampFromMs(until),
    ...(endedAt !== undefined && { endedAt: timestampFromMs(endedAt) }),
    ...(review && {
      review: {
        verdict: review.verdict === 'justified' ? Verdict.JUSTIFIED : Verdict.UNJUSTIFIED,
        reviewer: review.reviewer,
        text: review.text,
        at: timestampFromMs(review.at),
      },
    }),
  };
}

export function verdictOf(verdict: Verdict): Judged {
  if (verdict === Verdict.JUSTIFIED) return 'justified';
  if (verdict === Verdict.UNJUSTIFIED) return 'unjustified';
  throw new Failure('required', 'The verdict is justified or unjustified.', { expression: ['verdict'] });
}
