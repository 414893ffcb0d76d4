import type { Role } from '../../../kernel/auth/actor.ts';

/** Somebody proved who they are, or failed to; stream `login/<uuid>`, one event each, so that logins never wait for each other. */
export interface UserAuthenticated {
  type: 'UserAuthenticated';
  outcome: 'success' | 'refused';
  /** Why it was refused, in words of our own: never what was typed. */
  reason?: string;
  /** Person id, or client id of a system; absent where nobody is registered under what was typed. */
  subject?: string;
  role?: Role;
  organization?: string;
  /** A patient's own Patient id: they may read this in their trail. */
  patient?: string;
  client: string;
  /** Network address that it came from. */
  address: string;
}
export type LoginEvent = UserAuthenticated;
