import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Clock, Ids } from '../../../kernel/clock.ts';
import type { ReleaseRequest } from '../domain/request.ts';
import { study } from '../domain/study.ts';
import { researcherOf, seesWork } from './caller.ts';
import type { Change } from './changes.ts';
import type { KnownStudy } from './log.ts';
import type { Recalls } from './recalls.ts';

/** A request with the study that it belongs to. */
export interface ListedRequest extends ReleaseRequest {
  study: string;
}

export interface Asked {
  definition: number;
  /** Person ids; left out: the caller. */
  recipients?: readonly string[];
  /** A recalled release of the study. */
  replaces?: string;
}

/** Requests for the data of a cohort, and what data stewards say to them. */
export interface Requests {
  /** Throws Failure `business-rule` for a replacement that would show who withdrew. */
  request(actor: Actor, id: string, asked: Asked): Promise<ListedRequest>;
  approve(actor: Actor, id: string, request: string): Promise<ListedRequest>;
  reject(actor: Actor, id: string, request: string, reason: string): Promise<ListedRequest>;
  /** Nothing more is made or downloaded under it; who has a release of it keeps it. By the study's researchers or a data steward. */
  close(actor: Actor, id: string, request: string): Promise<ListedRequest>;
  /** Of the caller's organisation; to a data steward, all. The oldest first. */
  list(actor: Actor): Promise<ListedRequest[]>;
}

export function requests(parts: {
  change: Change;
  studies(): Promise<KnownStudy[]>;
  /** Closes the release of the request, if there is one. */
  closeRelease(request: string, by: string): Promise<void>;
  recalls: Pick<Recalls, 'requireReplaceable'>;
  clock: Clock;
  ids: Ids;
}): Requests {
  const { change, studies, recalls, clock, ids } = parts;

  async function decided(id: string, command: Parameters<typeof study.decide>[0] & { request: string }) {
    const { requests: all } = await change(id, (state) => ({ events: study.decide(command, state) }));
    return { ...all.find((each) => each.id === command.request)!, study: id };
  }

  return {
    async request(actor, id, asked) {
      const by = researcherOf(actor);
      if (asked.replaces !== undefined) await recalls.requireReplaceable(id, asked.replaces);
      return decided(id, { type: 'request', request: ids.uuid(), ...asked, by, at: clock.now() });
    },
    approve: (actor, id, request) =>
      decided(id, { type: 'approve', request, by: researcherOf(actor), at: clock.now() }),
    reject: (actor, id, request, reason) =>
      decided(id, { type: 'reject', request, reason, by: researcherOf(actor), at: clock.now() }),
    async close(actor, id, request) {
      const by = researcherOf(actor);
      const closed = await decided(id, { type: 'end', request, by, at: clock.now() });
      await parts.closeRelease(request, by.subject);
      return closed;
    },
    async list(actor) {
      const visible = (await studies()).filter((each) => seesWork(actor, each));
      const found = visible.flatMap((each) => each.requests.map((request) => ({ ...request, study: each.id })));
      return found.sort((one, other) => one.requestedAt - other.requestedAt);
    },
  };
}
