/**
 * What research keeps of one patient: stream `subject/<patient>`, sealed with the patient's key. Once that key is
 * destroyed, nothing leads from the patient to a pseudonym or a release any more: their place in the classes of the
 * registry stays counted, and is nobody's. Times are milliseconds since the epoch.
 */
export interface SubjectKeyed {
  type: 'SubjectKeyed';
  /** 32 bytes, hex: all pseudonyms of the patient are made of it. */
  secret: string;
}
/** A release holds the patient. */
export interface SubjectReleased {
  type: 'SubjectReleased';
  release: string;
  study: string;
  /** The study's. */
  organization: string;
  at: number;
}
/** The patient no longer consents to a release that holds them: it is recalled. */
export interface SubjectRecalled {
  type: 'SubjectRecalled';
  release: string;
  study: string;
  organization: string;
  at: number;
}
/** The patient's key is about to be destroyed. Not sealed: it says nothing. */
export interface SubjectForgotten {
  type: 'SubjectForgotten';
}
export type SubjectEvent = SubjectKeyed | SubjectReleased | SubjectRecalled | SubjectForgotten;
