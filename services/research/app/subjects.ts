import { createHmac } from 'node:crypto';
import type { Clock, Ids } from '../../../kernel/clock.ts';
import { Failure, WrongVersion } from '../../../kernel/errors.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import { undefinedWhereErased } from '../../../kernel/keys/erased.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Views } from '../../../kernel/views/port.ts';
import type { SubjectEvent } from '../domain/subject.ts';
import { pseudonymOf } from '../registry/subjects.ts';
import { held } from './held.ts';
import { type Append, type ResearchLog, subjectStream } from './log.ts';

/** A release, and whose study it is of. */
export interface ReleaseOf {
  release: string;
  study: string;
  organization: string;
}

/** The patients of releases. Whoever was erased is among none of them. */
export interface Subjects {
  /** By patient, the words of their pseudonym in the registry; made at the first question. */
  pseudonyms(patients: Iterable<string>): Promise<Map<string, Uint32Array>>;
  /**
   * Records with each patient that the release holds them. Again, it changes nothing.
   * @throws Failure `deleted` where one of them was erased: a release that holds them must not be published
   */
  hold(of: ReleaseOf, patients: Iterable<string>): Promise<void>;
  /** Whom the release holds. */
  of(release: string): Promise<string[]>;
  /** One patient as their stream says; undefined where they were erased. */
  read(patient: string): Promise<Subject | undefined>;
  /** Destroys what leads from the patient to pseudonyms and releases. */
  forget(patient: string): Promise<void>;
}

export interface Subject {
  version: number;
  /** Undefined: no pseudonym was ever needed. */
  secret?: Buffer;
  /** Releases that hold them, by id; those that were recalled because they withdrew. */
  releases: ReadonlyMap<string, ReleaseOf>;
  recalled: ReadonlySet<string>;
}

interface Parts {
  log: ResearchLog;
  append: Append;
  views: Views;
  keyring: Keyring;
  clock: Clock;
  ids: Ids;
}

/** Patients worked on at the same time. */
const group = 100;
/** Lost races before a command gives up. */
const attempts = 5;

export function subjects({ log, append, views, keyring, clock, ids }: Parts): Subjects {
  async function load(patient: string): Promise<Subject> {
    const past = (await log.read(subjectStream(patient))) as Recorded<SubjectEvent>[];
    return past.reduce(evolve, none);
  }

  /** Appends what is decided on the patient's stream, decided anew where somebody else was first. */
  async function change(patient: string, decide: (subject: Subject) => SubjectEvent[], owner = patient) {
    for (let lost = 1; ; lost += 1) {
      try {
        const subject = await load(patient);
        const events = decide(subject);
        if (events.length > 0)
          await append([{ stream: subjectStream(patient), expected: subject.version, owner, events }]);
        return events.reduce((sum, event) => evolve(sum, { event }), subject);
      } catch (error) {
        if (!(error instanceof WrongVersion) || lost === attempts) throw error;
      }
    }
  }

  const keyed = ({ secret }: Subject): SubjectEvent[] =>
    secret ? [] : [{ type: 'SubjectKeyed', secret: Buffer.from(ids.bytes(32)).toString('hex') }];

  return {
    async pseudonyms(patients) {
      const found = new Map<string, Uint32Array>();
      for (const some of groups(patients))
        await Promise.all(
          some.map(async (patient) => {
            const subject = await change(patient, keyed).catch(undefinedWhereErased);
            if (subject) found.set(patient, pseudonymOf(subject.secret!, 'registry'));
          }),
        );
      return found;
    },
    async hold(of, patients) {
      const decide = (subject: Subject): SubjectEvent[] =>
        subject.releases.has(of.release)
          ? []
          : [...keyed(subject), { type: 'SubjectReleased', ...of, at: clock.now() }];
      for (const some of groups(patients)) await Promise.all(some.map((patient) => change(patient, decide)));
    },
    of: (release) => held(views, keyring).in(release),
    read: (patient) => load(patient).catch(undefinedWhereErased),
    async forget(patient) {
      await change(patient, () => [{ type: 'SubjectForgotten' }], '').catch(undefinedWhereErased);
      await keyring.destroy(patient);
    },
  };
}

/** What stands for a subject among those who withdrew from a release: the same at each withdrawal of theirs. */
export const withdrawalOf = ({ secret }: Subject, release: string): string =>
  createHmac('sha256', secret!).update(`withdrawal/${release}`).digest('hex').slice(0, 32);

const none: Subject = { version: 0, releases: new Map(), recalled: new Set() };

function evolve(subject: Subject, { event }: Pick<Recorded<SubjectEvent>, 'event'>): Subject {
  const version = subject.version + 1;
  switch (event.type) {
    case 'SubjectKeyed':
      return { ...subject, version, secret: Buffer.from(event.secret, 'hex') };
    case 'SubjectReleased': {
      const { release, study, organization } = event;
      return {
        ...subject,
        version,
        releases: new Map([...subject.releases, [release, { release, study, organization }]]),
      };
    }
    case 'SubjectRecalled':
      return { ...subject, version, recalled: new Set([...subject.recalled, event.release]) };
    case 'SubjectForgotten':
      throw new Failure('deleted', 'This patient was erased.');
    default:
      return event satisfies never;
  }
}

function* groups(patients: Iterable<string>): Iterable<string[]> {
  const all = [...new Set(patients)];
  for (let from = 0; from < all.length; from += group) yield all.slice(from, from + group);
}
