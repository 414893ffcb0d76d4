import type { ResourceFacts } from './facts.ts';
import { coversLabels } from './labels.ts';
import { type Asked, isInPeriod, type Located, notInPeriod, whyNot } from './match.ts';
import { innermost, type LabelPolicy } from './residual.ts';
import { type ActiveConsent, referenceOf } from './state.ts';
import type { Provision } from './statement.ts';
import { provisionWords } from './words.ts';

/** One rule that was looked at. */
export interface Step {
  /** `rule:<n>`, or `Consent/<id>/_history/<version>#<path of the provision>`. */
  rule: string;
  matched: boolean;
  decided: boolean;
  /** In words that a patient understands. */
  reason: string;
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
  readonly #sources: Source[] = [];

  /** A rule that decides, or has a part in it. */
  decided(rule: string, reason: string): void {
    this.steps.push({ rule, matched: true, decided: true, reason });
  }

  /** A rule that holds and decides nothing by itself. */
  noted(rule: string, reason: string): void {
    this.steps.push({ rule, matched: true, decided: false, reason });
  }

  passed(rule: string, reason: string): void {
    this.steps.push({ rule, matched: false, decided: false, reason });
  }

  source(source: Source): void {
    this.#sources.push(source);
  }

  /** A consent outside its period is not looked into; a provision that matches has a part in the decision. */
  consent(consent: ActiveConsent, asked: Asked): void {
    const { root } = consent.statement;
    if (isInPeriod(root, asked.at)) this.#provision(root, consent, asked);
    else this.passed(`${referenceOf(consent)}#${root.path}`, `It does not speak: ${notInPeriod}.`);
  }

  #provision(provision: Provision, consent: ActiveConsent, asked: Asked): void {
    const reason = whyNot(provision, asked);
    const rule = `${referenceOf(consent)}#${provision.path}`;
    if (reason === undefined) this.decided(rule, provisionWords(provision));
    else this.passed(rule, `It does not speak: ${reason}.`);
    for (const inner of provision.provisions) this.#provision(inner, consent, asked);
  }

  /** Takes down what was decided about one resource, and by what. */
  resource(facts: ResourceFacts, zone: number): void {
    const judgements = this.#sources.map((source) => judge(source, facts, zone));
    const telling =
      judgements.find(({ permitted }) => permitted) ?? judgements.find(({ matched }) => matched) ?? judgements.at(-1);
    if (!telling) return;
    const { rule, matched, reason } = telling;
    this.steps.push({ rule, matched, decided: true, reason: `${facts.type}/${facts.id}: ${reason}` });
  }
}

function judge({ rule, tree, policy }: Source, facts: ResourceFacts, zone: number) {
  const speaking = innermost(tree, facts, zone);
  const forbidding = speaking.find(({ type }) => type === 'forbid');
  const path = (forbidding ?? speaking[0])?.path;
  const matched = speaking.length > 0;
  const ceiled = policy !== undefined && !coversLabels(policy, speaking, facts.labels);
  const permitted = matched && !forbidding && !ceiled;
  const refusal = forbidding
    ? 'it is denied.'
    : matched
      ? 'its label is not named by what permits.'
      : 'nothing permits it.';
  return { rule: path ? `${rule}#${path}` : rule, matched, permitted, reason: permitted ? 'it may be read.' : refusal };
}
