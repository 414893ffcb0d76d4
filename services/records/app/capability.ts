import type { CapabilityOptions } from '../fhir/capability.ts';
import type { Fhir } from '../fhir/fhir.ts';

/** What the consent and audit services answer under our base. */
const elsewhere: CapabilityOptions['elsewhere'] = {
  Consent: {
    interactions: ['create', 'read', 'vread', 'update', 'search-type'],
    searchParameters: ['_id', 'patient', 'status'],
  },
  AuditEvent: {
    interactions: ['read', 'search-type'],
    searchParameters: ['patient', 'date', 'action', 'type', 'subtype', 'agent', 'entity', 'outcome'],
  },
};

/** The CapabilityStatement of our base, as JSON. */
export function capability(
  fhir: Fhir,
  { baseUrl, version, at }: { baseUrl: string; version: string; at: number },
): string {
  const oauth = { authorize: `${baseUrl}/auth/authorize`, token: `${baseUrl}/auth/token` };
  return JSON.stringify(fhir.capability({ date: new Date(at).toISOString(), version, oauth, elsewhere }));
}
