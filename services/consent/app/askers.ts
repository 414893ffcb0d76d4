import type { Asker } from '../../../contracts/rules/state.ts';
import { Failure } from '../../../kernel/errors.ts';
import { actorOf, type Caller } from './caller.ts';
import type { People } from './identity.ts';

/** Whom a question is about, as far as the caller may ask about them. */
export interface Askers {
  /**
   * With a token: the caller, as the token says who that is; a system may ask about the people of its organisation,
   * as identity knows them. One of our own services for itself: whom it names. Throws Failure `forbidden` about anybody else.
   */
  asking(caller: Caller, named: Asker): Promise<Asker>;
  /** Anybody; of a person whose role is not given, what identity knows of them. Nobody named: the caller. */
  anybody(caller: Caller, named: Asker): Promise<Asker>;
}

export function askers(people: People): Askers {
  async function colleague({ role, organization }: Asker, subject: string): Promise<Asker> {
    if (role === 'system' && organization) {
      const person = await people(subject);
      if (person.organization === organization) return person;
    }
    throw new Failure('forbidden', 'You may ask what you yourself may do; only the patient may ask about others.');
  }
  return {
    async asking(caller, named) {
      if (!caller.actor && caller.service) return named;
      const own = ownOf(caller);
      return named.subject === '' || named.subject === own.subject ? own : colleague(own, named.subject);
    },
    async anybody(caller, named) {
      const { subject, role, organization, careTeams } = named;
      if (role) return named;
      if (subject) return people(subject);
      if (!organization && careTeams.length === 0 && !caller.service) return ownOf(caller);
      throw new Failure('required', 'Say about whom: subject, or role.', { expression: ['actor.subject'] });
    },
  };
}

function ownOf(caller: Caller): Asker {
  const { subject, organization, role, careTeams, patient } = actorOf(caller);
  return { subject, role, careTeams, ...(organization && { organization }), ...(patient && { patient }) };
}
