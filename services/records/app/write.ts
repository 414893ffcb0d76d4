import { Failure, WrongVersion } from '../../../kernel/errors.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { RecordsEvent } from '../domain/event.ts';
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

interface Parts {
  plan: Planner;
  append: Append;
  once: Once;
  resources: Resources;
  projector: Pick<Projector<RecordsEvent>, 'catchUp'>;
}

/** Whoever loses a race decides anew, on what the winner left behind. */
const attempts = 4;

export function writer(parts: Parts): Write {
  const { plan, append, once, resources, projector } = parts;

  /** What the same request was answered before. Whoever was asked then may not have come to the views. */
  async function before(caller: Caller, request: Request): Promise<Outcome[] | undefined> {
    const answers = await once.answers(caller, request);
    if (answers) await projector.catchUp();
    return answers && Promise.all(answers.map(again));
  }

  async function again({ ...answer }: Answer): Promise<Outcome> {
    if (answer.status === 204) return answer;
    const found = await resources.version(answer.resourceType, answer.id, answer.version);
    return { ...answer, ...(found && { json: found.event.json }) };
  }

  async function attempt(caller: Caller, interactions: readonly Interaction[], request?: Request): Promise<Outcome[]> {
    const answered = request && (await before(caller, request));
    if (answered) return answered;
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
        // refused, it may be, because of its own effect: the same request may have come twice at once
        const answered = request && error instanceof Failure && (await before(caller, request));
        if (answered) return answered;
        if (!(error instanceof WrongVersion) || remaining === 0) throw error;
      }
    }
  };
}

const withoutContent = ({ status, resourceType, id, version, at }: Outcome): Answer => {
  return { status, resourceType, id, version, at };
};
