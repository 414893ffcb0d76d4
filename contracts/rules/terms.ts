import { breakGlass, isPurpose, isResourceType, roles } from './vocabulary.ts';

/**
 * What a sharing agreement is about, in the words of the Indian ABDM consent artefact. Times in milliseconds since the
 * epoch.
 */
export interface Terms {
  /** v3 PurposeOfUse code, or `system|code` of the deployment's own. */
  purpose: string;
  /** FHIR resource types that may be handed over. */
  dataClasses: readonly string[];
  /** Role of those who may receive, as tokens carry it. */
  recipientRole: string;
  /** Transfers from then on, 0: at once, and before `until`. */
  from: number;
  until: number;
  /** At most so many transfers within so many milliseconds. */
  frequency: { transfers: number; window: number };
  /** From then on the recipient holds nothing of it. */
  eraseAt: number;
}

export interface TermsProblem {
  term: keyof Terms;
  /** What the term must be. */
  problem: string;
}

const mostClasses = 50;
const mostTransfers = 10_000;

/** The first term that cannot be agreed to; undefined: all can. */
export function problemOf(terms: Terms): TermsProblem | undefined {
  const { purpose, dataClasses, recipientRole, from, until, frequency, eraseAt } = terms;
  const wrong = (term: keyof Terms, problem: string) => ({ term, problem });
  if (purpose === breakGlass) return wrong('purpose', 'an emergency is declared, and not agreed to');
  if (!isPurpose(purpose) && !/^[^\s|]+\|[^\s|]+$/.test(purpose))
    return wrong('purpose', 'it must be a code of v3 PurposeOfUse, or system|code');
  if (dataClasses.length === 0 || dataClasses.length > mostClasses || !dataClasses.every(isResourceType))
    return wrong('dataClasses', `it must name resource types of FHIR R4, at most ${mostClasses}`);
  if (!roles.includes(recipientRole) || recipientRole === 'patient')
    return wrong('recipientRole', 'it must be a role that people of an organisation have');
  if (until <= from) return wrong('until', 'it must come after the beginning');
  if (eraseAt < until) return wrong('eraseAt', 'it must not come before the end');
  if (frequency.transfers < 1 || frequency.transfers > mostTransfers || frequency.window < 1)
    return wrong('frequency', `it must be 1 to ${mostTransfers} transfers in a time`);
  return undefined;
}
