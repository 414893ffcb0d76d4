import type { ClientEvent } from './client.ts';
import type { LoginEvent } from './login.ts';
import type { MandateEvent } from './mandate.ts';
import type { OrganizationEvent } from './organization.ts';
import type { PersonEvent } from './person.ts';

/** Takes a login, a Patient or a client's name once for all: stream `unique/<keyed hash>`, version 1. */
export interface Reserved {
  type: 'Reserved';
  /** Stream of what it was reserved for. */
  holder: string;
}

/** Everything that identity's store holds. */
export type IdentityEvent = OrganizationEvent | PersonEvent | MandateEvent | ClientEvent | LoginEvent | Reserved;
