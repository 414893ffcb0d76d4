import type { Feasibility } from '../app/feasibility.ts';
import type { KnownStudy } from '../app/log.ts';
import { type ListedRelease, statusOf } from '../app/release/downloads.ts';
import type { KnownBuild } from '../app/release/views.ts';
import type { ListedRequest } from '../app/requests.ts';
import { buildSteps } from '../domain/build.ts';
import type { Definition, Told } from '../domain/cohort.ts';

const time = (at: number): string => new Date(at).toISOString();

/** What everybody may know of a study. */
export const studyDocument = (study: KnownStudy) => ({
  id: study.id,
  status: study.status,
  title: study.title,
  purpose_of_use: study.purpose,
  organization: study.organization,
  investigator: study.investigator,
  protocol: study.protocol,
  ethics_approval: study.ethicsApproval,
  data_use: study.dataUse,
  registered_at: time(study.at),
  ...(study.status === 'closed' && { closed_at: time(study.closedAt) }),
});

export const buildDocument = (build: KnownBuild) => ({
  request: build.request,
  study: build.study,
  status: build.status,
  step: build.step,
  steps: buildSteps,
  started_by: build.by,
  started_at: time(build.startedAt),
  ...(build.status === 'failed' && { code: build.code, reason: build.reason }),
  ...(build.status === 'sealed' && { release: build.release, sealed_at: time(build.sealedAt) }),
});

export const releaseDocument = (release: ListedRelease) => ({
  id: release.id,
  study: release.study,
  request: release.request,
  definition: release.definition,
  status: statusOf(release),
  released_at: time(release.publishedAt),
  recipients: release.recipients,
  contents: release.contents,
  files: release.files,
  data_use: release.dataUse,
  terms: release.terms,
});

const toldDocument = (told: Told) => ('count' in told ? { count: told.count } : { fewer_than: told.fewerThan });

export const definitionDocument = ({ definition, criteria, extract, privacy, by, at, feasibility }: Definition) => ({
  definition,
  criteria,
  extract,
  privacy,
  author: by,
  defined_at: time(at),
  ...(feasibility && { feasibility: { ...toldDocument(feasibility.answer), asked_at: time(feasibility.at) } }),
});

export const feasibilityDocument = ({ answer, left, margin }: Feasibility) => ({
  ...toldDocument(answer),
  margin,
  questions_left: left,
});

export const requestDocument = (request: ListedRequest) => ({
  id: request.id,
  study: request.study,
  definition: request.definition,
  status: request.status,
  requester: request.requester,
  recipients: request.recipients,
  replaces: request.replaces,
  requested_at: time(request.requestedAt),
  steward: request.steward,
  ...(request.decidedAt !== undefined && { decided_at: time(request.decidedAt) }),
  reason: request.reason,
  ...(request.closedAt !== undefined && { closed_at: time(request.closedAt) }),
});
