import { type ServiceName, services } from '../bus/port.ts';

/** What of a certificate names its holder, in the words of node:tls: `URI:spiffe://…, DNS:…`. */
export interface Named {
  subjectaltname?: string;
}

const spiffeId = /^[a-z0-9.-]+(\/[\w.-]+)+$/;

/** The identity of a service in a trust domain, as a URI (SPIFFE ID). */
export const identityOf = (trustDomain: string, service: string): string => `spiffe://${trustDomain}/${service}`;

/**
 * The SPIFFE ID of a certificate: its only URI (X509-SVID, section 2). Undefined for a certificate without one, with
 * several, or of another trust domain.
 */
export function holderOf({ subjectaltname = '' }: Named, trustDomain: string): string | undefined {
  const uris = subjectaltname.split(', ').filter((name) => name.startsWith('URI:'));
  const id = uris.length === 1 ? uris[0]!.slice('URI:spiffe://'.length) : '';
  const ours = uris[0]?.startsWith(`URI:spiffe://${trustDomain}/`) && spiffeId.test(id);
  return ours ? `spiffe://${id}` : undefined;
}

/** The service of the platform that an identity stands for; undefined where it is of somebody else, such as a client. */
export function serviceOf(holder: string, trustDomain: string): ServiceName | undefined {
  return services.find((service) => holder === identityOf(trustDomain, service));
}
