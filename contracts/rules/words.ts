import type { Base } from './base.ts';
import type { Coding } from './facts.ts';
import type { DataReference, Filter } from './residual.ts';
import type { BasePolicy } from './state.ts';
import type { Provision } from './statement.ts';
import { breakGlass } from './vocabulary.ts';

/** What a provision that matches the question says, in words that a patient understands. */
export function provisionWords({ type, filter, problems, provisions }: Provision): string {
  if (problems.length > 0) return `It cannot be understood, and so it denies: ${problems.join('; ')}.`;
  const verb = type === 'permit' ? 'permits' : 'denies';
  const unless = provisions.length > 0 ? ', unless a provision inside it says otherwise' : '';
  return `It ${verb} ${filterWords(filter)}${unless}.`;
}

function filterWords({ types, codes, labels, dataPeriod, data, authorOrganization }: Filter): string {
  const limits = [
    types && `of the kind ${types.join(', ')}`,
    codes && `about ${codesOf(codes)}`,
    labels && `labelled ${codesOf(labels)}`,
    dataPeriod && 'from its time frame',
    data?.map(dataWords).join(' or '),
    authorOrganization !== undefined && `written by Organization/${authorOrganization}`,
  ].filter((limit) => limit);
  return limits.length > 0 ? `what is ${limits.join(' and ')}` : 'everything';
}

const codesOf = (codings: readonly Coding[]) => codings.map(({ code }) => code).join(', ');

function dataWords({ meaning, reference }: DataReference): string {
  if (meaning === 'authoredby') return `written by ${reference}`;
  return meaning === 'instance' ? reference : `${reference} or refers to it`;
}

/** What holds where no consent speaks. */
export function baseWords({ policy, consent }: Base, open: boolean, purpose: string): string {
  const whose = consent ? 'The base policy of a consent holds' : 'The general base policy holds';
  const outcome =
    purpose === breakGlass && open ? 'the emergency opens all but very restricted data' : baseRule[policy];
  return `No consent speaks. ${whose}: ${outcome}.`;
}

const baseRule: Record<BasePolicy, string> = {
  deny: 'nobody may read',
  'break-glass-only': 'nobody may read but in a declared emergency',
  normal: 'only clinicians who treat may read',
  'all-normal': 'whoever is authorised may read, but not for research',
};
