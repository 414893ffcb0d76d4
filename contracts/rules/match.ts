import { contains } from './dates.ts';
import type { Filter, ResidualRule } from './residual.ts';
import type { Asker, Question } from './state.ts';
import type { Provision, Statement } from './statement.ts';
import { isResearch, studyPurpose } from './vocabulary.ts';

/** The question with what is needed again for every provision. */
export interface Asked extends Question {
  /** Every reference that a consent can name the actor by. */
  names: readonly string[];
}

/** Every reference that a consent can name this actor by. */
export function namesOf({ subject, organization, patient, careTeams }: Asker): string[] {
  const names = [`Practitioner/${subject}`, `RelatedPerson/${subject}`, `Device/${subject}`];
  if (organization) names.push(`Organization/${organization}`);
  if (patient) names.push(`Patient/${patient}`);
  for (const team of careTeams) names.push(/^(Group|CareTeam)\//.test(team) ? team : `CareTeam/${team}`);
  return names;
}

/** Why a provision does not speak, whatever the time; undefined where it does. */
function otherwise(provision: Provision, asked: Asked): string | undefined {
  const { actors, purposes, actions } = provision;
  if (purposes ? !namesPurpose(purposes, asked) : provision.type === 'permit' && isResearch(asked.purpose))
    return 'it is about another purpose';
  if (actors && !actors.some((actor) => isMeant(actor, asked))) return 'it is about somebody else';
  if (actions && !actions.includes(asked.action)) return 'it is about another action';
  return undefined;
}

/** By its purpose, or by the study that it is for. */
const namesPurpose = (purposes: readonly string[], { purpose, study }: Question): boolean =>
  purposes.includes(purpose) || (study !== undefined && isResearch(purpose) && purposes.includes(studyPurpose(study)));

function isMeant({ reference, role }: { reference?: string; role?: string }, { names, actor }: Asked): boolean {
  return (reference === undefined || names.includes(reference)) && (role === undefined || role === actor.role);
}

export const notInPeriod = 'it is not in its period';

export const isInPeriod = ({ period }: Provision, at: number): boolean => !period || contains(period, at);

/** Why a provision does not speak now; undefined where it does. */
export function whyNot(provision: Provision, asked: Asked): string | undefined {
  return otherwise(provision, asked) ?? (isInPeriod(provision, asked.at) ? undefined : notInPeriod);
}

/** Whether any provision is about this actor, purpose and action, at some time. */
export function mayEverSpeak(provision: Provision, asked: Asked): boolean {
  return otherwise(provision, asked) === undefined || provision.provisions.some((each) => mayEverSpeak(each, asked));
}

/** Whether any provision is about this actor, purpose and action now: asked of every consent, so it makes nothing. */
function speaks(provision: Provision, asked: Asked): boolean {
  return whyNot(provision, asked) === undefined || provision.provisions.some((each) => speaks(each, asked));
}

/** A rule on resources that still knows which provision it is, where it is one. */
export interface Located extends Filter {
  type: 'permit' | 'forbid';
  path?: string;
  rules?: Located[];
}

/**
 * What a statement says to a question: its provisions that match actor, purpose, action and time, as rules on resources.
 * @returns undefined where it says nothing
 */
export function rulesOf({ root }: Statement, asked: Asked): ResidualRule | undefined {
  if (!isInPeriod(root, asked.at) || !speaks(root, asked)) return undefined;
  const rules = project<ResidualRule>(root, asked, ({ type, filter }, inner) =>
    inner.length > 0 ? { type, ...filter, rules: inner } : { type, ...filter },
  );
  return simplified(whyNot(root, asked) === undefined ? rules[0]! : { type: 'forbid', rules });
}

/** The same with the place of each provision, for a statement that says something. */
export function locatedRulesOf({ root }: Statement, asked: Asked): Located {
  const rules = project<Located>(root, asked, ({ type, filter, path }, inner) => ({
    ...{ type, path },
    ...filter,
    rules: inner,
  }));
  return whyNot(root, asked) === undefined ? rules[0]! : { type: 'forbid', path: root.path, rules };
}

/** A provision that does not match never speaks itself; those inside it may. */
function project<Rule>(
  provision: Provision,
  asked: Asked,
  make: (provision: Provision, inner: Rule[]) => Rule,
): Rule[] {
  const inner = provision.provisions.flatMap((each) => project(each, asked, make));
  return whyNot(provision, asked) === undefined ? [make(provision, inner)] : inner;
}

/** The same rule, shorter: an inner rule that matches everything speaks in place of the outer one. */
function simplified(rule: ResidualRule): ResidualRule {
  const rules = rule.rules?.map(simplified);
  if (!rules?.length) return rule;
  const always = rules.filter(isUnconditional);
  if (always.some(({ type }) => type === 'forbid')) return { type: 'forbid' };
  if (always.length === 0) return { ...rule, rules };
  const rest = rules.filter((each) => !isUnconditional(each));
  return { type: 'permit', ...(rest.length > 0 && { rules: rest }) };
}

const isUnconditional = (rule: ResidualRule): boolean => Object.keys(rule).length === 1;

/** Whether the rule can permit anything at all. */
export function mayPermit(rule: ResidualRule): boolean {
  return rule.type === 'permit' || (rule.rules?.some(mayPermit) ?? false);
}
