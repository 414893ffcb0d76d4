import { knownPolicy } from './base.ts';
import { type Asked, mayEverSpeak } from './match.ts';
import type { ConsentState, Deployment } from './state.ts';
import { breakGlass } from './vocabulary.ts';

/**
 * The earliest time after the question's at which the clock alone could change an answer that the asker has by no
 * right of their own: a mandate begins, a declaration begins or ends, a consent that may matter does.
 * @param decisive index of the consent that decided: no older one matters; left out: none did
 */
export function horizon(
  { consents, declarations }: ConsentState,
  asked: Asked,
  deployment: Deployment,
  decisive?: number,
): number | undefined {
  const { at } = asked;
  let earliest = Infinity;
  const consider = (time: number | undefined) => {
    if (time !== undefined && time > at && time < earliest) earliest = time;
  };
  for (const { from } of asked.mandates ?? []) consider(from);
  if (asked.purpose === breakGlass)
    for (const { clinician, from, until } of declarations)
      if (clinician === asked.actor.subject) [from, until].forEach(consider);
  for (let index = consents.length - 1; index >= (decisive ?? 0); index--) {
    const consent = consents[index]!;
    const next = consent.statement.boundaries.find((time) => time > at);
    if (next === undefined || next >= earliest) continue;
    const namesPolicy = decisive === undefined && knownPolicy(consent, deployment) !== undefined;
    if (namesPolicy || mayEverSpeak(consent.statement.root, asked)) consider(next);
  }
  return earliest === Infinity ? undefined : earliest;
}
