import type { Config } from '../../kernel/config.ts';

/** Variables of the records service. */
export const recordsConfig = {
  SEARCH_PAGE: { type: 'integer', default: 20, doc: 'resources on a page of a search that does not say _count' },
  SEARCH_PAGE_LIMIT: { type: 'integer', default: 1000, doc: 'resources on a page at most' },
  COMPARTMENT_CACHE: {
    type: 'integer',
    default: 20_000,
    doc: 'index entries of opened compartments held in memory at most (about 3.5 kB each)',
  },
  RECORDS_LABELS: {
    type: 'string',
    default: '',
    doc: 'JSON file with more value sets that bring security labels, in the form of services/records/labels/sets.json',
  },
} as const;

export interface RecordsConfig extends Config<typeof recordsConfig> {
  /** Public address of the platform, without a slash at its end; resources are at `<baseUrl>/fhir`. */
  baseUrl: string;
}
