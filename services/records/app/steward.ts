import { Failure } from '../../../kernel/errors.ts';
import { type Caller, mayUse } from './caller.ts';

/**
 * Whose records someone may label without reading them: an administrator everybody's, a privacy officer those that the
 * own organisation wrote.
 * @returns whether they may label what this organisation wrote
 * @throws Failure `forbidden` for everybody else, and for tokens with narrower scopes
 */
export function stewardship(caller: Caller): (author: string) => boolean {
  const { role, organization } = caller.actor;
  if (role === 'administrator' && mayUse(caller, 'Organization', 'u')) return () => true;
  if (role === 'privacy-officer' && organization && mayUse(caller, 'Consent', 'u'))
    return (author) => author === organization;
  throw new Failure(
    'forbidden',
    'Labelling is for administrators (scope Organization.u) and privacy officers (scope Consent.u).',
  );
}
