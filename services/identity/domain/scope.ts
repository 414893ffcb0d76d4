import type { Role } from '../../../kernel/auth/actor.ts';

/** Scopes about the login itself; everything else is about FHIR resources (SMART App Launch 2.2, §3). */
export const loginScopes = ['openid', 'profile', 'fhirUser', 'offline_access', 'online_access'] as const;

/** What a person in a role may be granted at most, whatever the application asks for. */
export const scopesOfRole: Record<Role, readonly string[]> = {
  patient: ['patient/*.rs', 'patient/Consent.cruds', 'launch/patient'],
  practitioner: ['user/*.cruds'],
  'privacy-officer': ['user/AuditEvent.rs', 'user/Consent.ru', 'user/Patient.r', 'user/Provenance.rs'],
  researcher: ['user/ResearchStudy.cruds'],
  administrator: ['Organization', 'Practitioner', 'PractitionerRole', 'Location', 'RelatedPerson', 'Person'].map(
    (type) => `user/${type}.cruds`,
  ),
  // A system may have what its client is registered for.
  system: ['system/*.cruds'],
};

interface ResourceScope {
  level: string;
  type: string;
  interactions: string;
}

const grammar = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{0,63})\.(c?r?u?d?s?|read|write|\*)$/;
const versionOne: Record<string, string> = { read: 'rs', write: 'cud', '*': 'cruds' };

/** A scope on resources in SMART v2 or v1 form, or undefined. A scope with a search (`?…`) is none: we cannot hold to it. */
function parse(scope: string): ResourceScope | undefined {
  const [, level, type, interactions] = grammar.exec(scope) ?? [];
  if (!level || !type || !interactions) return undefined;
  return { level, type, interactions: versionOne[interactions] ?? interactions };
}

/** Whether a client may be registered for this scope at all. */
export function isKnownScope(scope: string): boolean {
  return parse(scope) !== undefined || scope === 'launch/patient' || loginScopes.some((each) => each === scope);
}

export const isSystemScope = (scope: string): boolean => scope.startsWith('system/');

/**
 * What of the requested resource scopes lies within the allowed ones, in SMART v2 form: asked for `patient/*.cruds`
 * where `patient/*.rs` is allowed, it is `patient/*.rs`. Scopes that are not about resources are left out.
 */
export function narrow(requested: Iterable<string>, allowed: readonly string[]): string[] {
  const both = [...requested].flatMap((wanted) => allowed.map((limit) => intersection(wanted, limit)));
  return [...new Set(both.filter((scope) => scope !== undefined))];
}

function intersection(wanted: string, limit: string): string | undefined {
  if (wanted === limit && wanted === 'launch/patient') return wanted;
  const [one, other] = [parse(wanted), parse(limit)];
  if (!one || !other || one.level !== other.level) return undefined;
  if (one.type !== other.type && one.type !== '*' && other.type !== '*') return undefined;
  const interactions = [...'cruds'].filter(
    (each) => one.interactions.includes(each) && other.interactions.includes(each),
  );
  const type = one.type === '*' ? other.type : one.type;
  return interactions.length ? `${one.level}/${type}.${interactions.join('')}` : undefined;
}
