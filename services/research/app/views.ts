import { Failure } from '../../../kernel/errors.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { ViewDocument, Views } from '../../../kernel/views/port.ts';
import type { Projection } from '../../../kernel/views/projection.ts';
import type { ResearchEvent } from '../domain/event.ts';
import { foldStudy, type KnownStudy, type ResearchLog, studyOf } from './log.ts';

const collection = 'studies';
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const decode = (document: ViewDocument): KnownStudy => JSON.parse(new TextDecoder().decode(document.body));

/**
 * All studies, newest first by registration. Each document says what its stream comes to now. They name nobody's
 * patients, and of numbers of people they have what was told: they are not sealed.
 */
export function studiesProjection(log: ResearchLog): Projection<ResearchEvent> {
  return {
    collections: [collection],
    async apply({ stream }: Recorded<ResearchEvent>) {
      const id = studyOf(stream);
      if (!id) return [];
      const { state, version } = await foldStudy(log, id);
      if (state.status === 'none') return [];
      return [{ collection, id, version, keys: { all: '1' }, sort: state.at, body: encode({ ...state, id }) }];
    },
  };
}

/** Throws Failure `not-found`. */
export async function readStudy(views: Views, id: string): Promise<KnownStudy> {
  const document = await views.get(collection, id);
  if (!document) throw new Failure('not-found', 'There is no such study.');
  return decode(document);
}

export async function listStudies(views: Views): Promise<KnownStudy[]> {
  const documents = await views.find(collection, { where: { all: '1' }, descending: true });
  return documents.map(decode);
}
