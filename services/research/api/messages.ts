import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Failure } from '../../../kernel/errors.ts';
import {
  Build_Status as BuildStatus,
  type CountSchema,
  ReleaseRequest_Status as Status,
  type StudyTerms as StudyTermsMessage,
} from '../../../proto/gen/healthchain/research/v1/research_pb.ts';
import type { KnownStudy } from '../app/log.ts';
import { type ListedRelease, statusOf } from '../app/release/downloads.ts';
import type { KnownBuild } from '../app/release/views.ts';
import type { ListedRequest } from '../app/requests.ts';
import type { Definition, Told } from '../domain/cohort.ts';
import type { StudyTerms } from '../domain/study.ts';

export const studyMessage = (study: KnownStudy) => ({
  id: study.id,
  title: study.title,
  purposeOfUse: study.purpose,
  organization: study.organization,
  investigator: study.investigator,
  registeredAt: timestampFromMs(study.at),
  ...(study.status === 'closed' && { closedAt: timestampFromMs(study.closedAt) }),
  terms: { protocol: study.protocol, ethicsApproval: study.ethicsApproval, dataUse: study.dataUse },
});

/** protobuf has no undefined strings: an empty one is none. */
export function termsOf({ protocol, ethicsApproval, dataUse }: Partial<StudyTermsMessage> = {}): StudyTerms {
  return {
    ...(protocol && { protocol }),
    ...(ethicsApproval && { ethicsApproval }),
    ...(dataUse && { dataUse }),
  };
}

export function countMessage(told: Told): MessageInitShape<typeof CountSchema> {
  return 'count' in told
    ? { told: { case: 'count', value: told.count } }
    : { told: { case: 'fewerThan', value: told.fewerThan } };
}

export const definitionMessage = ({ definition, criteria, extract, privacy, by, at, feasibility }: Definition) => ({
  number: definition,
  criteria: encoded(criteria),
  ...(extract !== undefined && { extract: encoded(extract) }),
  ...(privacy !== undefined && { privacy: encoded(privacy) }),
  author: by,
  definedAt: timestampFromMs(at),
  ...(feasibility && { feasibility: countMessage(feasibility.answer) }),
});

const statuses = {
  requested: Status.REQUESTED,
  approved: Status.APPROVED,
  rejected: Status.REJECTED,
  closed: Status.CLOSED,
};

export const requestMessage = ({
  status,
  recipients,
  requestedAt,
  decidedAt,
  closedAt,
  ...request
}: ListedRequest) => ({
  ...request,
  recipients: [...recipients],
  status: statuses[status],
  requestedAt: timestampFromMs(requestedAt),
  ...(decidedAt !== undefined && { decidedAt: timestampFromMs(decidedAt) }),
  ...(closedAt !== undefined && { closedAt: timestampFromMs(closedAt) }),
});

const buildStatuses = {
  queued: BuildStatus.QUEUED,
  running: BuildStatus.RUNNING,
  failed: BuildStatus.FAILED,
  cancelled: BuildStatus.CANCELLED,
  sealed: BuildStatus.SEALED,
};

export const buildMessage = (build: KnownBuild) => ({
  ...{ request: build.request, study: build.study, status: buildStatuses[build.status], startedBy: build.by },
  startedAt: timestampFromMs(build.startedAt),
  ...(build.step && { step: build.step }),
  ...(build.status === 'failed' && { code: build.code, reason: build.reason }),
  ...(build.status === 'sealed' && { release: build.release, sealedAt: timestampFromMs(build.sealedAt) }),
});

export const releaseMessage = (release: ListedRelease) => ({
  ...{ id: release.id, study: release.study, request: release.request, definition: release.definition },
  status: statusOf(release),
  releasedAt: timestampFromMs(release.publishedAt),
  recipients: [...release.recipients],
  files: release.files.map(({ bytes, ...file }) => ({ ...file, bytes: BigInt(bytes) })),
  ...{ contents: release.contents, dataUse: release.dataUse, terms: release.terms },
});

const encoded = (document: unknown): Uint8Array => Buffer.from(JSON.stringify(document));

/** Throws Failure `structure` for what is no JSON, and `too-long`. */
export function parsed(json: Uint8Array, name: string): unknown {
  if (json.length > longest) throw new Failure('too-long', `${name} has at most 1 MiB.`, { expression: [name] });
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (cause) {
    throw new Failure('structure', `${name} is not well-formed JSON.`, { cause, expression: [name] });
  }
}

const longest = 1 << 20;
