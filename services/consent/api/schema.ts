import Type, { type Static } from 'typebox';
import { dateSpan } from '../../../contracts/rules/dates.ts';
import type { Coding } from '../../../contracts/rules/facts.ts';
import { isConfidentialityLevel } from '../../../contracts/rules/labels.ts';
import { actCode, confidentiality } from '../../../contracts/rules/vocabulary.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Choices } from '../domain/choices.ts';

const strict = { additionalProperties: false };
export const id = Type.String({ pattern: '^[A-Za-z0-9.-]{1,64}$' });
export const careTeam = Type.String({ pattern: '^((CareTeam|Group)/)?[A-Za-z0-9.-]{1,64}$' });
const name = Type.String({ minLength: 1, maxLength: 200 });
const dateTime = Type.String({ minLength: 4, maxLength: 40 });
const text = Type.String({ minLength: 1, maxLength: 1000 });
const coding = Type.Object({ system: name, code: name }, strict);
const list = <T extends Type.TSchema>(item: T) => Type.Optional(Type.Array(item, { maxItems: 100 }));

export const idParams = Type.Object({ id });
export const clinicianParams = Type.Object({ clinician: id });
export const keyHeader = Type.Object({ 'idempotency-key': Type.Optional(Type.String({ maxLength: 200 })) });

export const grantBody = Type.Object(
  {
    patient: Type.Optional(id),
    grantee: Type.Optional(
      Type.Object(
        {
          organization: Type.Optional(name),
          practitioner: Type.Optional(name),
          care_team: Type.Optional(careTeam),
          role: Type.Optional(name),
        },
        strict,
      ),
    ),
    purposes: list(name),
    from: Type.Optional(dateTime),
    until: Type.Optional(dateTime),
    resource_types: list(name),
    codes: list(coding),
    labels: list(Type.Union([name, coding])),
    data_from: Type.Optional(dateTime),
    data_until: Type.Optional(dateTime),
    deny: Type.Optional(Type.Boolean()),
  },
  strict,
);
export const revokeBody = Type.Object({ reason: Type.Optional(text) }, strict);
export const patientQuery = Type.Object({ patient: Type.Optional(id) }, strict);
export const breakGlassQuery = Type.Object(
  { patient: Type.Optional(id), unreviewed: Type.Optional(Type.Boolean()) },
  strict,
);
export const reviewBody = Type.Object(
  { verdict: Type.Union([Type.Literal('justified'), Type.Literal('unjustified')]), text },
  strict,
);
export const liftBody = Type.Object({ reason: text }, strict);

const resource = Type.Object(
  {
    type: name,
    id: Type.Optional(id),
    author_organization: Type.Optional(name),
    authors: list(name),
    codes: list(coding),
    labels: list(coding),
    period_start: Type.Optional(dateTime),
    period_end: Type.Optional(dateTime),
    references: list(name),
  },
  strict,
);
export const explainBody = Type.Object(
  {
    patient: Type.Optional(id),
    actor: Type.Optional(
      Type.Object(
        {
          subject: Type.Optional(id),
          organization: Type.Optional(id),
          role: Type.Optional(name),
          care_teams: list(name),
        },
        strict,
      ),
    ),
    action: Type.Optional(name),
    purpose_of_use: Type.Optional(name),
    study: Type.Optional(id),
    at: Type.Optional(dateTime),
    resources: list(resource),
  },
  strict,
);
export type GrantBody = Static<typeof grantBody>;
export type ExplainBody = Static<typeof explainBody>;

/** @param zone minutes east of UTC; a date covers its day there */
export function choicesOf(body: GrantBody, zone: number): Choices {
  const { organization, practitioner, care_team: careTeam, role } = body.grantee ?? {};
  const time = (field: 'from' | 'until' | 'data_from' | 'data_until', edge: 'start' | 'end') =>
    body[field] === undefined ? undefined : instant(body[field], field, zone)[edge];
  const times = {
    from: time('from', 'start'),
    until: time('until', 'end'),
    dataFrom: time('data_from', 'start'),
    dataUntil: time('data_until', 'end'),
  };
  return {
    grantee: given({ organization, practitioner, careTeam, role }),
    purposes: body.purposes ?? [],
    resourceTypes: body.resource_types ?? [],
    codes: body.codes ?? [],
    labels: (body.labels ?? []).map(label),
    deny: body.deny ?? false,
    ...given(times),
  };
}

/** What a date or an instant covers. Throws Failure `value`. */
export function instant(text: string, field: string, zone: number): { start: number; end: number } {
  const span = dateSpan(text, zone);
  if (span) return span;
  throw new Failure('value', `${field} is a date or an instant, as 2027-01-31 or 2027-01-31T10:00:00+01:00.`, {
    expression: [field],
  });
}

/** A bare code is a confidentiality level where it is one, else a sensitivity. */
export const label = (of: string | Coding): Coding =>
  typeof of === 'string' ? { system: isConfidentialityLevel(of) ? confidentiality : actCode, code: of } : of;

/** Without the members that are undefined. */
function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
