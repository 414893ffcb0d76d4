import type { Param } from './params.ts';
import type { SearchParameterType } from './prepared.ts';

/** A search, understood: what it asks of the terms of a resource, and how the answer is to look. */
export interface Query {
  type: string;
  /** All of them must match. */
  params: Param[];
  sort: Sort[];
  /** Resources on a page; undefined where the server chooses. */
  count?: number;
  offset: number;
  /** `_cursor`: the place where the server said that the next page begins. */
  cursor?: string;
  summary?: Summary;
  total?: 'none' | 'estimate' | 'accurate';
  /** Top-level elements that are wanted. */
  elements?: string[];
  includes: Include[];
  revincludes: Include[];
}

export type Summary = 'true' | 'text' | 'data' | 'count' | 'false';

export interface Sort {
  code: string;
  type: SearchParameterType;
  descending: boolean;
}

/** References to follow: from resources of type `source`, by these search parameters, to resources of type `target`. */
export interface Include {
  source: string;
  params: string[];
  target?: string;
  /** Whether what was included is followed as well. */
  iterate: boolean;
}
