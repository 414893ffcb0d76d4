import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import { Failure } from '../../../kernel/errors.ts';
import type { CallOptions, Client } from '../../../kernel/rpc/port.ts';
import type { AuditService } from '../../../proto/gen/healthchain/audit/v1/audit_pb.ts';
import type { ConsentService } from '../../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { localTarget } from '../fhir/references.ts';
import type { Caller } from './caller.ts';
import { explainParameters, explainRequest, receiptParameters, revocationReason } from './consentOperations.ts';

/** Resource types that other services keep and this FHIR base serves; they decide with the caller's own token. */
export interface Peers {
  /** Throws Failure `processing` where its patient is none of this base. */
  createConsent(caller: Caller, resource: unknown, key?: string): Promise<string>;
  /** @param version 0: the current one */
  readConsent(caller: Caller, id: string, version: number): Promise<string>;
  updateConsent(caller: Caller, id: string, resource: unknown, ifMatch?: number): Promise<string>;
  searchConsents(caller: Caller, query: string): Promise<string>;
  /** `Consent/$explain`: how a decision comes about, now or at a past instant. Parameters in, Parameters out. */
  explainConsent(caller: Caller, parameters: unknown): Promise<string>;
  /** `Consent/<id>/$revoke`: Parameters in, Parameters out. */
  revokeConsent(caller: Caller, id: string, parameters: unknown, key?: string): Promise<string>;
  readAuditEvent(caller: Caller, id: string): Promise<string>;
  searchAuditEvents(caller: Caller, query: string): Promise<string>;
  /** The proof file of an AuditEvent. */
  proof(caller: Caller, id: string): Promise<string>;
  /** `Patient/$break-glass`: Parameters in, Parameters out. Throws Failure `not-found` for a patient who is not here. */
  breakGlass(caller: Caller, patient: string, parameters: unknown): Promise<string>;
}

interface Parts {
  consent: Client<typeof ConsentService>;
  audit: Client<typeof AuditService>;
  /** The consent service does not know which patients there are. */
  isPatient(id: string): Promise<boolean>;
}

export function peers({ consent, audit, isPatient }: Parts): Peers {
  /** What is wrong with the reference itself the consent service tells. */
  async function requirePatient(resource: unknown): Promise<void> {
    const named = localTarget((resource as { patient?: { reference?: unknown } } | null)?.patient?.reference);
    if (!named || (await isPatient(named.id))) return;
    const expression = ['Consent.patient.reference'];
    const issue = { code: 'not-found', diagnostics: 'There is no such Patient here.', expression } as const;
    throw new Failure('processing', issue.diagnostics, { issues: [issue] });
  }

  return {
    async createConsent(caller, resource, key) {
      await requirePatient(resource);
      return text(
        (await consent.createConsent({ resource: bytes(resource), idempotencyKey: key }, as(caller))).resource,
      );
    },
    async readConsent(caller, id, version) {
      return text((await consent.readConsent({ id, version }, as(caller))).resource);
    },
    async updateConsent(caller, id, resource, ifMatch) {
      return text((await consent.updateConsent({ id, resource: bytes(resource), ifMatch }, as(caller))).resource);
    },
    async searchConsents(caller, query) {
      return text((await consent.searchConsents({ query }, as(caller))).bundle);
    },
    async explainConsent(caller, parameters) {
      const request = explainRequest(parameters, caller.actor.patient);
      return JSON.stringify(explainParameters(await consent.explain(request, as(caller))));
    },
    async revokeConsent(caller, id, parameters, key) {
      const request = { consent: id, reason: revocationReason(parameters), idempotencyKey: key };
      return JSON.stringify(receiptParameters(await consent.revoke(request, as(caller))));
    },
    async readAuditEvent(caller, id) {
      return text((await audit.readAuditEvent({ id }, as(caller))).resource);
    },
    async searchAuditEvents(caller, query) {
      return text((await audit.searchAuditEvents({ query }, as(caller))).bundle);
    },
    async proof(caller, id) {
      return text((await audit.getProof({ id }, as(caller))).proof);
    },
    async breakGlass(caller, patient, parameters) {
      if (!(await isPatient(patient))) throw new Failure('not-found', 'There is no such Patient here.');
      const declared = await consent.declareBreakGlass({ patient, ...emergency(parameters) }, as(caller));
      return JSON.stringify(declaration(declared.id, declared.expiresAt));
    },
  };
}

const as = ({ token, request }: Caller): CallOptions => ({ token, requestId: request });
const bytes = (resource: unknown): Uint8Array => Buffer.from(JSON.stringify(resource ?? null));
const text = (json: Uint8Array): string => Buffer.from(json).toString();

interface Parameter {
  name?: string;
  valueCodeableConcept?: { coding?: { system?: string; code?: string }[]; text?: string };
  valueInteger?: number;
}

/** The reason of an emergency, and how long it is expected to last. Throws Failure `required`, `structure`. */
function emergency(parameters: unknown) {
  const { resourceType, parameter } = (parameters ?? {}) as { resourceType?: unknown; parameter?: Parameter[] };
  if (resourceType !== 'Parameters' || !Array.isArray(parameter))
    throw new Failure('structure', 'This takes Parameters.', { expression: ['Parameters.parameter'] });
  const reason = parameter.find(({ name }) => name === 'reason')?.valueCodeableConcept;
  const [coding] = reason?.coding ?? [];
  if (!reason?.text || !coding?.code) {
    throw new Failure('required', 'Say why: a parameter "reason" with a coding and a text.', {
      expression: ["Parameters.parameter.where(name = 'reason')"],
    });
  }
  const minutes = parameter.find(({ name }) => name === 'minutes')?.valueInteger;
  return { reason: { system: coding.system, code: coding.code }, reasonText: reason.text, minutes };
}

function declaration(id: string, expires: Timestamp | undefined) {
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'id', valueString: id },
      ...(expires ? [{ name: 'expires', valueDateTime: timestampDate(expires).toISOString() }] : []),
    ],
  };
}
