import type { Recorded, SealedAppend, SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { ResearchEvent } from '../domain/event.ts';
import { type Study, type StudyEvent, study } from '../domain/study.ts';

export type ResearchLog = SealedStore<ResearchEvent>;

export const studyStream = (id: string): string => `study/${id}`;
export const studyOf = (stream: string): string | undefined =>
  stream.startsWith('study/') ? stream.slice('study/'.length) : undefined;
export const releaseStream = (id: string): string => `release/${id}`;
export const releaseOf = (stream: string): string | undefined =>
  stream.startsWith('release/') ? stream.slice('release/'.length) : undefined;
/** Sealed with the patient's own key. */
export const subjectStream = (patient: string): string => `subject/${patient}`;
export const patientOf = (stream: string): string | undefined =>
  stream.startsWith('subject/') ? stream.slice('subject/'.length) : undefined;
/** Whose key seals a study's events. */
export const ownerOf = (organization: string): string => `organization/${organization}`;

/** A study that is registered, with its id. */
export type KnownStudy = Exclude<Study, { status: 'none' }> & { id: string };

/** The study's stream folded, and its version. */
export async function foldStudy(log: ResearchLog, id: string): Promise<{ state: Study; version: number }> {
  const past = (await log.read(studyStream(id))) as Recorded<StudyEvent>[];
  const state = past.reduce((before, { event }) => study.evolve(before, event), study.initial);
  return { state, version: past.length };
}

/** Appends and applies: what was appended is seen by whoever asks next. */
export type Append = (appends: SealedAppend<ResearchEvent>[]) => Promise<void>;

export const appender =
  (log: ResearchLog, projector: Projector<ResearchEvent>): Append =>
  async (appends) =>
    projector.apply(await log.append(appends));
