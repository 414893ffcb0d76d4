import { Failure } from '../../../kernel/errors.ts';
import { type Researcher, requireOwn } from './researcher.ts';
import type { Registered } from './study.ts';

/** What is said of a number of people: never an exact one. */
export type Told = { count: number } | { fewerThan: number };

/** Whom a study is about, and what is to be extracted of them. It never changes: another cohort is another definition. */
export interface CohortDefined {
  type: 'CohortDefined';
  /** Its number within the study, from 1. */
  definition: number;
  /** The criteria language of `cohort/`, checked. */
  criteria: unknown;
  /** The extract of `rows/`, checked; absent where only a number is wanted. */
  extract?: unknown;
  /** How the extract is made anonymous (`privacy/`), checked. */
  privacy?: unknown;
  by: string;
  at: number;
}
export interface FeasibilityAnswered {
  type: 'FeasibilityAnswered';
  definition: number;
  answer: Told;
  by: string;
  at: number;
}
export type CohortEvent = CohortDefined | FeasibilityAnswered;

interface Define {
  type: 'define';
  criteria: unknown;
  extract?: unknown;
  privacy?: unknown;
  by: Researcher;
  at: number;
}
interface Answer {
  type: 'answer';
  definition: number;
  answer: Told;
  by: Researcher;
  at: number;
}
export type CohortCommand = Define | Answer;

export interface Definition extends Omit<CohortDefined, 'type'> {
  /** The newest answer; absent: nobody has asked. */
  feasibility?: { answer: Told; at: number };
}

const most = 100;

export function decideCohort(command: CohortCommand, study: Registered): CohortEvent[] {
  requireOwn(study, command.by);
  const { by, at } = command;
  if (command.type === 'answer') {
    const { definition } = definitionOf(study, command.definition);
    return [{ type: 'FeasibilityAnswered', definition, answer: command.answer, by: by.subject, at }];
  }
  if (study.definitions.length === most) throw new Failure('too-long', `A study has at most ${most} definitions.`);
  const { criteria, extract, privacy } = command;
  const definition = study.definitions.length + 1;
  const content = {
    criteria,
    ...(extract !== undefined && { extract }),
    ...(privacy !== undefined && { privacy }),
  };
  return [{ type: 'CohortDefined', definition, ...content, by: by.subject, at }];
}

/** Throws Failure `not-found`. */
export function definitionOf({ definitions }: Pick<Registered, 'definitions'>, number: number): Definition {
  const found = definitions[number - 1];
  if (found) return found;
  throw new Failure('not-found', 'The study has no such definition.', { expression: ['definition'] });
}

type Part = Pick<Registered, 'definitions' | 'questions'>;

export function evolveCohort({ definitions, questions }: Part, event: CohortEvent): Part {
  if (event.type === 'CohortDefined') {
    const { type: _, ...defined } = event;
    return { definitions: [...definitions, defined], questions };
  }
  const { definition, answer, by, at } = event;
  const told = definitions.map((each) =>
    each.definition === definition ? { ...each, feasibility: { answer, at } } : each,
  );
  return { definitions: told, questions: [...questions, { by, at }] };
}
