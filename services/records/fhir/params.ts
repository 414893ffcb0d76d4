/** One parameter of a search; any of its values will do. */
export type Param = { code: string } & (
  | { kind: 'missing'; missing: boolean }
  | { kind: 'token'; not: boolean; values: TokenValue[] }
  | { kind: 'id'; not: boolean; values: string[] }
  | { kind: 'string'; how: StringMatch; values: string[] }
  | { kind: 'date'; values: DateValue[] }
  | { kind: 'number'; values: NumberValue[] }
  | { kind: 'quantity'; values: QuantityValue[] }
  | { kind: 'reference'; values: ReferenceValue[] }
  | { kind: 'uri'; values: string[] }
);

export type StringMatch = 'starts' | 'contains' | 'exact';

export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

/** Left out: any. An empty system: none. The code is in lower case, unless it is an identifier. */
export interface TokenValue {
  system?: string;
  code?: string;
}

/** Milliseconds from `start` on and before `end`: as much as the date's precision covers. */
export interface DateValue {
  prefix: Prefix;
  start: number;
  end: number;
}

/** The number, and the range that its digits leave open: 5.40 is 5.395 to 5.405. */
export interface NumberValue {
  prefix: Prefix;
  value: number;
  low: number;
  high: number;
}

export interface QuantityValue extends NumberValue {
  system?: string;
  /** Code of the unit, or the unit as written. */
  code?: string;
}

/** A whole reference, as terms have it, or only an id of our base. */
export type ReferenceValue = { reference: string } | { id: string };
