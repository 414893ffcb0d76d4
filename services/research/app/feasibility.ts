import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import { by as within } from '../../../kernel/rpc/deadline.ts';
import { type Criteria, readCriteria } from '../cohort/criteria.ts';
import type { Terminology } from '../cohort/terminology.ts';
import { type Budget, spendQuestion } from '../counts/budget.ts';
import { countRule } from '../counts/rule.ts';
import { definitionOf, type Told } from '../domain/cohort.ts';
import { type Researcher, requireOwn } from '../domain/researcher.ts';
import { type Registered, type Study, study } from '../domain/study.ts';
import { researcherOf } from './caller.ts';
import type { Change } from './changes.ts';
import type { Counted } from './counted.ts';
import type { Extraction } from './extraction.ts';
import type { KnownStudy } from './log.ts';
import type { Questions } from './questions.ts';

export interface Feasibility {
  answer: Told;
  /** Questions left. */
  left: number;
  /** In 19 of 20 answers the truth is no further away, where nobody asked for nearly the same people before. */
  margin: number;
}

/** How many people a cohort has. */
export interface Asking {
  /**
   * How many of those who consent belong to the cohort, as it may be told. The counting outlives who asked for it: whoever
   * had no time to wait asks again, waits for the same answer, and has asked one question.
   * @throws Failure `throttled` where too much was asked already; nobody's record is read then
   */
  feasibility(actor: Actor, id: string, definition: number, signal?: AbortSignal): Promise<Feasibility>;
  /** Ends all counting. */
  stop(): Promise<void>;
}

/** Minutes east of UTC, of dates that say no offset. */
export const zone = 0;

interface Parts {
  change: Change;
  study(id: string): Promise<KnownStudy>;
  extraction: Extraction;
  counted: Counted;
  questions: Questions;
  terminology: Terminology;
  budget: Budget;
  clock: Clock;
}

export function asking(parts: Parts): Asking {
  const underway = new Map<string, Promise<Feasibility>>();
  const stopping = new AbortController();
  const ask = counting(parts, stopping.signal);
  return {
    async feasibility(actor, id, number, signal) {
      const by = researcherOf(actor);
      const name = JSON.stringify([id, number, by]);
      let counted = underway.get(name);
      if (!counted) {
        counted = within(Number.POSITIVE_INFINITY, () => ask(by, id, number));
        underway.set(name, counted);
        counted.finally(() => underway.delete(name)).catch(() => {}); // whoever waits for it is told
      }
      return signal ? Promise.race([counted, givenUp(signal)]) : counted;
    },
    async stop() {
      stopping.abort(new Failure('unavailable', 'The service stops; ask again.'));
      await Promise.allSettled(underway.values());
    },
  };
}

function counting(parts: Parts, signal: AbortSignal) {
  const { change, extraction, counted, questions, terminology, budget, clock } = parts;
  const rule = countRule(budget.questions);

  async function members(of: KnownStudy, criteria: Criteria, by: Researcher): Promise<string[]> {
    const { id, purpose, organization } = of;
    const reading = { study: id, purpose, organization, researcher: by.subject };
    const found: string[] = [];
    for await (const { patient, resources } of extraction.records(reading, criteria.resourceTypes, signal))
      if (criteria.holds(resources) === true) found.push(patient);
    return found;
  }

  async function spend(state: Pick<Registered, 'questions'>, by: Researcher) {
    const { times, more } = await questions.of(by);
    const asked = { study: state.questions.map(({ at }) => at), researcher: times };
    return { ...spendQuestion(asked, budget, clock.now()), more };
  }

  return async (by: Researcher, id: string, number: number): Promise<Feasibility> => {
    const known = await parts.study(id);
    requireOpen(known, by);
    const { criteria, definition } = definitionOf(known, number);
    await spend(known, by);
    const people = await members(known, readCriteria(criteria, terminology, zone), by);
    let told: Feasibility | undefined;
    await change(id, async (state) => {
      const { answer, also } = await counted.answer(id, people, rule);
      const command = { type: 'answer', definition, answer, by, at: clock.now() } as const;
      const events = study.decide(command, state);
      const { left, more } = await spend(state as Registered, by);
      told = { answer, left, margin: rule.margin };
      return { events, also: [...also, more(id, clock.now())] };
    });
    return told!;
  };
}

/** Before anybody's record is read. */
function requireOpen(state: Study & Registered, by: Researcher): void {
  requireOwn(state, by);
  if (state.status !== 'open') throw new Failure('business-rule', 'The study is closed.');
}

function givenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const late = () => reject(new Failure('timeout', 'The counting goes on: ask again.'));
    if (signal.aborted) late();
    else signal.addEventListener('abort', late, { once: true });
  });
}
