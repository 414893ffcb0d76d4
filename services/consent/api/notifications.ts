import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import type { ConsentApp } from '../app/app.ts';
import type { SuspendedReport } from '../app/breakGlassReport.ts';
import type { KnownNotification } from '../app/notifications.ts';
import type { Tally } from '../domain/breakGlassReport.ts';
import { callerOf } from './caller.ts';
import * as schema from './schema.ts';
import { instantOf } from './verdicts.ts';

const strict = { additionalProperties: false };
const day = Type.String({ minLength: 4, maxLength: 40 });
const listQuery = Type.Object({ patient: Type.Optional(schema.id), unread: Type.Optional(Type.Boolean()) }, strict);
const reportQuery = Type.Object({ from: Type.Optional(day), until: Type.Optional(day) }, strict);
const token = { config: { access: 'token' } } as const;

/** What patients and privacy officers are told, and how break-glass is used. @param zone minutes east of UTC */
export function notificationRoutes(server: FastifyInstance, app: ConsentApp, zone: number): void {
  server.get<{ Querystring: Static<typeof listQuery> }>(
    '/consent/notifications',
    { schema: { querystring: listQuery }, ...token },
    async (request) => {
      const { patient = '', unread = false } = request.query;
      const found = await app.notifications.list(callerOf(request), { patient, unread });
      return { notifications: found.map(document) };
    },
  );
  server.post<{ Params: { id: string } }>(
    '/consent/notifications/:id/read',
    { schema: { params: schema.idParams }, ...token },
    async (request) => document(await app.notifications.markRead(callerOf(request), request.params.id)),
  );
  server.get<{ Querystring: Static<typeof reportQuery> }>(
    '/consent/break-glass/report',
    { schema: { querystring: reportQuery }, ...token },
    async (request) => {
      const { from, until } = request.query;
      const span = {
        from: from === undefined ? 0 : schema.instant(from, 'from', zone).start,
        until: until === undefined ? Number.MAX_SAFE_INTEGER : schema.instant(until, 'until', zone).end,
      };
      return { organizations: (await app.breakGlassReport(callerOf(request), span)).map(reportDocument) };
    },
  );
}

function document({ id, at, patient, notice, text, read }: KnownNotification) {
  const { kind, ...of } = notice;
  const about = {
    ...('declaration' in of && { break_glass: of.declaration }),
    ...('consent' in of && { consent: of.consent }),
    ...('agreement' in of && { agreement: of.agreement }),
  };
  return {
    ...{ id, kind, at: instantOf(at), patient, text, ...about },
    ...(read && { read_at: instantOf(read.at), read_by: read.by }),
  };
}

function reportDocument({ clinicians, names, ...organization }: SuspendedReport) {
  const named = clinicians.map((each) => ({ name: names[each.clinician], ...tallied(each) }));
  return { ...tallied(organization), clinicians: named };
}

const tallied = <T extends Tally>({ reviewedAfter, ...counts }: T) => ({
  ...counts,
  ...(reviewedAfter !== undefined && { median_hours_to_review: Math.round(reviewedAfter / 36_000) / 100 }),
});
