import type { Config } from '../../kernel/config.ts';

/** Variables of the research service. */
export const researchConfig = {
  RESEARCH_QUESTIONS: {
    type: 'integer',
    default: 20,
    doc: 'numbers of people that a researcher may ask for, for one study, in RESEARCH_QUESTION_DAYS',
  },
  RESEARCH_QUESTION_DAYS: { type: 'integer', default: 30, doc: 'days after which a question is free again' },
} as const;

export type ResearchConfig = Config<typeof researchConfig>;
