import { type Decision, decideWithBreakGlass } from '../../../contracts/rules/decide.ts';
import { type Explanation, explainWithBreakGlass } from '../../../contracts/rules/explain.ts';
import type { ResourceFacts } from '../../../contracts/rules/facts.ts';
import {
  type Asker,
  type ConsentState,
  type Deployment,
  isInForce,
  type Question,
} from '../../../contracts/rules/state.ts';
import { collect, decideTransfer, explainTransfer } from '../../../contracts/rules/transfer.ts';
import type { Clock, Ids } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Metrics } from '../../../kernel/telemetry.ts';
import { askers } from './askers.ts';
import { actsFor, type Caller, type Mandates } from './caller.ts';
import { membership } from './careTeams.ts';
import type { People } from './identity.ts';
import type { PatientStreams } from './streams.ts';
import type { Suspensions } from './suspensions.ts';

export interface Asked {
  actor: Asker;
  /** v3 consentaction. */
  action: string;
  purpose: string;
  /** Id of the study that research is for. */
  study?: string;
}

/** A decision about one patient, with the version of the stream that it rests on. */
export interface PatientDecision extends Decision {
  patient: string;
  version: number;
}

/** Answers "may A do X with B's Y for purpose P?". Nothing is stored; an error denies, since there is no answer then. */
export interface Decisions {
  /** One decision for each patient, in that order; whom the caller may ask about, `askers.ts` says. */
  check(
    caller: Caller,
    patients: readonly string[],
    asked: Asked,
  ): Promise<{ id: string; decisions: PatientDecision[] }>;
  /** The head version of each patient's stream, linearizable. */
  head(patients: readonly string[]): Promise<number[]>;
  /**
   * How the answer comes about, now or at a past instant. The patient may ask it about anybody; everybody else about
   * themselves, and is not told of consents that are about others.
   */
  explain(
    caller: Caller,
    patient: string,
    asked: Asked & { at?: number; resources: readonly ResourceFacts[] },
  ): Promise<Explained>;
}

export interface Explained extends Explanation {
  version: number;
}

interface Parts {
  streams: PatientStreams;
  suspensions: Suspensions;
  mandates: Mandates;
  people: People;
  deployment: Deployment;
  clock: Clock;
  ids: Ids;
  metrics: Metrics;
}

export function decisions(parts: Parts): Decisions {
  const { streams, suspensions, mandates, deployment, clock, ids, metrics } = parts;
  const { asking, anybody } = askers(parts.people);
  const member = membership(parts.people);

  /** Mandates are looked up only where one could matter; a Patient id makes nobody the patient but a patient's own login. */
  async function questionOf(patient: string, { actor, action, purpose, study }: Asked, at: number): Promise<Question> {
    const question = { patient, actor, action, purpose, at, ...(study && { study }) };
    if (actor.role !== 'patient') return { ...question, actor: { ...actor, patient: undefined } };
    if (actor.patient === patient) return question;
    return { ...question, mandates: await mandates(actor.subject, patient) };
  }

  /** Without the declarations of a clinician whose break-glass is suspended. @param past at an instant; undefined: now */
  async function unsuspended(state: ConsentState, { actor, at }: Question, past?: number): Promise<ConsentState> {
    const own = state.declarations.some((each) => each.clinician === actor.subject && isInForce(each, at));
    if (!own || !(await suspensions.isSuspended(actor.subject, past))) return state;
    return { ...state, declarations: state.declarations.filter(({ clinician }) => clinician !== actor.subject) };
  }

  async function decide(patient: string, asked: Asked): Promise<PatientDecision> {
    const { rules, patient: stream } = await streams.current(patient);
    const asker = await questionOf(patient, asked, clock.now()); // after what was read: nothing in it begins later
    const question = { ...asker, actor: await member(asker.actor, rules) };
    const decision = rulesFor(question).decide(await unsuspended(rules, question), question, deployment);
    metrics.count('healthchain_decisions', { verdict: verdictOf(decision) });
    return { ...decision, patient, version: stream.version };
  }

  return {
    async check(caller, patients, asked) {
      if (patients.length === 0)
        throw new Failure('required', 'Say whose data it is about.', { expression: ['patients'] });
      const own = { ...complete(asked), actor: await asking(caller, asked.actor) };
      return { id: ids.uuid(), decisions: await Promise.all(patients.map((patient) => decide(patient, own))) };
    },
    head: (patients) => Promise.all(patients.map(streams.head)),
    async explain(caller, patient, { at, resources, ...asked }) {
      const { actor, service } = caller;
      const any = actor ? await actsFor(actor, patient, mandates) : service !== undefined;
      const about = await (any ? anybody : asking)(caller, asked.actor);
      const asker = await questionOf(patient, { ...complete(asked), actor: about }, at ?? clock.now());
      const folded = at === undefined ? await streams.current(patient) : await streams.asOf(patient, at);
      const question = { ...asker, actor: await member(asker.actor, folded.rules) };
      const state = await unsuspended(folded.rules, question, at);
      const { decision, steps } = rulesFor(question).explain(state, question, deployment, resources);
      const told = any ? steps : steps.filter(({ rule, matched }) => matched || rule.startsWith('rule:'));
      return { decision, steps: told, version: folded.patient.version };
    },
  };
}

/** To collect is a transfer, decided as the ledger does: a declared emergency lets people look. */
const rulesFor = ({ action }: Question) =>
  action === collect
    ? { decide: decideTransfer, explain: explainTransfer }
    : { decide: decideWithBreakGlass, explain: explainWithBreakGlass };

/** A question without purpose or action would be met by consents that name none. Throws Failure `required`. */
function complete(asked: Asked): Asked {
  const lacking = (['action', 'purpose'] as const).find((name) => !asked[name]);
  if (!lacking) return asked;
  throw new Failure('required', `Say for which ${lacking}.`, { expression: [lacking] });
}

const verdictOf = ({ permit, breakGlass }: Decision) => (permit ? (breakGlass ? 'break-glass' : 'permit') : 'deny');
