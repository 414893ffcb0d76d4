import { permitsEverything } from '../../../contracts/rules/residual.ts';
import type { PatientDecision } from '../app/decisions.ts';

/** `none`: it is denied, and by no consent but by what holds where none speaks. */
export type Verdict = 'permit' | 'deny' | 'none';

export function verdictOf({ permit, basis }: PatientDecision): Verdict {
  if (permit) return 'permit';
  const decisive = basis.find((each) => each !== 'rule:2'); // which by itself denies nothing
  return decisive?.startsWith('Consent/') ? 'deny' : 'none';
}

/** What whoever enforces the answer must see to; one who does not understand an obligation must deny (XACML 3.0 §7.2). */
export interface Obligation {
  id: 'urn:healthchain:obligation:residual' | 'urn:healthchain:obligation:break-glass';
  attribute: string;
  value: string;
}

export function obligationsOf({ permit, residual, breakGlass }: PatientDecision): Obligation[] {
  if (!permit) return [];
  const obligations: Obligation[] = [];
  if (!permitsEverything(residual))
    obligations.push({
      ...{ id: 'urn:healthchain:obligation:residual', attribute: 'residual' },
      value: JSON.stringify(residual),
    });
  if (breakGlass)
    obligations.push({
      ...{ id: 'urn:healthchain:obligation:break-glass', attribute: 'break-glass' },
      value: breakGlass,
    });
  return obligations;
}

/** The answer in plain words. */
export function verdictWords(decision: PatientDecision): string {
  const { basis, breakGlass, residual } = decision;
  const on = basis.join(', ');
  const verdict = verdictOf(decision);
  if (verdict === 'none') return `No consent of the patient speaks, and without one nothing may be seen (${on}).`;
  if (verdict === 'deny') return `The patient's consent does not let this be seen (${on}).`;
  const under = breakGlass ? 'A declared emergency' : `This rests on ${on} and`;
  const limits = permitsEverything(residual)
    ? 'lets everything be seen.'
    : 'lets part of the records be seen: see the obligations.';
  return `${under} ${limits}`;
}

export const instantOf = (time: number | undefined): string | undefined =>
  time !== undefined && Number.isFinite(time) ? new Date(time).toISOString() : undefined;
