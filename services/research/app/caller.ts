import type { Actor } from '../../../kernel/auth/actor.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { ReleasePublished } from '../domain/release.ts';
import { stewardRole } from '../domain/request.ts';
import type { Researcher } from '../domain/researcher.ts';
import type { Registered } from '../domain/study.ts';

/** Throws Failure `forbidden` for whoever acts for no organisation. */
export function researcherOf({ subject, role, organization }: Actor): Researcher {
  if (organization) return { subject, role, organization };
  throw new Failure('forbidden', 'Studies are the business of people who act for an organisation.');
}

/** Who may see definitions and requests: the study's own researchers, and data stewards. */
export const seesWork = ({ role, organization }: Actor, study: Pick<Registered, 'organization'>): boolean =>
  role === stewardRole || (role === 'researcher' && organization === study.organization);

/** Who may know of a release: they, and its recipients. */
export const seesRelease = (actor: Actor, release: Pick<ReleasePublished, 'organization' | 'recipients'>): boolean =>
  seesWork(actor, release) || release.recipients.includes(actor.subject);

export function requireSeesWork(actor: Actor, study: Pick<Registered, 'organization'>): void {
  if (seesWork(actor, study)) return;
  throw new Failure('forbidden', 'Only researchers of the study’s organisation and data stewards may see this.');
}
