import { Failure } from '../../../kernel/errors.ts';
import type { Registered } from './study.ts';

/** A person with a role that was verified at the login. */
export interface Researcher {
  subject: string;
  role: string;
  organization: string;
}

/** Throws Failure `forbidden` for all but the researchers of the study's organisation. */
export function requireOwn({ organization }: Pick<Registered, 'organization'>, by: Researcher): void {
  if (by.role === 'researcher' && by.organization === organization) return;
  throw new Failure('forbidden', 'Only researchers of the organisation that registered the study may do this.');
}
