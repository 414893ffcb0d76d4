import Type, { type Static } from 'typebox';
import { studyPurposes } from '../domain/study.ts';

const closed = { additionalProperties: false };
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

export const registerStudySchema = Type.Object(
  {
    title: text(300),
    purpose_of_use: Type.Union(studyPurposes.map((purpose) => Type.Literal(purpose))),
    protocol: Type.Optional(text(1000)),
    ethics_approval: Type.Optional(text(1000)),
    data_use: Type.Optional(text(5000)),
  },
  closed,
);
export type RegisterStudy = Static<typeof registerStudySchema>;

/** What stands inside is checked by whoever reads it, who names the element at fault. */
export const defineCohortSchema = Type.Object(
  { criteria: Type.Unknown(), extract: Type.Optional(Type.Unknown()), privacy: Type.Optional(Type.Unknown()) },
  closed,
);
export type DefineCohort = Static<typeof defineCohortSchema>;

const number = Type.Integer({ minimum: 1 });
export const requestReleaseSchema = Type.Object(
  {
    definition: number,
    recipients: Type.Optional(Type.Array(text(100), { minItems: 1, maxItems: 50 })),
    replaces: Type.Optional(Type.String({ format: 'uuid' })),
  },
  closed,
);
export type RequestRelease = Static<typeof requestReleaseSchema>;
export const rejectReleaseSchema = Type.Object({ reason: text(2000) }, closed);
export type RejectRelease = Static<typeof rejectReleaseSchema>;

export const attestDeletionSchema = Type.Object({ text: text(2000) }, closed);
export type AttestDeletion = Static<typeof attestDeletionSchema>;

const uuid = Type.String({ format: 'uuid' });
export const releaseId = Type.Object({ id: uuid });
export const fileName = Type.Object({ id: uuid, name: Type.String({ pattern: '^[\\w.-]{1,100}$' }) });
export const acceptedTerms = Type.Object({ terms: Type.String({ pattern: '^[0-9a-f]{64}$' }) }, closed);
export const studyId = Type.Object({ id: uuid });
export const definitionId = Type.Object({ id: uuid, definition: number });
export const requestId = Type.Object({ id: uuid, request: uuid });
