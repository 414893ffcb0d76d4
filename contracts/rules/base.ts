import { type Asked, isInPeriod } from './match.ts';
import type { ActiveConsent, BasePolicy, ConsentState, Deployment } from './state.ts';
import { breakGlass, isCare, isReading, isResearch } from './vocabulary.ts';

export interface Base {
  policy: BasePolicy;
  /** The consent that names it; left out: it is the deployment's own. */
  consent?: ActiveConsent;
}

const strictestFirst: readonly BasePolicy[] = ['deny', 'break-glass-only', 'normal', 'all-normal'];

/**
 * The base policy of the newest consent in its period that names one the deployment knows, else the deployment's own.
 * A newer consent whose policy nobody knows changes nothing: else a dissent could widen what another consent closed.
 */
export function basePolicyOf({ consents }: ConsentState, at: number, deployment: Deployment): Base {
  for (let index = consents.length - 1; index >= 0; index--) {
    const consent = consents[index]!;
    const policy = knownPolicy(consent, deployment);
    if (policy && isInPeriod(consent.statement.root, at)) return { policy, consent };
  }
  return { policy: deployment.basePolicy };
}

/** The strictest of the policies it names that the deployment knows. */
export function knownPolicy({ statement }: ActiveConsent, { policies }: Deployment): BasePolicy | undefined {
  const known = statement.policies.flatMap((uri) => (Object.hasOwn(policies, uri) ? [policies[uri]] : []));
  return known.length > 0 ? strictestFirst.find((policy) => known.includes(policy)) : undefined;
}

/**
 * Whether a base policy lets anything be read, as PCF defines them (volume 1, 53.2.1): `normal` clinicians for
 * treatment, `all-normal` every authorised use; here neither research nor another patient. Every one but `deny` gives
 * way to a declared emergency.
 */
export function opens(policy: BasePolicy, asked: Asked): boolean {
  if (policy === 'deny' || !isReading(asked.action) || isResearch(asked.purpose)) return false;
  if (asked.purpose === breakGlass) return true;
  if (policy === 'normal') return isCare(asked);
  return policy === 'all-normal' && asked.actor.role !== 'patient';
}
