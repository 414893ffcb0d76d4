import { Failure } from '../../../kernel/errors.ts';
import type { SealedAppend } from '../../../kernel/eventstore/sealed.ts';
import type { RecordsEvent } from '../domain/event.ts';
import type { Resource } from '../domain/resource.ts';
import type { Fhir } from '../fhir/fhir.ts';
import type { Query } from '../fhir/query.ts';
import { type Caller, ownOwner, requireScope } from './caller.ts';
import { type Contents, contentOf } from './content.ts';
import type { Guard } from './guard.ts';
import type { RecordsLog } from './log.ts';
import type { Resources } from './resources.ts';
import type { Scope } from './scope.ts';

export type Current = Extract<Resource, { status: 'current' | 'deleted' }>;

/** What a condition comes to. */
export interface Met {
  /** The one resource that meets it, of those that the caller may read. */
  found?: Current;
  /** Reserves the condition for the resource that the caller makes of it; loses to whoever was first. */
  reserve(id: string): SealedAppend<RecordsEvent>;
}

export interface Conditions {
  /**
   * Finds what meets `<type>?<query>`; what the caller may not read is not there for them.
   * @throws Failure `multiple-matches`; as `parseSearch`; `not-supported` for a search across patients
   */
  find(caller: Caller, type: string, query: string): Promise<Met>;
}

interface Parts {
  log: RecordsLog;
  guard: Guard;
  resources: Resources;
  contents: Contents;
  fhir: Pick<Fhir, 'matches' | 'parseSearch' | 'termsOf'>;
  scope: Scope;
  mac(text: string): string;
}

export function conditions({ log, guard, resources, contents, fhir, scope, mac }: Parts): Conditions {
  /** Nobody learns from a reservation what another organisation's patients have. */
  function streamOf({ actor }: Caller, type: string, query: string): string {
    const scope = contents.isDirectory(type) ? '' : (actor.organization ?? actor.subject);
    return `unique/${mac(`condition/${scope}/${type}?${query}`)}`;
  }

  async function meeting(query: Query, references: Iterable<string>): Promise<Current[]> {
    const states = await Promise.all([...references].map((each) => resources.current(...parts(each))));
    const current = states.flatMap((state) => (state.status === 'current' ? [state] : []));
    return current.filter(({ content }) => fhir.matches(query, fhir.termsOf(contentOf(content))));
  }

  return {
    async find(caller, type, text) {
      requireScope(caller, type, 's');
      const query = fhir.parseSearch(type, text);
      const stream = streamOf(caller, type, text);
      const reserved = await log.last(stream);
      const { patients, entries } = await scope(query);
      const likely = new Set(
        entries.filter(({ terms }) => fhir.matches(query, terms)).map(({ id }) => `${type}/${id}`),
      );
      // the reservation is newer than the index can be: of two who race, the second finds the first's resource here
      if (reserved?.event.type === 'ConditionMet') likely.add(`${reserved.event.resourceType}/${reserved.event.id}`);
      const met = await meeting(query, likely);
      const question = { caller, patients, query: `${type}?${text}` };
      const permitted = await guard.answer(question, (verdict) => {
        const answer = met.filter(({ content }) => verdict.permits(contents.guarded(content)));
        return { answer, entities: answer.map(({ content, version }) => ({ type, id: content.id, version })) };
      });
      if (permitted.length > 1) throw new Failure('multiple-matches', 'More than one resource meets the condition.');
      const expected = reserved?.version ?? 0;
      return {
        ...(permitted[0] && { found: permitted[0] }),
        reserve: (id) => ({
          stream,
          expected,
          owner: ownOwner(caller),
          events: [{ type: 'ConditionMet', resourceType: type, id }],
        }),
      };
    },
  };
}

function parts(reference: string): [type: string, id: string] {
  const [type, id] = reference.split('/');
  return [type!, id!];
}
