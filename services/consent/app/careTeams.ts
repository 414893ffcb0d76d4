import type { Asker, ConsentState } from '../../../contracts/rules/state.ts';
import type { Provision } from '../../../contracts/rules/statement.ts';
import { undefinedWhereUnknown } from './directory.ts';
import type { People } from './identity.ts';

/**
 * The asker with the care teams that they belong to at this moment, whatever their token says: who joined may, who left
 * may not. Identity is asked only where a consent names a care team; of somebody whom it does not know, the token is
 * believed. Throws Failure `unavailable` where identity does not answer.
 */
export type Membership = (actor: Asker, state: ConsentState) => Promise<Asker>;

export function membership(people: People): Membership {
  return async (actor, { consents }) => {
    const isPerson = actor.subject !== '' && actor.role !== 'system';
    if (!isPerson || !consents.some(({ statement }) => namesTeam(statement.root))) return actor;
    const known = await people(actor.subject).catch(undefinedWhereUnknown);
    return known ? { ...actor, careTeams: known.careTeams } : actor;
  };
}

const namesTeam = ({ actors, provisions }: Provision): boolean =>
  (actors?.some(({ reference }) => reference !== undefined && /^(CareTeam|Group)\//.test(reference)) ?? false) ||
  provisions.some(namesTeam);
