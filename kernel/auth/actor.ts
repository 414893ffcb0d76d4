/** Roles of people and systems, as tokens carry them. */
export const roles = ['patient', 'practitioner', 'privacy-officer', 'researcher', 'administrator', 'system'] as const;
export type Role = (typeof roles)[number];

/** Who asks: made of a verified access token, and of nothing else. */
export interface Actor {
  /** Person id, or client id for a system. */
  subject: string;
  role: Role;
  /** Organisation the actor acts for; patients have none. */
  organization?: string;
  /** v3 PurposeOfUse the token was issued for. */
  purpose: string;
  /** A patient's own Patient id. */
  patient?: string;
  careTeams: string[];
  /** SMART v2 scopes, as granted. */
  scopes: string[];
  client: string;
  /** When the person last authenticated, seconds since the epoch; 0 for systems. */
  authTime: number;
  /** Token expiry, seconds since the epoch. */
  expires: number;
}

/** Verifies a bearer token: signature, issuer, audience, expiry. Throws Failure `login` or `expired`. */
export type Authenticate = (token: string) => Promise<Actor>;
