import type { SealedStore } from '../../kernel/eventstore/sealed.ts';
import type { Keyring } from '../../kernel/keys/keyring.ts';
import type { Lease } from '../../kernel/lease.ts';
import type { NoteSigner } from '../../kernel/merkle/note.ts';
import type { Engines } from '../../kernel/service.ts';
import type { Projector } from '../../kernel/views/projection.ts';
import { ConsentService } from '../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { anchor } from './app/anchor.ts';
import type { Extraction } from './app/extraction.ts';
import { appender, foldStudy, type ResearchLog } from './app/log.ts';
import { changeBuild, foldBuild } from './app/release/builds.ts';
import { type Downloads, downloads } from './app/release/downloads.ts';
import { type Jobs, jobs } from './app/release/jobs.ts';
import { pieces } from './app/release/pieces.ts';
import { type Job, registering, type Withdrawn } from './app/release/registering.ts';
import { registrations } from './app/release/registrations.ts';
import { buildRunner, type Runner } from './app/release/runner.ts';
import { sealing } from './app/release/sealing.ts';
import { type Stored, stored } from './app/release/stored.ts';
import { openBuilds } from './app/release/views.ts';
import { wantedBy } from './app/release/wanted.ts';
import { releaseChanges } from './app/releaseLog.ts';
import { listReleases } from './app/releaseViews.ts';
import type { Subjects } from './app/subjects.ts';
import { readStudy } from './app/views.ts';
import type { Withdrawals } from './app/withdrawals.ts';
import { withdrawn } from './app/withdrawn.ts';
import type { Terminology } from './cohort/terminology.ts';
import type { ResearchEvent } from './domain/event.ts';
import { recall } from './registry/recall.ts';

/** The way of an approved request to a package that its recipients download. */
export interface Building extends Pick<Runner, 'start' | 'stop'> {
  jobs: Jobs;
  downloads: Downloads;
  /** Ends the build of a request and destroys what it kept, or closes its release. */
  closeRelease(request: string, by: string): Promise<void>;
}

interface Parts {
  engines: Engines;
  log: SealedStore<ResearchEvent>;
  projector: Projector<ResearchEvent>;
  keyring: Keyring;
  lease: Lease;
  signer: NoteSigner;
  extraction: Extraction;
  subjects: Subjects;
  withdrawals: Pick<Withdrawals, 'stillConsenting'>;
  published(): void;
  /** Keys of the shifts of dates and of the counts. */
  secrets: { dates: Uint8Array; counts: Uint8Array };
  terminology: Terminology;
}

export function building(parts: Parts): Building {
  const { engines, log, keyring, lease, withdrawals } = parts;
  const { views, clock, ids, log: logger } = engines;
  const append = appender(log, parts.projector);
  const kept = stored(log, pieces(log), keyring);
  const change = changeBuild(log, append);
  const make = maker(parts, kept);
  const open = async () => (await openBuilds(views)).map(({ request }) => request);
  const runner = buildRunner({ log, open, change, make, lease, runner: ids.uuid(), clock, logger });
  const study = (id: string) => readStudy(views, id);
  const changeRelease = releaseChanges(log, append);
  const work = jobs({ log, views, study, change, runner, clock });
  return {
    start: runner.start,
    stop: runner.stop,
    jobs: work,
    downloads: downloads({
      ...{ log, study, stored: kept, clock, change: changeRelease },
      releases: () => listReleases(views, log),
      stillConsenting: withdrawals.stillConsenting,
    }),
    async closeRelease(request, by) {
      const release = await work.end(request, by);
      if (!release) return abandon(log, kept, request);
      const command = { type: 'close', by, at: clock.now() } as const;
      await changeRelease(release, (state) => ({ events: recall.decide(command, state) }));
    },
  };
}

/** What a build kept that comes to nothing: nobody opens it any more. */
async function abandon(log: ResearchLog, kept: Stored, request: string): Promise<void> {
  const { state } = await foldBuild(log, request);
  if (state.status === 'none') return;
  for (const left of [state.release, state.draft]) if (left) await kept.destroy(left);
}

function maker(parts: Parts, kept: Stored) {
  const { engines, log, subjects, signer, extraction, secrets, terminology, published } = parts;
  const { clock, ids, ledger, log: logger, rpc } = engines;
  const consent = rpc.client(ConsentService);
  const refusing: Withdrawn = (reading, patients) => withdrawn(consent, reading, patients);
  const common = { clock, subjects, stored: kept, withdrawn: refusing, registrations: registrations(log, pieces(log)) };
  const register = registering({ ...common, extraction, secrets, ids });
  const seal = sealing({ ...common, signer, anchor: anchor({ ledger, logger, retryMs: 1000 }) });
  return async (job: Job, study: string, registered: string | undefined) => {
    const { state } = await foldStudy(log, study);
    const wanted = wantedBy(study, state, job.request, terminology);
    await seal(job, wanted, registered ?? (await register(job, wanted)));
    published();
  };
}
