import type { Feasibility } from '../app/cohorts.ts';
import type { KnownStudy } from '../app/log.ts';
import type { ListedRequest } from '../app/requests.ts';
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

export const feasibilityDocument = ({ answer, left }: Feasibility) => ({
  ...toldDocument(answer),
  questions_left: left,
});

export const requestDocument = (request: ListedRequest) => ({
  id: request.id,
  study: request.study,
  definition: request.definition,
  status: request.status,
  requester: request.requester,
  recipients: request.recipients,
  requested_at: time(request.requestedAt),
  steward: request.steward,
  ...(request.decidedAt !== undefined && { decided_at: time(request.decidedAt) }),
  reason: request.reason,
  ...(request.closedAt !== undefined && { closed_at: time(request.closedAt) }),
});
