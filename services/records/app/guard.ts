import { Failure } from '../../../kernel/errors.ts';
import type { AccessRecorded, Entity } from '../domain/access.ts';
import type { RecordAccess } from './accesses.ts';
import { agentOf, type Caller, ownOwner } from './caller.ts';
import { type ConsentClient, type Decision, decide, type Guarded } from './decision.ts';

/** What is asked, for the record. */
export interface Question {
  caller: Caller;
  /** Patients that it is about, as far as that is known before. */
  patients: readonly string[];
  /** The search as it was asked. */
  query?: string;
  /** v3 consentaction. Left out: access. */
  action?: string;
}

/** Says of each resource whether this caller may have it now. */
export interface Verdict {
  /** Whether anything at all of the patient may be answered. */
  open(patient: string): boolean;
  permits(resource: Guarded): boolean;
}

/** What would be answered under a verdict; `refusal` is thrown in place of the answer. */
export interface Choice<T> {
  entities: Entity[];
  custodian?: string;
  answer?: T;
  /** Made durable with the record of the access, before the answer leaves. */
  receipt?(): Promise<void>;
  refusal?: Failure;
}

/**
 * The one door to the data. Every answer passes it: decision → what it leaves over → durable record → are the consents
 * still the same? → answer.
 */
export interface Guard {
  /**
   * @param choose picks the answer under a verdict; it is asked anew where consents moved, or where it met patients
   * that nobody had asked about
   * @throws the choice's refusal, recorded
   */
  answer<T>(question: Question, choose: (verdict: Verdict) => Choice<T> | Promise<Choice<T>>): Promise<T>;
}

/** Consents that move this often within one answer are somebody's loop. */
const attempts = 5;

interface Parts {
  consent: ConsentClient;
  recordAccess: RecordAccess;
  /** Whether there is such a patient: no key is made, and no entry kept, for one that somebody made up. */
  isPatient(id: string): Promise<boolean>;
}

export function guard({ consent, recordAccess, isPatient }: Parts): Guard {
  async function record(question: Question, decision: Decision, choice: Choice<unknown>): Promise<void> {
    const { caller, query } = question;
    const there = await Promise.all(decision.patients.map(isPatient));
    const patients = decision.patients.filter((_, index) => there[index]);
    const event: AccessRecorded = {
      type: 'AccessRecorded',
      by: agentOf(caller),
      patients,
      entities: [...choice.entities, ...(caller.study ? [{ type: 'ResearchStudy', id: caller.study }] : [])],
      outcome: choice.refusal ? 'refused' : 'answered',
      request: caller.request,
      ...(query !== undefined && { query }),
      ...(decision.basis && { decision: decision.basis }),
      ...(choice.custodian && { custodian: choice.custodian }),
    };
    const owner = patients[0] ?? ownOwner(caller);
    await recordAccess({ event, owner });
  }

  return {
    async answer(question, choose) {
      let patients = [...new Set(question.patients)].sort();
      for (let attempt = 0; attempt < attempts; ) {
        const decision = await decide(consent, question, patients);
        const met = new Set(patients);
        const choice = await choose(noting(decision, met));
        if (met.size > patients.length) {
          patients = [...met].sort();
          continue;
        }
        await record(question, decision, choice);
        if (choice.refusal) throw choice.refusal;
        await choice.receipt?.();
        if (await decision.stands()) return choice.answer as never;
        attempt += 1;
      }
      throw new Failure('unavailable', 'The consents change faster than they can be read; retry.');
    },
  };
}

/** The decision, noting whom the resources name: nothing is permitted on behalf of a patient who was not asked about. */
function noting({ open, permits }: Decision, met: Set<string>): Verdict {
  return {
    open,
    permits(resource) {
      for (const patient of resource.patients) met.add(patient);
      return permits(resource);
    },
  };
}
