import type { Choices } from './choices.ts';

/** What was chosen, in plain words. */
export function words(choices: Choices): string {
  const { actions, from, until, dataFrom, dataUntil, deny } = choices;
  const verb = actions?.includes('collect') ? 'receive and keep' : 'use';
  const sentences = [
    `I ${deny ? 'do not allow' : 'allow'} ${whoIn(choices.grantee)} to ${verb} ${whatIn(choices)}.`,
    `Purpose: ${choices.purposes.join(', ') || 'TREAT'}.`,
    ...(choices.occasion ? [`It is about: ${choices.occasion}.`] : []),
    ...spanIn('This holds', from, until),
    ...spanIn('It is about records dated', dataFrom, dataUntil),
    'I can revoke this at any time.',
  ];
  return sentences.join('\n');
}

function whoIn({ organization, practitioner, careTeam, role }: Choices['grantee']): string {
  const named =
    (organization && `the organisation ${organization}`) ||
    (practitioner && `the clinician ${practitioner}`) ||
    (careTeam && `the care team ${careTeam}`);
  if (!named) return role ? `every ${role}` : 'anybody';
  return role ? `every ${role} of ${named}` : named;
}

function whatIn({ resourceTypes, codes, labels, deny }: Choices): string {
  const kinds = resourceTypes.length > 0 ? `these kinds of my records: ${resourceTypes.join(', ')}` : 'my records';
  const coded = codes.length > 0 ? ` with the codes ${codes.map(({ code }) => code).join(', ')}` : '';
  const list = labels.map(({ code }) => code).join(', ');
  if (!list) return kinds + coded;
  return deny ? `${kinds}${coded} labelled ${list}` : `${kinds}${coded}, those labelled ${list} included`;
}

function spanIn(what: string, from: number | undefined, until: number | undefined): string[] {
  if (from === undefined && until === undefined) return [];
  const start = from === undefined ? '' : ` from ${new Date(from).toISOString()} on`;
  const end = until === undefined ? '' : ` until ${new Date(until).toISOString()}`;
  return [`${what}${start}${end}.`];
}
