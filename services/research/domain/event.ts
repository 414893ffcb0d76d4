import type { BuildEvent } from './build.ts';
import type { Told } from './cohort.ts';
import type { PieceStored, ReleaseRegistered } from './registration.ts';
import type { ReleaseEvent } from './release.ts';
import type { StudyEvent } from './study.ts';
import type { SubjectEvent } from './subject.ts';

/**
 * A set of people was counted and got an answer of its own: stream `counts`, one for all studies, since whoever compares
 * answers asks for several. Sealed.
 */
export interface PeopleCounted {
  type: 'PeopleCounted';
  /** Keyed hashes of the patients' ids, in their order. */
  people: string[];
  answer: Told;
}

/** Everything that research's store holds. */
export type ResearchEvent =
  | StudyEvent
  | PeopleCounted
  | BuildEvent
  | ReleaseRegistered
  | PieceStored
  | ReleaseEvent
  | SubjectEvent;
