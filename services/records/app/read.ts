import { Failure } from '../../../kernel/errors.ts';
import { type Caller, requireScope } from './caller.ts';
import type { Contents } from './content.ts';
import type { Guarded } from './decision.ts';
import type { Choice, Guard, Verdict } from './guard.ts';
import type { Resources, Version } from './resources.ts';

export interface Reader {
  /** The current version. Throws Failure `forbidden`, also for what is not there; `not-found` and `deleted` to whoever may know. */
  read(caller: Caller, type: string, id: string): Promise<Version>;
  vread(caller: Caller, type: string, id: string, version: number): Promise<Version>;
  /** Every version that the caller may read, newest first; deletions too. */
  history(caller: Caller, type: string, id: string): Promise<Version[]>;
}

/** A version, and how consent looks at it. */
interface Seen extends Version {
  guarded: Guarded;
}

export function reader(parts: { guard: Guard; resources: Resources; contents: Contents }): Reader {
  const { guard, resources } = parts;
  const { guarded, guardedPast, refused } = parts.contents;

  function choice(verdict: Verdict, type: string, id: string, found: Seen | undefined): Choice<Version> {
    if (!found || !verdict.permits(found.guarded)) return refused(type, id);
    const { event, version } = found;
    if (event.type === 'ResourceDeleted') {
      return { entities: [{ type, id }], refusal: new Failure('deleted', 'This resource was deleted.') };
    }
    return { entities: [{ type, id, version }], answer: { version, event }, custodian: event.author };
  }

  function answer(caller: Caller, type: string, id: string, found: Seen | undefined): Promise<Version> {
    requireScope(caller, type, 'r');
    const patients = found?.event.patients ?? [];
    return guard.answer({ caller, patients }, (verdict) => choice(verdict, type, id, found));
  }

  return {
    async read(caller, type, id) {
      const current = await resources.current(type, id);
      if (current.status === 'none') return answer(caller, type, id, undefined);
      const { version, content: event } = current;
      return answer(caller, type, id, { version, event, guarded: guarded(event) });
    },
    async vread(caller, type, id, version) {
      const found = await resources.version(type, id, version);
      const current = await resources.current(type, id);
      if (found && current.status !== 'none')
        return answer(caller, type, id, { ...found, guarded: guardedPast(found.event, current.content) });
      const versions = await resources.history(type, id);
      const last = versions.find(({ event }) => event.type !== 'ResourceDeleted');
      await answer(caller, type, id, last && { ...last, guarded: guardedPast(last.event, versions[0]!.event) });
      throw new Failure('not-found', 'The resource has no such version.');
    },
    async history(caller, type, id) {
      requireScope(caller, type, 'r');
      const versions = await resources.history(type, id);
      const patients = versions.flatMap(({ event }) => event.patients);
      return guard.answer<Version[]>({ caller, patients, query: `${type}/${id}/_history` }, (verdict) => {
        const permitted = versions.filter(({ event }) => verdict.permits(guardedPast(event, versions[0]!.event)));
        if (permitted.length === 0) return refused(type, id);
        const entities = permitted.map(({ version }) => ({ type, id, version }));
        return { entities, answer: permitted, custodian: permitted[0]!.event.author };
      });
    },
  };
}
