import type { Coding } from '../../../contracts/rules/facts.ts';
import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Clock, Ids } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import {
  type BreakGlassCommand,
  type Declaration,
  breakGlass as declarations,
  runningOf,
  type Verdict,
} from '../domain/breakGlass.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import { actorOf, actsFor, agentOf, type Caller, type Mandates } from './caller.ts';
import type { Folded } from './fold.ts';
import { breakGlassNotices } from './notices.ts';
import type { Reading } from './reading.ts';
import type { PatientStreams } from './streams.ts';
import type { Suspensions } from './suspensions.ts';
import type { Located, Whereabouts } from './views.ts';

export type KnownDeclaration = Declaration & { patient: string };

export interface DeclareRequest {
  patient: string;
  reason: Coding;
  text: string;
  /** 0: the deployment's default. */
  minutes: number;
}

/** Break-glass: declared, bounded, announced by its events, reviewed. */
export interface BreakGlass {
  /** By a clinician who logged in a moment ago. Declared twice is the same grant. */
  declare(caller: Caller, request: DeclareRequest): Promise<KnownDeclaration>;
  end(caller: Caller, id: string): Promise<KnownDeclaration>;
  /** An unjustified verdict ends it, and suspends the clinician's break-glass in the same append. */
  review(caller: Caller, id: string, verdict: Verdict, text: string): Promise<KnownDeclaration>;
  liftSuspension(caller: Caller, clinician: string, reason: string): Promise<void>;
  /**
   * Of a patient, for the patient; of their own organisation, for privacy officers; their own, for clinicians. That
   * somebody looked is recorded before it is answered.
   * @param patient empty: of all the patients that the caller may ask about
   */
  list(caller: Caller, asked: { patient: string; unreviewed: boolean }): Promise<KnownDeclaration[]>;
  /** Takes down that declarations are over whose time has run out; the decisions knew it by the clock. */
  expire(): Promise<void>;
}

interface Parts {
  streams: PatientStreams;
  suspensions: Suspensions;
  projector: Projector<ConsentServiceEvent>;
  whereabouts: Whereabouts;
  reading: Reading;
  mandates: Mandates;
  clock: Clock;
  ids: Ids;
  /** Minutes that it lasts, where nothing else is asked and at most; seconds since the login at most. */
  limits: { minutes: number; maxMinutes: number; loginAge: number };
}

