import type { BuildEvent } from './build.ts';
import type { Told } from './cohort.ts';
import type { PieceStored, ReleaseRegistered } from './registration.ts';
import type { ReleaseEvent } from './release.ts';
import type { StudyEvent } from './study.ts';
import type { SubjectEvent } from './subject.ts';

/**
 * A set of people was counted, and what was told of it: stream `counts/<study>`, since whoever compares answers asks for
 * several. Sealed.
 */
export interface PeopleCounted {
  type: 'PeopleCounted';
  /** Keyed hashes of the patients' ids, eight bytes each, in their order; base64. */
  people: string;
  answer: Told;
}
/** A researcher asked for a number of people: stream `questions/<keyed hash of the researcher>`, over all their studies. */
export interface QuestionAsked {
  type: 'QuestionAsked';
  study: string;
  at: number;
}

/** Everything that research's store holds. */
export type ResearchEvent =
  | StudyEvent
  | PeopleCounted
  | QuestionAsked
  | BuildEvent
  | ReleaseRegistered
  | PieceStored
  | ReleaseEvent
  | SubjectEvent;
