import Type, { type Static } from 'typebox';
import { studyPurposes } from '../domain/study.ts';

export const registerStudySchema = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 300 }),
    purpose_of_use: Type.Union(studyPurposes.map((purpose) => Type.Literal(purpose))),
  },
  { additionalProperties: false },
);
export type RegisterStudy = Static<typeof registerStudySchema>;

export const studyId = Type.Object({ id: Type.String({ format: 'uuid' }) });
