import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { Views, ViewWrite } from '../../../kernel/views/port.ts';
import type { Projection } from '../../../kernel/views/projection.ts';
import type { ResearchEvent } from '../domain/event.ts';
import { type ResearchLog, releaseOf } from './log.ts';
import { type KnownRelease, readRelease } from './releaseLog.ts';

const collection = 'releases';

/** Which releases left, the newest first. What became of each its stream says. */
export function releasesProjection(): Projection<ResearchEvent> {
  return {
    collections: [collection],
    apply({ stream, version, event }: Recorded<ResearchEvent>): ViewWrite[] {
      if (event.type !== 'ReleasePublished') return [];
      const keys = { all: '1', study: event.study };
      return [{ collection, id: releaseOf(stream)!, version, keys, sort: event.at, body: new Uint8Array() }];
    },
  };
}

export async function listReleases(views: Views, log: ResearchLog): Promise<KnownRelease[]> {
  const documents = await views.find(collection, { where: { all: '1' }, descending: true });
  return Promise.all(documents.map(({ id }) => readRelease(log, id)));
}
