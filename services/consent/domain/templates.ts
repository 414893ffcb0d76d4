import { Failure } from '../../../kernel/errors.ts';
import type { Choices } from './choices.ts';

/** What a template is filled in with. Times in milliseconds since the epoch. */
export interface TemplateFields {
  organization?: string;
  careTeam?: string;
  /** What the care team treats, in the patient's words. */
  condition?: string;
  /** The study, in words, or its purpose of use as `system|code`. */
  study?: string;
  until?: number;
  /** Labels beyond normal confidentiality that are included. */
  labels?: Choices['labels'];
  /** Of `stop-all`: closes the records even in a declared emergency. */
  emergencies?: 'open' | 'closed';
}

export interface Template {
  title: string;
  /** What a patient should know before saying yes. */
  explanation: string;
  required: readonly (keyof TemplateFields)[];
  optional: readonly (keyof TemplateFields)[];
  choices(fields: Required<TemplateFields>, given: TemplateFields, occasion: Filling): Partial<Choices>;
}

/** When it is filled in, and which purposes the deployment has besides those of v3. */
export interface Filling {
  at: number;
  purposes: readonly string[];
}

/** Choices, or a template to be filled in. */
export type Wish = Choices | { template: TemplateName; fields: TemplateFields };

const week = 7 * 24 * 3600_000;
/** v3 PurposeOfUse's broadest codes: together every purpose but break-glass. */
const allPurposes = ['HMARKT', 'HOPERAT', 'HPAYMT', 'HRESCH', 'PATRQT', 'PUBHLTH', 'TREAT'];

/** Grants that people would make, each a few words and at most a few questions. */
export const templates = {
  'care-team': {
    title: 'My care team for a condition',
    explanation:
      'Whoever belongs to the care team when they ask may see your records for treatment. Who joins later may, who left may not.',
    required: ['careTeam', 'condition'],
    optional: ['until', 'labels'],
    choices: ({ careTeam, condition }) => ({ grantee: { careTeam }, occasion: condition }),
  },
  visit: {
    title: 'This hospital for this visit',
    explanation: 'The staff of the hospital may see your records for treatment, for a week or until the day you say.',
    required: ['organization'],
    optional: ['until', 'labels'],
    choices: ({ organization }, { until }, { at }) => ({ grantee: { organization }, until: until ?? at + week }),
  },
  emergency: {
    title: 'Any emergency department',
    explanation:
      'Any clinician who treats you in an emergency may see your records, without having to break the glass.',
    required: [],
    optional: ['until', 'labels'],
    choices: () => ({ grantee: { role: 'practitioner' }, purposes: ['ETREAT'] }),
  },
  study: {
    title: 'This study',
    explanation: 'The researchers of the organisation may use your records for research, and for nothing else.',
    required: ['organization', 'study'],
    optional: ['until', 'labels'],
    choices: ({ organization, study }) => ({
      grantee: { organization },
      purposes: [study.includes('|') ? study : 'HRESCH'],
      occasion: study,
    }),
  },
  'clinic-abroad': {
    title: 'A clinic abroad, until I am home',
    explanation:
      'The staff of the clinic may see your records for treatment, emergencies included, until the day you say.',
    required: ['organization', 'until'],
    optional: ['labels'],
    choices: ({ organization }) => ({ grantee: { organization }, purposes: ['TREAT', 'ETREAT'] }),
  },
  'stop-all': {
    title: 'Stop all sharing',
    explanation:
      'Nobody may see your records from now on but yourself, who acts for you, and each organisation what it wrote itself. ' +
      'In an emergency a clinician may still declare it and see them, unless you close that too.',
    required: [],
    optional: ['emergencies'],
    choices: (_all, { emergencies }, { purposes }) => ({
      deny: true,
      purposes: [...allPurposes, ...purposes, ...(emergencies === 'closed' ? ['BTG'] : [])],
    }),
  },
} as const satisfies Record<string, Template>;

export type TemplateName = keyof typeof templates;
export const templateNames = Object.keys(templates) as TemplateName[];

const nothing: Choices = { grantee: {}, purposes: [], resourceTypes: [], codes: [], labels: [], deny: false };

/** What is chosen. Throws Failure `required` or `value` for a template that is not filled in as it asks. */
export function choicesIn(wish: Wish, occasion: Filling): Choices {
  if (!('template' in wish)) return wish;
  const { template, fields } = wish;
  const { required, optional, choices }: Template = templates[template];
  const given = Object.keys(fields) as (keyof TemplateFields)[];
  for (const field of required) if (!fields[field]) throw wrong('required', field, `The template ${template} needs`);
  for (const field of given)
    if (![...required, ...optional].includes(field)) throw wrong('value', field, `The template ${template} has no`);
  const { until, labels = [] } = fields;
  const filled = choices(fields as Required<TemplateFields>, fields, occasion);
  return { ...nothing, labels, ...(until !== undefined && { until }), ...filled };
}

function wrong(code: 'required' | 'value', field: string, what: string): Failure {
  const name = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return new Failure(code, `${what} ${name}.`, { expression: [name] });
}
