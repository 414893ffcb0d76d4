/**
 * What must happen at most once has a stream `unique/<keyed hash>` of its own, appended in the same atomic append: of
 * two who race, one fails and looks again.
 */
export type ReservationEvent = ConditionMet | RequestAnswered;

/** A conditional create or update settled on this resource. */
export interface ConditionMet {
  type: 'ConditionMet';
  resourceType: string;
  id: string;
}

/** A request with an Idempotency-Key was carried out. */
export interface RequestAnswered {
  type: 'RequestAnswered';
  /** SHA-256 of what was asked, hex: the same key with something else is an error. */
  asked: string;
  answers: Answer[];
}

/** What was answered to one interaction; the resource itself is read again. */
export interface Answer {
  status: number;
  resourceType: string;
  id: string;
  /** 0: nothing was written. */
  version: number;
  /** Of the written version, milliseconds since the epoch. */
  at: number;
}
