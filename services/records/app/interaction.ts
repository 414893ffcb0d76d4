import type { Answer } from '../domain/reservation.ts';

/** A write as it was asked for. */
export type Interaction = About &
  (
    | { kind: 'create'; resource: unknown; ifNoneExist?: string }
    | ({ kind: 'update'; resource: unknown } & Target)
    | ({ kind: 'patch'; patch: unknown } & Target)
    | ({ kind: 'delete' } & Target)
  );

interface About {
  /** The resource type of its URL. */
  type: string;
  fullUrl?: string;
  /** Where in a bundle it stands: `Bundle.entry[3]`. */
  entry?: string;
}

/** The one resource that is meant: by its id, or by a search that finds just it. */
export interface Target {
  id?: string;
  query?: string;
  /** Version that the client has seen. */
  ifMatch?: number;
}

/** What became of a write; `json` is the resource as it is now, absent for a deletion. */
export interface Outcome extends Answer {
  json?: string;
}
