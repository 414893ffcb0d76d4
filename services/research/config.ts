import type { Config } from '../../kernel/config.ts';

/** Variables of the research service. */
export const researchConfig = {
  RESEARCH_QUESTIONS: {
    type: 'integer',
    default: 4,
    doc: 'numbers of people that may be asked for, for one study, in RESEARCH_QUESTION_DAYS; the more, the noisier',
  },
  RESEARCH_QUESTIONS_EACH: { type: 'integer', default: 16, doc: 'the same by one researcher, for all their studies' },
  RESEARCH_QUESTION_DAYS: { type: 'integer', default: 30, doc: 'days after which a question is free again' },
  RESEARCH_TERMINOLOGIES: {
    type: 'string',
    default: '',
    doc: 'folder of hierarchies of SNOMED CT, RxNorm and LOINC, for criteria with descendants',
  },
  RESEARCH_RECALL_DAYS: { type: 'integer', default: 14, doc: 'days in which recipients delete a recalled release' },
  RESEARCH_EPOCH_DAYS: {
    type: 'integer',
    default: 91,
    doc: 'days after which a recalled release may be replaced though fewer than k people withdrew',
  },
  RESEARCH_SWEEP_MS: {
    type: 'integer',
    default: 60_000,
    doc: 'milliseconds after which all releases are compared with the consents, whether or not an event came',
  },
} as const;

export type ResearchConfig = Config<typeof researchConfig>;
