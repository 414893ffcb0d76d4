import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { ViewDocument, Views } from '../../../kernel/views/port.ts';
import type { Projection } from '../../../kernel/views/projection.ts';
import { type Study, type StudyEvent, study } from '../domain/study.ts';

/** A registered study as it is listed. Studies name nobody's patients: their documents are not sealed. */
export type ListedStudy = Exclude<Study, { status: 'none' }> & { id: string };

const collection = 'studies';
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const decode = (document: ViewDocument): ListedStudy => JSON.parse(new TextDecoder().decode(document.body));

/** All studies, newest first by registration. */
export function studiesProjection(views: Views): Projection<StudyEvent> {
  return {
    collections: [collection],
    async apply({ stream, version, event }: Recorded<StudyEvent>) {
      const id = stream.slice('study/'.length);
      const before = version === 1 ? study.initial : await readStudy(views, id);
      const after = study.evolve(before ?? study.initial, event);
      if (after.status === 'none') return [];
      const body = encode({ ...after, id });
      return [{ collection, id, version, keys: { all: '1' }, sort: after.at, body }];
    },
  };
}

export async function readStudy(views: Views, id: string): Promise<ListedStudy | undefined> {
  const document = await views.get(collection, id);
  return document && decode(document);
}

export async function listStudies(views: Views): Promise<ListedStudy[]> {
  const documents = await views.find(collection, { where: { all: '1' }, descending: true });
  return documents.map(decode);
}