export function breakGlass(parts: Parts): BreakGlass {
  const { streams, suspensions, projector, whereabouts, reading, mandates, clock, ids, limits } = parts;

  async function change(patient: string, command: BreakGlassCommand, find: (of: Folded) => Declaration | undefined) {
    const { folded, recorded } = await streams.change(patient, async ({ patient: { declarations: known } }) => {
      const events = declarations.decide(command, known);
      const unjustified = events.find((each) => each.type === 'BreakGlassReviewed' && each.verdict === 'unjustified');
      const of = unjustified && known.get(unjustified.id);
      const notices = breakGlassNotices(patient, events, ids);
      if (!of) return { events, also: () => notices };
      const { clinician, organization, id: declaration } = of;
      const suspending = await suspensions.suspending({ clinician, organization, declaration, by: command.by });
      return { events, also: () => [...suspending, ...notices] };
    });
    // nothing was to be done: whoever did it before may not have come to the views
    await (recorded.length > 0 ? projector.apply(recorded) : projector.catchUp());
    return { ...find(folded)!, patient };
  }

  async function changeKnown(command: Exclude<BreakGlassCommand, { type: 'declare' }>): Promise<KnownDeclaration> {
    const patient = await whereabouts.patientOfDeclaration(command.id);
    if (patient === undefined)
      throw new Failure('not-found', 'There is no such declaration, or it is not yours to see.');
    return change(patient, command, (folded) => folded.patient.declarations.get(command.id));
  }

  /** RFC 9470: who logged in too long ago must log in again. */
  function requireFreshLogin({ authTime }: Actor, now: number): void {
    if (authTime > 0 && now <= (authTime + limits.loginAge) * 1000) return;
    throw new Failure('login', 'Break-glass needs a fresh login: log in again, and declare it then.');
  }

  function untilOf(from: number, minutes: number): number {
    if (minutes <= limits.maxMinutes) return from + (minutes || limits.minutes) * 60_000;
    const message = `Break-glass lasts at most ${limits.maxMinutes} minutes.`;
    throw new Failure('value', message, { expression: ['minutes'] });
  }

  return {
    async declare(caller, { patient, reason, text, minutes }) {
      const actor = actorOf(caller);
      const from = clock.now();
      if (!/^[A-Za-z0-9.-]{1,64}$/.test(patient))
        throw new Failure('value', 'Say for which patient: the Patient id.', { expression: ['patient'] });
      requireFreshLogin(actor, from);
      if (await suspensions.isSuspended(actor.subject)) {
        throw new Failure('forbidden', 'Your break-glass is suspended until a privacy officer lifts the suspension.');
      }
      const by = agentOf(caller);
      const command = {
        type: 'declare',
        id: ids.uuid(),
        reason,
        text,
        from,
        until: untilOf(from, minutes),
        by,
      } as const;
      return change(patient, command, (folded) => runningOf(folded.patient.declarations, actor.subject, from));
    },

    end: (caller, id) => changeKnown({ type: 'end', id, at: clock.now(), by: agentOf(caller) }),

    review: (caller, id, verdict, text) =>
      changeKnown({ type: 'review', id, verdict, text, at: clock.now(), by: agentOf(caller) }),

    liftSuspension: (caller, clinician, reason) => suspensions.lift(clinician, reason, agentOf(caller)),

    async list(caller, { patient, unreviewed }) {
      const actor = actorOf(caller);
      const of = patient || (actor.role === 'patient' ? (actor.patient ?? '') : '');
      const own = of !== '' && (await actsFor(actor, of, mandates));
      const located = of ? undefined : await whereabouts.declarationsOf(requireOrganization(actor), unreviewed);
      const found = located ? await opened(located) : await ofPatient(of);
      const listed = found.filter((each) => (own || mayList(actor, each)) && !(unreviewed && each.review));
      await reading.recordBreakGlass(
        caller,
        listed.map((each) => each.patient),
        'declarations',
      );
      return listed;
    },

    async expire() {
      const by = { subject: 'service/consent', role: 'system' } as const;
      const at = clock.now();
      for (const { id } of await whereabouts.expired(at)) {
        await changeKnown({ type: 'expire', id, at, by }).catch(unlessErased);
      }
    },
  };

  async function ofPatient(patient: string): Promise<KnownDeclaration[]> {
    const known = (await streams.current(patient)).patient.declarations;
    return [...known.values()].map((each) => ({ ...each, patient })).reverse();
  }

  async function opened(located: readonly Located[]): Promise<KnownDeclaration[]> {
    const found = await Promise.all(
      located.map(async ({ id, patient }) => {
        const folded = await streams.current(patient).catch(unlessErased);
        const declaration = folded?.patient.declarations.get(id);
        return declaration && { ...declaration, patient };
      }),
    );
    return found.filter((each) => each !== undefined);
  }
}

function requireOrganization({ role, organization }: Actor): string {
  if ((role === 'privacy-officer' || role === 'practitioner') && organization) return organization;
  throw new Failure('forbidden', 'Declarations are listed for patients, privacy officers and clinicians.');
}

const mayList = ({ role, organization, subject }: Actor, declaration: Declaration): boolean =>
  role === 'privacy-officer' ? declaration.organization === organization : declaration.clinician === subject;

function unlessErased(error: unknown): undefined {
  if (!(error instanceof Failure && error.code === 'deleted')) throw error;
}
