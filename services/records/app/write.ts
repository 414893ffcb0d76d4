import { WrongVersion } from '../../../kernel/errors.ts';
import type { Answer } from '../domain/reservation.ts';
import type { Caller } from './caller.ts';
import type { Interaction, Outcome } from './interaction.ts';
import type { Append } from './log.ts';
import type { Once, Request } from './once.ts';
import type { Planner } from './plan.ts';
import type { Resources } from './resources.ts';

/**
 * Carries out writes together, all or nothing.
 * @param request the Idempotency-Key where there is one: then what was answered before is answered again
 */
export type Write = (caller: Caller, interactions: readonly Interaction[], request?: Request) => Promise<Outcome[]>;

/** Whoever loses a race decides anew, on what the winner left behind. */
const attempts = 4;

export function writer(parts: { plan: Planner; append: Append; once: Once; resources: Resources }): Write {
  const { plan, append, once, resources } = parts;

  async function again({ ...answer }: Answer): Promise<Outcome> {
    if (answer.status === 204) return answer;
    const found = await resources.version(answer.resourceType, answer.id, answer.version);
    return { ...answer, ...(found && { json: found.event.json }) };
  }

  async function attempt(caller: Caller, interactions: readonly Interaction[], request?: Request): Promise<Outcome[]> {
    const before = request && (await once.answers(caller, request));
    if (before) return Promise.all(before.map(again));
    const { appends, outcomes } = await plan(caller, interactions);
    if (request) appends.push(once.append(caller, request, outcomes.map(withoutContent)));
    if (appends.length > 0) await append(appends);
    return outcomes;
  }

  return async (caller, interactions, request) => {
    for (let remaining = attempts - 1; ; remaining--) {
      try {
        return await attempt(caller, interactions, request);
      } catch (error) {
        if (!(error instanceof WrongVersion) || remaining === 0) throw error;
      }
    }
  };
}

const withoutContent = ({ status, resourceType, id, version, at }: Outcome): Answer => {
  return { status, resourceType, id, version, at };
};
