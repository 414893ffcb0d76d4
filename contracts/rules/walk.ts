import { basePolicyOf, opens } from './base.ts';
import type { Decision } from './decide.ts';
import { horizon } from './horizon.ts';
import { type Asked, locatedRulesOf, mayPermit, namesOf, rulesOf } from './match.ts';
import type { Permission, ResidualRule } from './residual.ts';
import { type ConsentState, type Deployment, isInForce, type Question, referenceOf } from './state.ts';
import type { Trail } from './trail.ts';
import { breakGlass, isCare, isReading, isResearch } from './vocabulary.ts';
import { baseWords } from './words.ts';

/** What a rule comes to: what it lets be answered, and on which grounds. */
interface Verdict {
  any: Permission[];
  basis: string[];
  /** Position in the state of the consent that decided; older ones play no part. */
  decisive?: number;
}

const everything: ResidualRule = Object.freeze({ type: 'permit' });
const nothing: ResidualRule = Object.freeze({ type: 'forbid' });

/**
 * Goes through the rules in their order until one decides. One walk answers and explains, so that the explanation
 * cannot differ from the answer; no word of it is made where there is no trail.
 */
export function walk(state: ConsentState, question: Question, deployment: Deployment, trail?: Trail): Decision {
  const asked: Asked = { ...question, names: namesOf(question.actor) };
  const own = byOwnRight(asked, trail);
  if (own) return decision(own, asked, deployment, ownHorizon(asked));
  const declaration = state.declarations.find(
    (each) => each.clinician === asked.actor.subject && isInForce(each, asked.at),
  );
  if (asked.purpose === breakGlass && !declaration) return undeclared(state, asked, deployment, trail);
  const authored = byAuthor(asked, deployment, trail);
  const verdict = byConsent(state, asked, deployment, trail) ?? byBasePolicy(state, asked, deployment, trail);
  const until = horizon(state, asked, deployment, verdict.decisive);
  const all = authored ? { any: [...verdict.any, authored], basis: withAuthor(verdict) } : verdict;
  const emergency = asked.purpose === breakGlass && declaration && { breakGlass: declaration.id };
  return { ...decision(all, asked, deployment, until), ...emergency };
}

function decision({ any, basis }: Verdict, { purpose }: Asked, { zone }: Deployment, validUntil?: number): Decision {
  return {
    permit: any.length > 0,
    residual: { any, ...(zone !== 0 && { zone }) },
    basis,
    purpose,
    ...(validUntil !== undefined && { validUntil }),
  };
}

/** Rule 1. */
function byOwnRight(asked: Asked, trail?: Trail): Verdict | undefined {
  if (isResearch(asked.purpose) || !isReading(asked.action)) {
    trail?.passed('rule:1', 'Being the patient, or having a mandate, is a right to read, and not for research.');
    return undefined;
  }
  const self = Boolean(asked.actor.patient) && asked.actor.patient === asked.patient;
  if (!self && !asked.mandates?.some((mandate) => isInForce(mandate, asked.at))) {
    trail?.passed('rule:1', 'Whoever asks is not the patient and has no mandate in force.');
    return undefined;
  }
  const who = self ? 'The patient' : 'A person with a mandate in force';
  trail?.decided('rule:1', `${who} may read everything.`);
  trail?.source({ rule: 'rule:1', tree: everything });
  return { any: [{ rule: everything }], basis: ['rule:1'] };
}

/** A patient's own right never ends. */
function ownHorizon({ actor, patient, mandates = [], at }: Asked): number | undefined {
  if (actor.patient === patient) return undefined;
  const ends = mandates.filter((each) => isInForce(each, at)).map(({ until }) => until ?? Infinity);
  const last = Math.max(...ends);
  return last === Infinity ? undefined : last;
}

/** Rule 2. */
function byAuthor(asked: Asked, { authorReads }: Deployment, trail?: Trail): Permission | undefined {
  const { organization } = asked.actor;
  if (!authorReads || !organization || !isCare(asked) || !isReading(asked.action)) {
    const reason = authorReads ? 'This is no reading for treatment by an organisation.' : 'This rule is switched off.';
    trail?.passed('rule:2', reason);
    return undefined;
  }
  const rule: ResidualRule = { type: 'permit', authorOrganization: organization };
  trail?.decided('rule:2', 'The organisation may read for treatment what it wrote itself.');
  trail?.source({ rule: 'rule:2', tree: rule });
  return { rule };
}

/** Rule 7 without a declaration: only one that begins could change the answer. */
function undeclared(state: ConsentState, asked: Asked, deployment: Deployment, trail?: Trail): Decision {
  trail?.decided('rule:7', 'Break-glass needs a declared emergency, and this person has none in force.');
  trail?.source({ rule: 'rule:7', tree: nothing });
  const until = horizon(state, asked, deployment, state.consents.length);
  return decision({ any: [], basis: ['rule:7'] }, asked, deployment, until);
}

/** What permits comes before what only denies. */
const withAuthor = ({ any, basis }: Verdict): string[] =>
  any.length > 0 ? [...basis, 'rule:2'] : ['rule:2', ...basis];

/** Rules 3 and 4. */
function byConsent(
  state: ConsentState,
  asked: Asked,
  { labelCeiling }: Deployment,
  trail?: Trail,
): Verdict | undefined {
  for (let index = state.consents.length - 1; index >= 0; index--) {
    const consent = state.consents[index]!;
    const rule = rulesOf(consent.statement, asked);
    trail?.consent(consent, asked);
    if (!rule) continue;
    if (labelCeiling) trail?.noted('rule:4', ceiling);
    const policy = labelCeiling ? ({ policy: 'named' } as const) : {};
    trail?.source({ rule: referenceOf(consent), tree: locatedRulesOf(consent.statement, asked), ...policy });
    return { any: mayPermit(rule) ? [{ rule, ...policy }] : [], basis: [referenceOf(consent)], decisive: index };
  }
  trail?.passed('rule:3', 'No consent in force is about this person, purpose and action.');
  return undefined;
}

const ceiling = 'Restricted and sensitive data stay closed unless the provision that permits names their label.';

/** Rules 6 and 7: nobody's consent speaks. */
function byBasePolicy(state: ConsentState, asked: Asked, deployment: Deployment, trail?: Trail): Verdict {
  const base = basePolicyOf(state, asked.at, deployment);
  const rule = asked.purpose === breakGlass ? 'rule:7' : 'rule:6';
  const basis = base.consent ? [rule, referenceOf(base.consent)] : [rule];
  const open = opens(base.policy, asked);
  trail?.decided(rule, baseWords(base, open, asked.purpose));
  if (!open) {
    trail?.source({ rule, tree: nothing });
    return { any: [], basis };
  }
  const policy =
    asked.purpose === breakGlass ? 'break-glass' : deployment.labelCeiling ? ('named' as const) : undefined;
  if (policy === 'named') trail?.noted('rule:4', ceiling);
  trail?.source({ rule, tree: everything, ...(policy && { policy }) });
  return { any: [{ rule: everything, ...(policy && { policy }) }], basis };
}
