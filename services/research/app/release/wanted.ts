import { canonical } from '../../../../contracts/canonical.ts';
import { Failure } from '../../../../kernel/errors.ts';
import { readCriteria } from '../../cohort/criteria.ts';
import type { Terminology } from '../../cohort/terminology.ts';
import { definitionOf } from '../../domain/cohort.ts';
import { type ReleaseRequest, requestOf } from '../../domain/request.ts';
import type { Study } from '../../domain/study.ts';
import { sha256 } from '../../package/manifest.ts';
import { readPrivacy } from '../../privacy/plan.ts';
import { readExtract } from '../../rows/person.ts';
import type { Reading } from '../extraction.ts';
import { zone } from '../feasibility.ts';
import type { Defined } from './people.ts';

/** What a build is to make: an approved request with its study's definition, read. */
export interface Wanted extends Defined {
  reading: Reading;
  title: string;
  request: ReleaseRequest;
  /** Hashes of the definition and of the rules that it asks for; hex. */
  hashes: { definition: string; parameters: string };
}

/** @throws Failure `business-rule` where the request is not approved or the study is closed */
export function wantedBy(id: string, study: Study, request: string, terminology: Terminology): Wanted {
  if (study.status === 'none') throw new Failure('not-found', 'There is no such study.');
  if (study.status === 'closed') throw new Failure('business-rule', 'The study is closed.');
  const approved = requireApproved(requestOf(study, request));
  const { criteria, extract, privacy } = definitionOf(study, approved.definition);
  const read = readExtract(extract);
  const { purpose, organization, title } = study;
  return {
    reading: { study: id, purpose, organization, researcher: approved.requester },
    ...{ title, request: approved, extract: read },
    criteria: readCriteria(criteria, terminology, zone),
    plan: readPrivacy(privacy, read),
    hashes: { definition: sha256(canonical({ criteria, extract })), parameters: sha256(canonical(privacy)) },
  };
}

export function requireApproved(request: ReleaseRequest): ReleaseRequest {
  if (request.status === 'approved') return request;
  throw new Failure('business-rule', `Nothing is released under this request: it is ${request.status}.`);
}
