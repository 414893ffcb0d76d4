import type { Clock } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { SealedAppend } from '../../../kernel/eventstore/sealed.ts';
import type { Client } from '../../../kernel/rpc/port.ts';
import type { ConsentService } from '../../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import type { ResearchEvent } from '../domain/event.ts';
import type { ReleaseEvent } from '../domain/release.ts';
import { type Recall, recall } from '../registry/recall.ts';
import { type ResearchLog, subjectStream } from './log.ts';
import { type ChangeRelease, foldRelease, type KnownRelease, type ReleasePlan, readRelease } from './releaseLog.ts';
import { type Subjects, withdrawalOf } from './subjects.ts';
import { withdrawn } from './withdrawn.ts';

/** What becomes of releases when people in them take their consent back. Of a recalled one nobody opens the package. */
export interface Withdrawals {
  /**
   * Asks consent at its primary whether everybody in the release still consents: before each download. Where somebody
   * does not, the release is recalled before this throws.
   * @throws Failure `deleted` for a release that is recalled, `not-found`; `unavailable` or `timeout` where consent does
   *   not answer: then nothing may be downloaded either
   */
  stillConsenting(release: string): Promise<void>;
  /**
   * The same of every release that left; says which deletions are overdue, and which releases are replaced by others.
   * @throws the first failure, after all releases were looked at
   */
  sweep(): Promise<void>;
  /** Erasure: recalls what holds the patient, then destroys what leads from them to it. Again, it changes nothing. */
  forget(patient: string): Promise<void>;
}

interface Parts {
  log: ResearchLog;
  change: ChangeRelease;
  releases(): Promise<KnownRelease[]>;
  subjects: Subjects;
  /** Destroys the key of a release's package. Again, it changes nothing. */
  shred(release: string): Promise<void>;
  consent: Pick<Client<typeof ConsentService>, 'check'>;
  clock: Clock;
  /** Milliseconds that recipients have for deletion. */
  within: number;
  /** Milliseconds after which a recalled release may be replaced whoever withdrew. */
  epoch: number;
}

/** People who withdrew that one append tells of. */
const group = 100;
/** Whose key was destroyed while the release still counted on them: they are nobody in particular. */
const erased = 'erased';

export function withdrawals(parts: Parts): Withdrawals {
  const { log, change, releases, subjects, shred, consent, clock, within, epoch } = parts;

  /** Tells the release and each person's own stream, at once. Who is told of already is left out. */
  async function plan(id: string, state: Recall, patients: readonly string[]): Promise<ReleasePlan> {
    const events: ReleaseEvent[] = [];
    const also: SealedAppend<ResearchEvent>[] = [];
    let current = state;
    for (const patient of patients) {
      const subject = await subjects.read(patient);
      const withdrawal = subject ? withdrawalOf(subject, id) : erased;
      if (!subject && current.status !== 'open') continue;
      const at = clock.now();
      const more = recall.decide({ type: 'withdraw', withdrawal, within, at }, current);
      current = more.reduce(recall.evolve, current);
      events.push(...more);
      const of = subject?.releases.get(id);
      if (!of || more.length === 0) continue;
      const told = { type: 'SubjectRecalled', ...of, at } as const;
      also.push({ stream: subjectStream(patient), expected: subject!.version, owner: patient, events: [told] });
    }
    return { events, also };
  }

  async function recallFor(id: string, patients: readonly string[]): Promise<void> {
    for (let from = 0; from < patients.length; from += group)
      await change(id, (state) => plan(id, state, patients.slice(from, from + group)));
    await shred(id);
  }

  /** Also from a release that never left, or has not yet: without its package it cannot. */
  async function withdraw(id: string, patient: string): Promise<void> {
    await shred(id);
    const { state } = await foldRelease(log, id);
    if (state.status !== 'none') await recallFor(id, [patient]);
  }

  async function check(known: KnownRelease): Promise<void> {
    const gone = await withdrawn(consent, known, await subjects.of(known.id));
    if (gone.length > 0) await recallFor(known.id, gone);
  }

  async function look(known: KnownRelease): Promise<void> {
    const { id: replacement, replaces } = known;
    const at = clock.now();
    if (isWatched(known)) await check(known);
    if (known.status !== 'open') await shred(known.id);
    await change(known.id, (state) => ({ events: recall.decide({ type: 'remind', at }, state) }));
    if (replaces !== undefined) {
      const command = { type: 'replace', replacement, epoch, at } as const;
      await change(replaces, (state) => ({ events: state.status === 'recalled' ? recall.decide(command, state) : [] }));
    }
  }

  return {
    async stillConsenting(id) {
      const known = await readRelease(log, id);
      if (known.status === 'open') await check(known);
      const { status } = await readRelease(log, id);
      if (status !== 'open') throw new Failure('deleted', 'The release was recalled: it can no longer be downloaded.');
    },
    async sweep() {
      const failures: unknown[] = [];
      for (const known of await releases()) await look(known).catch((error) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
    async forget(patient) {
      const subject = await subjects.read(patient);
      for (const release of subject?.releases.keys() ?? [])
        if (!subject!.recalled.has(release)) await withdraw(release, patient);
      await subjects.forget(patient);
    },
  };
}

/** Whether it matters who else withdraws: until so many did that the release may be replaced. */
const isWatched = ({ status, withdrawals: told, k }: KnownRelease): boolean =>
  status === 'open' || (status === 'recalled' && told.length < k);
