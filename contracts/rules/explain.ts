import { type Decide, type Decision, inEmergency } from './decide.ts';
import type { ResourceFacts } from './facts.ts';
import type { ConsentState, Deployment, Question } from './state.ts';
import { type Step, Trail } from './trail.ts';
import { walk } from './walk.ts';

export interface Explanation {
  decision: Decision;
  /** Every rule that was looked at, in the order in which it was; then one step for each resource asked about. */
  steps: Step[];
}

export type Explain = (
  state: ConsentState,
  question: Question,
  deployment: Deployment,
  resources?: readonly ResourceFacts[],
) => Explanation;

/** Explains what `decide` decides. */
export const explain: Explain = (...asked) => explained(walk, ...asked);

/** Explains what `decideWithBreakGlass` decides. */
export const explainWithBreakGlass: Explain = (...asked) => explained(inEmergency, ...asked);

type Walk = (...of: [...Parameters<Decide>, Trail]) => Decision;

function explained(walked: Walk, ...[state, question, deployment, resources = []]: Parameters<Explain>): Explanation {
  const trail = new Trail();
  const decision = walked(state, question, deployment, trail);
  for (const facts of resources) trail.resource(facts, deployment.zone);
  return { decision, steps: trail.steps };
}
