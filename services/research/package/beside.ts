import { type Cell, escaped, table } from './charts.ts';
import type { RegistryWord } from './report.ts';

/** What the rules of the registry (`registry/check.ts`) keep from happening, in words. */
const reasons: Readonly<Record<string, string>> = {
  'small-class': 'a class would have had fewer than k people',
  'few-groups': 'a class would have had fewer than l different values',
  'small-atom': 'fewer than k people would have been in one combination of releases',
  'small-overlap': 'a class would have shared fewer than k people with one of an earlier release',
  'few-common-groups': 'the classes that somebody was ever released in would have shared fewer than l values',
  'small-residue': 'subtracting two releases would have left fewer than k people',
  'few-residue-groups': 'subtracting two releases would have left fewer than l values',
};
const changes: Readonly<Record<string, string>> = {
  frozen: 'the classes of an earlier release are used again',
  merged: 'classes were put together',
  withheld: 'classes were left out as a whole',
};

/** What the registry said of the release beside all earlier ones, as a piece of the privacy report. */
export function besideEarlier({ verdict, beside, changes: made, objections }: RegistryWord): string {
  const earlier = beside === 0 ? 'no earlier release' : `${beside} earlier release${beside === 1 ? '' : 's'}`;
  if (verdict === 'accepted') return `<p class="met">Laid beside ${earlier}, it was accepted as it is.</p>`;
  const how = made.map((change) => changes[change] ?? change).join('; ');
  const rows = objections.map(({ reason, releases }): Cell[] => [
    reasons[reason] ?? reason,
    { text: reason, mark: 'code' },
    releases.map((id) => id.slice(0, 8)).join(', ') || '–',
  ]);
  return (
    `<p class="met">Laid beside ${earlier}, it was changed, and so accepted: ${escaped(how)}.</p>` +
    table('What would have happened otherwise', ['Otherwise', 'Rule', 'Beside release'], rows)
  );
}
