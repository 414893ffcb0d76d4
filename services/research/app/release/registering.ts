import { createHmac } from 'node:crypto';
import type { Clock, Ids } from '../../../../kernel/clock.ts';
import { Failure, WrongVersion } from '../../../../kernel/errors.ts';
import type { SealedAppend } from '../../../../kernel/eventstore/sealed.ts';
import type { BuildStep } from '../../domain/build.ts';
import type { ResearchEvent } from '../../domain/event.ts';
import type { ReleaseRegistered } from '../../domain/registration.ts';
import { type Contents, digestOf, sha256 } from '../../package/manifest.ts';
import type { Extraction, Reading } from '../extraction.ts';
import type { Subjects } from '../subjects.ts';
import { type AnonymisedPeople, anonymised, attributeOf, namedOf, publishedPeople, without } from './anonymised.ts';
import { checked } from './checked.ts';
import { writeColumns } from './columns.ts';
import { releaseContents } from './contents.ts';
import { readPeople, snapshotOf } from './people.ts';
import {
  chained,
  emptyFor,
  entered,
  keyOf,
  notesOf,
  type Registered,
  type Registrations,
  registryOwner,
  registryStream,
} from './registrations.ts';
import type { Stored } from './stored.ts';
import type { Wanted } from './wanted.ts';

/** A build that is worked on. */
export interface Job {
  request: string;
  /** Aborted where it is cancelled, or the process stops. */
  signal: AbortSignal;
  /**
   * Says where it is, and the id of what is about to be kept without being registered yet.
   * @throws Failure `conflict` where the build is somebody else's by now
   */
  step(step: BuildStep, draft?: string): Promise<void>;
  /** What an earlier attempt kept that was never registered. */
  draft?: string;
  register(release: string, also: SealedAppend<ResearchEvent>[]): Promise<void>;
  seal(also: SealedAppend<ResearchEvent>[]): Promise<void>;
}

/** Who of these patients does not consent now. */
export type Withdrawn = (reading: Reading, patients: readonly string[]) => Promise<string[]>;

export interface RegisteringParts {
  extraction: Extraction;
  subjects: Subjects;
  withdrawn: Withdrawn;
  registrations: Registrations;
  stored: Stored;
  secrets: { dates: Uint8Array; counts: Uint8Array };
  clock: Clock;
  ids: Ids;
}

/** How often consents may change, or another release come first, while one is put together. */
const rounds = 5;

/**
 * From the records to a release that stands in the registry: everybody is asked for consent when they are read, and once
 * more right before the release is registered; whoever withdrew in between is taken out and the rest checked again.
 * @returns the release's id
 */
export function registering(parts: RegisteringParts): (job: Job, wanted: Wanted) => Promise<string> {
  const { withdrawn, registrations, stored, ids } = parts;

  /** A release as it stands now; undefined where it has to be put together anew. */
  async function attempt(job: Job, wanted: Wanted, registered: Registered, all: AnonymisedPeople) {
    await job.step('registry');
    const release = checked(registered, wanted.plan, all);
    job.signal.throwIfAborted();
    const id = ids.uuid();
    await job.step('package', id);
    const countKey = createHmac('sha256', parts.secrets.counts).update(`release/${id}`).digest();
    const contents = releaseContents(release, wanted, wanted.title, countKey);
    const patients = all.people.map(({ patient }) => patient);
    const columns = writeColumns(namedOf(release.all));
    try {
      await stored.keep(id, { contents, columns, patients: publishedPeople(release.all) });
      job.signal.throwIfAborted();
      if ((await withdrawn(wanted.reading, patients)).length === 0) {
        const event = eventOf(id, wanted, registered, release.all, { contents, columns, at: parts.clock.now() });
        await job.register(id, [
          { stream: registryStream, expected: registered.version, owner: registryOwner, events: [event] },
        ]);
        return id;
      }
    } catch (error) {
      await stored.destroy(id);
      if (!(error instanceof WrongVersion && error.stream === registryStream)) throw error;
      return undefined;
    }
    await stored.destroy(id);
    return undefined;
  }

  return async (job, wanted) => {
    await job.step('extraction');
    if (job.draft) await stored.destroy(job.draft);
    const people = await readPeople(
      { ...parts, dateKey: parts.secrets.dates },
      ...([wanted.reading, wanted, job.signal] as const),
    );
    await job.step('anonymisation');
    const attribute = attributeOf(wanted.plan);
    let all: AnonymisedPeople | undefined;
    for (let round = 1; round <= rounds; round += 1) {
      const registered = await registrations.with(attribute);
      all ??= anonymised(wanted, people, registered.hierarchies);
      const gone = await withdrawn(
        wanted.reading,
        all.people.map(({ patient }) => patient),
      );
      if (gone.length > 0) all = without(all, new Set(gone));
      const release = await attempt(job, wanted, registered, all);
      if (release) return release;
    }
    throw new Failure('conflict', 'Consents changed again and again while the release was put together; try it later.');
  };
}

function eventOf(
  release: string,
  { reading, plan, request, hashes }: Wanted,
  { byAttribute, head: before }: Registered,
  all: AnonymisedPeople,
  { contents, columns, at }: { contents: Contents; columns: Uint8Array; at: number },
): ReleaseRegistered {
  const attribute = attributeOf(plan);
  const said = { release, ...hashes, consentSnapshot: snapshotOf(all.people), contents: digestOf(contents), at };
  const registry = byAttribute.get(keyOf(attribute))?.registry ?? emptyFor(attribute);
  const { head } = entered(registry, namedOf(all), all.groups, notesOf(said));
  const after = chained({ before, attribute, head });
  return {
    ...{ type: 'ReleaseRegistered', request: request.id, study: reading.study, attribute },
    ...{ ...said, columns: sha256(columns), head, before, after },
  };
}
