import type { ResourceFacts } from './facts.ts';
import { coversLabels } from './labels.ts';
import { type Asked, whyNot } from './match.ts';
import { type Filter, innermost, type LabelPolicy } from './residual.ts';
import { type ActiveConsent, referenceOf } from './state.ts';
import type { Provision, Statement } from './statement.ts';

/** One rule that was looked at. */
export interface Step {
  /** `rule:<n>`, or `Consent/<id>/_history/<version>#<path of the provision>`. */
  rule: string;
  matched: boolean;
  decided: boolean;
  /** In words that a patient understands. */
  reason: string;
}

/** A rule on resources that still knows which provision it is. */
export interface Located extends Filter {
  type: 'permit' | 'forbid';
  path?: string;
  rules?: Located[];
}

/** What lets resources be answered, or does not. */
export interface Source {
  /** `rule:<n>` or the consent. */
  rule: string;
  tree: Located;
  policy?: LabelPolicy;
}

/** Takes down what a walk through the rules looks at. */
export class Trail {
  readonly steps: Step[] = [];
  readonly sources: Source[] = [];

  step(rule: string, matched: boolean, decided: boolean, reason: string): void {
    this.steps.push({ rule, matched, decided, reason });
  }

  source(source: Source): void {
    this.sources.push(source);
  }

  /** @param decides whether this consent speaks, so that it decides alone */
  consent(consent: ActiveConsent, asked: Asked, decides: boolean): void {
    const look = (provision: Provision) => {
      const reason = whyNot(provision, asked);
      this.step(
        `${referenceOf(consent)}#${provision.path}`,
        reason === undefined,
        decides && reason === undefined,
        reason === undefined ? wordsOf(provision) : `It does not speak: ${reason}.`,
      );
      provision.provisions.forEach(look);
    };
    look(consent.statement.root);
  }

  /** The provisions that match the question, as rules on resources. */
  located({ root }: Statement, asked: Asked): Located {
    const project = (provision: Provision): Located[] => {
      const rules = provision.provisions.flatMap(project);
      if (whyNot(provision, asked) !== undefined) return rules;
      return [{ type: provision.type, path: provision.path, ...provision.filter, rules }];
    };
    return whyNot(root, asked) === undefined
      ? project(root)[0]!
      : { type: 'forbid', path: root.path, rules: project(root) };
  }

  /** Takes down what was decided about one resource, and by what. */
  resource(facts: ResourceFacts, zone: number): void {
    const named = `${facts.type}/${facts.id}`;
    const judged = this.sources.map((source) => ({ source, ...judge(source, facts, zone) }));
    const { source, path, reason } = judged.find(({ permitted }) => permitted) ?? judged[0] ?? nothing;
    this.step(path ? `${source.rule}#${path}` : source.rule, path !== undefined, true, `${named}: ${reason}`);
  }
}

const nothing = { source: { rule: 'rule:6' }, path: undefined, reason: 'nothing permits it.' };

function judge({ tree, policy }: Source, facts: ResourceFacts, zone: number) {
  const speaking = innermost(tree, facts, zone);
  const forbidding = speaking.find(({ type }) => type === 'forbid');
  const path = (forbidding ?? speaking[0])?.path;
  if (speaking.length === 0) return { permitted: false, path, reason: 'nothing permits it.' };
  if (forbidding) return { permitted: false, path, reason: 'it is denied.' };
  if (policy && !coversLabels(policy, speaking, facts.labels))
    return {
      permitted: false,
      path,
      reason: 'it is labelled as sensitive, and what permits does not name that label.',
    };
  return { permitted: true, path, reason: 'it may be read.' };
}

function wordsOf({ type, filter, problems }: Provision): string {
  if (problems.length > 0) return `It cannot be understood, and so it denies: ${problems.join('; ')}.`;
  const limits = Object.keys(filter).map((name) => limitWords[name as keyof Filter]);
  const about = limits.length > 0 ? ` what it names by ${limits.join(', ')}` : '';
  return `It ${type === 'permit' ? 'permits' : 'denies'}${about || ' all that no inner provision speaks about'}.`;
}

const limitWords: Record<keyof Filter, string> = {
  types: 'kind of record',
  codes: 'code',
  labels: 'label',
  dataPeriod: 'date',
  data: 'record or author',
  authorOrganization: 'organisation',
};
