import type { Recorded } from '../../../../kernel/eventstore/sealed.ts';
import type { ViewDocument, Views } from '../../../../kernel/views/port.ts';
import type { Projection } from '../../../../kernel/views/projection.ts';
import { type Build, isOpen } from '../../domain/build.ts';
import type { ResearchEvent } from '../../domain/event.ts';
import type { ResearchLog } from '../log.ts';
import { foldBuild, requestOfBuild } from './builds.ts';

const collection = 'builds';

/** The making of a release, as it is listed: it says nothing of anybody in it. */
export type KnownBuild = Exclude<Build, { status: 'none' }> & { request: string };

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const decode = ({ body }: ViewDocument): KnownBuild => JSON.parse(new TextDecoder().decode(body));

/** All builds, by when they were first started. */
export function buildsProjection(log: ResearchLog): Projection<ResearchEvent> {
  return {
    collections: [collection],
    async apply({ stream }: Recorded<ResearchEvent>) {
      const request = requestOfBuild(stream);
      if (!request) return [];
      const { state, version } = await foldBuild(log, request);
      if (state.status === 'none') return [];
      const keys = { open: isOpen(state.status) ? '1' : '0' };
      return [{ collection, id: request, version, keys, sort: state.startedAt, body: encode({ ...state, request }) }];
    },
  };
}

/** Builds that are not done, the oldest first. */
export const openBuilds = async (views: Views): Promise<KnownBuild[]> =>
  (await views.find(collection, { where: { open: '1' } })).map(decode);
