import type { Role } from '../../../kernel/auth/actor.ts';

/** Who did it, as the audit trail will say: a person, a client, or one of our own services. */
export interface Agent {
  /** Person id, client id, or `service/<name>`. */
  subject: string;
  role: Role;
  organization?: string;
  /** v3 PurposeOfUse of the token. */
  purpose?: string;
  client?: string;
}
