import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import { type Criteria, readCriteria } from '../cohort/criteria.ts';
import type { Terminology } from '../cohort/terminology.ts';
import { type Budget, spendQuestion } from '../counts/budget.ts';
import { type Definition, definitionOf, type Told } from '../domain/cohort.ts';
import { type Researcher, requireOwn } from '../domain/researcher.ts';
import { type Registered, type Study, study } from '../domain/study.ts';
import { readPrivacy } from '../privacy/plan.ts';
import { readExtract } from '../rows/person.ts';
import { researcherOf } from './caller.ts';
import type { Change } from './changes.ts';
import type { Counted } from './counted.ts';
import type { Extraction } from './extraction.ts';
import type { KnownStudy } from './log.ts';

/** Whom a study is about. */
export interface Cohorts {
  /** Throws Failure `invalid`, `value` or `not-supported` with the element at fault, as `cohort/` and `rows/` do. */
  define(actor: Actor, id: string, content: Content): Promise<Definition>;
  /**
   * How many of those who consent belong to the cohort, as it may be told.
   * @throws Failure `throttled` where the researcher has asked too often for this study; nobody's record is read then
   */
  feasibility(actor: Actor, id: string, definition: number, signal?: AbortSignal): Promise<Feasibility>;
}
export interface Content {
  criteria: unknown;
  extract?: unknown;
  /** How the extract is made anonymous. */
  privacy?: unknown;
}
export interface Feasibility {
  answer: Told;
  /** Questions left. */
  left: number;
}

/** Minutes east of UTC, of dates that say no offset. */
const zone = 0;

export function cohorts(parts: {
  change: Change;
  study(id: string): Promise<KnownStudy>;
  extraction: Extraction;
  counted: Counted;
  terminology: Terminology;
  budget: Budget;
  clock: Clock;
}): Cohorts {
  const { change, extraction, counted, terminology, budget, clock } = parts;

  async function members(of: KnownStudy, criteria: Criteria, by: Researcher, signal?: AbortSignal): Promise<string[]> {
    const { id, purpose, organization } = of;
    const reading = { study: id, purpose, organization, researcher: by.subject };
    const found: string[] = [];
    for await (const { patient, resources } of extraction.records(reading, criteria.resourceTypes, signal))
      if (criteria.holds(resources) === true) found.push(patient);
    return found;
  }

  function spend(state: Pick<Registered, 'questions'>, { subject }: Researcher): { left: number } {
    const asked = state.questions.filter(({ by }) => by === subject).map(({ at }) => at);
    return spendQuestion(asked, budget, clock.now());
  }

  return {
    async define(actor, id, { criteria, extract, privacy }) {
      readCriteria(criteria, terminology, zone);
      readAnonymised(extract, privacy);
      const by = researcherOf(actor);
      const command = { type: 'define', criteria, extract, privacy, by, at: clock.now() } as const;
      const { definitions } = await change(id, (state) => ({ events: study.decide(command, state) }));
      return definitions.at(-1)!;
    },
    async feasibility(actor, id, number, signal) {
      const by = researcherOf(actor);
      const known = await parts.study(id);
      requireOpen(known, by);
      const { criteria, definition } = definitionOf(known, number);
      spend(known, by);
      const people = await members(known, readCriteria(criteria, terminology, zone), by, signal);
      let told: Feasibility | undefined;
      await change(id, async (state) => {
        const { answer, also } = await counted.answer(people);
        const command = { type: 'answer', definition, answer, by, at: clock.now() } as const;
        const events = study.decide(command, state);
        told = { answer, ...spend(state as Registered, by) };
        return { events, also };
      });
      return told!;
    },
  };
}

function readAnonymised(extract: unknown, privacy: unknown): void {
  const read = extract === undefined ? undefined : readExtract(extract);
  if (privacy === undefined) return;
  if (!read) throw new Failure('required', 'There is no extract to be made anonymous.', { expression: ['extract'] });
  readPrivacy(privacy, read);
}

/** Before anybody's record is read. */
function requireOpen(state: Study & Registered, by: Researcher): void {
  requireOwn(state, by);
  if (state.status !== 'open') throw new Failure('business-rule', 'The study is closed.');
}
