import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../../demo/random.ts';
import { guest, type KnownPatient, type Person } from '../world.ts';
import { type Answered, complaintOf, type Door } from './door.ts';
import type { Journal } from './journal.ts';

/** Reads of a patient's data between two changes of mind. */
const readsBetween = 5;

interface Parts {
  door: Door;
  journal: Journal;
  random: Random;
  over(): boolean;
}

/**
 * A patient who lets the guests' hospital read, and no more, again and again; and clinicians there who read all the
 * while. `closed` is from the acknowledgement of a revocation until the next grant is sent, `open` the other way round;
 * in between either answer is right.
 */
export function consenting({ door, journal, random, over }: Parts, patient: KnownPatient) {
  let state: 'closed' | 'open' | 'changing' = 'closed';
  /** How many changes there were: an answer counts where there was none since it was asked for. */
  let changes = 0;
  let reads = 0;

  async function enough(): Promise<void> {
    for (const before = reads; reads < before + readsBetween && !over(); ) await pause(10);
  }

  /** @returns the receipt; undefined once the load is over */
  async function change(path: string, body: object, expected: number[], then: 'closed' | 'open') {
    [state, changes] = ['changing', changes + 1];
    const headers = { 'idempotency-key': randomUUID() };
    const answer = await door.insist({ method: 'POST', path, token: patient.token, body, headers }, expected);
    if (!answer) return undefined;
    [state, changes] = [then, changes + 1];
    journal.receipts.push(answer.body.event);
    journal.done('consent');
    return answer.body.consent as string;
  }

  function judge(answer: Answered, asked: string, path: string): void {
    const right = { open: [200], closed: [403], changing: [200, 403] }[asked as typeof state];
    if (!right.includes(answer.status))
      journal.complaints.push(`while ${asked}, ${complaintOf({ path, token: '' }, answer)}`);
  }

  return {
    async patient(): Promise<void> {
      await enough();
      const consent = await change('/consent/grants', { grantee: { organization: guest } }, [201], 'open');
      await enough();
      if (consent) await change(`/consent/grants/${consent}/revoke`, {}, [200], 'closed');
    },
    async reader({ token }: Person): Promise<void> {
      const [asked, before, request] = [state, changes, randomUUID()];
      const path = `/fhir/Observation/${random.pick(patient.observations)}`;
      const answer = await door.attempt({ path, token, headers: { 'x-request-id': request } });
      if (!answer) return;
      reads += 1;
      judge(answer, changes === before ? asked : 'changing', path);
      journal.answered.set(request, `${path}: ${answer.status}`);
      if (answer.status === 200) journal.done('read');
      if (answer.status === 403) journal.done('refusal');
    },
  };
}
