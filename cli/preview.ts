import { bodyWith, type Client } from './client.ts';

/** What somebody could see: label class → how much of it. */
type Sees = Record<string, string>;
interface Line {
  who: { organization?: string; practitioner?: string; care_team?: string; name?: string; role?: string };
  purpose_of_use: string;
}
export interface Permitted {
  permitted: (Line & { sees: Sees; until?: string })[];
  in_emergency: Sees;
  declared_emergencies: { id: string; clinician: string; name: string; until: string }[];
  note: string;
}
interface Preview {
  words?: string;
  problems: string[];
  contradictions: string[];
  replaces: (Line & { consent: string })[];
  changes: (Line & { before: Sees; after: Sees })[];
  after: Permitted;
}

/** What would change: asked for, changed by nothing. @param proposal as POST /consent/preview takes it */
export async function preview(client: Client, proposal: object, out: (line: string) => void, json: boolean) {
  const answer = await client.call('/consent/preview', { method: 'POST', body: proposal });
  const found: Preview = bodyWith(answer, 'changes', 'replaces', 'after');
  if (json) return out(JSON.stringify(found));
  for (const line of [...(found.words?.split('\n') ?? []), '']) out(line);
  for (const problem of [...found.problems, ...found.contradictions]) out(`Careful: ${problem}`);
  const replaced = new Set(found.replaces.map(({ consent }) => consent));
  for (const consent of replaced) out(`It would decide in place of the consent ${consent}.`);
  if (found.changes.length === 0) out('Nobody would see more or less than now.');
  for (const { before, after, ...line } of found.changes) out(`${nameOf(line)}: ${seen(before)} → ${seen(after)}`);
}

export function showPermitted(found: Permitted, out: (line: string) => void): void {
  if (found.permitted.length === 0) out('Nobody may see anything.');
  for (const { sees, until, ...line } of found.permitted)
    out(`${nameOf(line)}: ${seen(sees)}${until ? `, until ${until}` : ''}`);
  out(`In a declared emergency, any clinician: ${seen(found.in_emergency)}`);
  for (const { name, until } of found.declared_emergencies)
    out(`An emergency is declared: the clinician ${name}, until ${until}`);
  out(found.note);
}

function nameOf({ who, purpose_of_use: purpose }: Line): string {
  const name = who.name ?? who.organization ?? who.practitioner ?? who.care_team ?? 'anywhere';
  return `${who.role ?? 'anybody'} of ${name} for ${purpose}`;
}

const seen = (sees: Sees): string =>
  Object.entries(sees)
    .map(([label, how]) => (how === 'all' ? label : `some ${label}`))
    .join(', ') || 'nothing';
