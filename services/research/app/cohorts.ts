import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import { readCriteria } from '../cohort/criteria.ts';
import type { Terminology } from '../cohort/terminology.ts';
import type { Definition } from '../domain/cohort.ts';
import { study } from '../domain/study.ts';
import { readPrivacy } from '../privacy/plan.ts';
import { readExtract } from '../rows/person.ts';
import { researcherOf } from './caller.ts';
import type { Change } from './changes.ts';
import { type Asking, zone } from './feasibility.ts';

/** Whom a study is about. */
export interface Cohorts extends Asking {
  /** Throws Failure `invalid`, `value` or `not-supported` with the element at fault, as `cohort/` and `rows/` do. */
  define(actor: Actor, id: string, content: Content): Promise<Definition>;
}
export interface Content {
  criteria: unknown;
  extract?: unknown;
  /** How the extract is made anonymous. */
  privacy?: unknown;
}

export function cohorts(parts: { change: Change; asking: Asking; terminology: Terminology; clock: Clock }): Cohorts {
  const { change, asking, terminology, clock } = parts;
  return {
    ...asking,
    async define(actor, id, { criteria, extract, privacy }) {
      readCriteria(criteria, terminology, zone);
      readAnonymised(extract, privacy);
      const by = researcherOf(actor);
      const command = { type: 'define', criteria, extract, privacy, by, at: clock.now() } as const;
      const { definitions } = await change(id, (state) => ({ events: study.decide(command, state) }));
      return definitions.at(-1)!;
    },
  };
}

function readAnonymised(extract: unknown, privacy: unknown): void {
  const read = extract === undefined ? undefined : readExtract(extract);
  if (privacy === undefined) return;
  if (!read) throw new Failure('required', 'There is no extract to be made anonymous.', { expression: ['extract'] });
  readPrivacy(privacy, read);
}
