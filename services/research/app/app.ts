import type { Actor } from '../../../kernel/auth/actor.ts';
import type { Clock, Ids } from '../../../kernel/clock.ts';
import { Failure } from '../../../kernel/errors.ts';
import { handle } from '../../../kernel/eventstore/handle.ts';
import type { SealedStore } from '../../../kernel/eventstore/sealed.ts';
import type { Views } from '../../../kernel/views/port.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import { type StudyCommand, type StudyEvent, study } from '../domain/study.ts';
import { type ListedStudy, listStudies, readStudy } from './views.ts';

/** What research can do; REST and gRPC both call only this. */
export interface ResearchApp {
  registerStudy(actor: Actor, request: { title: string; purpose: string }): Promise<ListedStudy>;
  closeStudy(actor: Actor, id: string): Promise<ListedStudy>;
  getStudy(id: string): Promise<ListedStudy>;
  listStudies(): Promise<ListedStudy[]>;
}

export function researchApp(parts: {
  log: SealedStore<StudyEvent>;
  projector: Projector<StudyEvent>;
  views: Views;
  clock: Clock;
  ids: Ids;
}): ResearchApp {
  const { log, projector, views, clock, ids } = parts;

  async function change(id: string, organization: string, command: StudyCommand): Promise<ListedStudy> {
    const { state, recorded } = await handle(log, study, `study/${id}`, `organization/${organization}`, command);
    await projector.apply(recorded);
    if (state.status === 'none') throw new Failure('not-found', 'There is no such study.');
    return { ...state, id };
  }

  return {
    registerStudy(actor, { title, purpose }) {
      const organization = organizationOf(actor);
      const command = {
        type: 'register',
        title,
        purpose,
        organization,
        investigator: actor.subject,
        at: clock.now(),
      } as const;
      return change(ids.uuid(), organization, command);
    },
    closeStudy(actor, id) {
      const organization = organizationOf(actor);
      return change(id, organization, { type: 'close', by: actor.subject, organization, at: clock.now() });
    },
    async getStudy(id) {
      const found = await readStudy(views, id);
      if (!found) throw new Failure('not-found', 'There is no such study.');
      return found;
    },
    listStudies: () => listStudies(views),
  };
}

function organizationOf(actor: Actor): string {
  if (actor.organization) return actor.organization;
  throw new Failure('forbidden', 'Studies are registered and closed by people who act for an organisation.');
}
