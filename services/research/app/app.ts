import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Clock, Ids } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Views } from '../../../kernel/views/port.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { Terminology } from '../cohort/terminology.ts';
import type { Budget } from '../counts/budget.ts';
import type { Definition } from '../domain/cohort.ts';
import type { ResearchEvent } from '../domain/event.ts';
import { type StudyTerms, study } from '../domain/study.ts';
import { requireSeesWork, researcherOf } from './caller.ts';
import { type Change, changes } from './changes.ts';
import { type Cohorts, cohorts } from './cohorts.ts';
import type { Counted } from './counted.ts';
import type { Extraction } from './extraction.ts';
import { asking } from './feasibility.ts';
import { appender, type KnownStudy, type ResearchLog } from './log.ts';
import type { Questions } from './questions.ts';
import type { Recalls } from './recalls.ts';
import type { Downloads } from './release/downloads.ts';
import type { Jobs } from './release/jobs.ts';
import { type Requests, requests } from './requests.ts';
import { listStudies, readStudy } from './views.ts';
import type { Withdrawals } from './withdrawals.ts';

/** What research can do; REST and gRPC both call only this. */
export interface ResearchApp {
  registerStudy(actor: Actor, request: { title: string; purpose: string } & StudyTerms): Promise<KnownStudy>;
  closeStudy(actor: Actor, id: string): Promise<KnownStudy>;
  getStudy(id: string): Promise<KnownStudy>;
  listStudies(): Promise<KnownStudy[]>;
  cohorts: Cohorts;
  /** For those who work on the study, and data stewards. */
  definitions(actor: Actor, id: string): Promise<readonly Definition[]>;
  requests: Requests;
  recalls: Recalls;
  /** Erasure. Throws Failure `required`; again, it changes nothing. */
  forgetPatient(patient: string): Promise<void>;
  jobs: Jobs;
  downloads: Downloads;
  /** By which packages and notices are verified (C2SP). */
  vkey: string;
}

interface Parts {
  recalls: Recalls;
  forget: Withdrawals['forget'];
  jobs: Jobs;
  downloads: Downloads;
  vkey: string;
  closeRelease(request: string, by: string): Promise<void>;
  log: ResearchLog;
  projector: Projector<ResearchEvent>;
  views: Views;
  extraction: Extraction;
  counted: Counted;
  questions: Questions;
  terminology: Terminology;
  budget: Budget;
  clock: Clock;
  ids: Ids;
}

export function researchApp(parts: Parts): ResearchApp {
  const { log, projector, views, clock, ids } = parts;
  const change = changes(log, appender(log, projector));

  const getStudy = (id: string) => readStudy(views, id);
  return {
    ...register(change, clock, ids),
    getStudy,
    listStudies: () => listStudies(views),
    cohorts: cohorts({ ...parts, change, asking: asking({ ...parts, change, study: getStudy }) }),
    async definitions(actor, id) {
      const found = await getStudy(id);
      requireSeesWork(actor, found);
      return found.definitions;
    },
    requests: requests({ ...parts, change, studies: () => listStudies(views) }),
    recalls: parts.recalls,
    async forgetPatient(patient) {
      if (!patient) throw new Failure('required', 'Say whom to forget.', { expression: ['patient'] });
      await parts.forget(patient);
    },
    jobs: parts.jobs,
    downloads: parts.downloads,
    vkey: parts.vkey,
  };
}

function register(change: Change, clock: Clock, ids: Ids): Pick<ResearchApp, 'registerStudy' | 'closeStudy'> {
  return {
    registerStudy(actor, request) {
      const { organization, subject: investigator } = researcherOf(actor);
      const command = { type: 'register', ...request, organization, investigator, at: clock.now() } as const;
      return change(ids.uuid(), (state) => ({ events: study.decide(command, state) }), organization);
    },
    closeStudy(actor, id) {
      const { organization, subject: by } = researcherOf(actor);
      const command = { type: 'close', by, organization, at: clock.now() } as const;
      return change(id, (state) => ({ events: study.decide(command, state) }));
    },
  };
}
