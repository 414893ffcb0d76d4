import type { CountAnswer } from '../counts/answer.ts';
import { type Bar, barChart, escaped, table } from './charts.ts';
import type { PrivacyReport } from './report.ts';
import { rulesOf } from './rules.ts';

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:760px;margin:2rem auto;padding:0 1rem;color:#1b1f24}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d0d7de}svg{width:100%;margin:.6rem 0}
svg text{font:12px system-ui,sans-serif;fill:#1b1f24}svg rect{fill:#3b6ea5}svg line{stroke:#b3261e;stroke-width:2}
svg .mark{fill:#b3261e}.met{color:#1a6b35}.missed{color:#b3261e;font-weight:600}p{margin:.4rem 0}`;

/** The privacy report as a page of its own: no script, nothing loaded. */
export function htmlOf(title: string, report: PrivacyReport): Uint8Array {
  const sections = [asked(report), risks(report), classes(report), loss(report), suppressed(report)];
  return Buffer.from(
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">` +
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">` +
      `<meta name="viewport" content="width=device-width"><title>Privacy report: ${escaped(title)}</title>` +
      `<style>${style}</style></head><body><h1>Privacy report</h1><p>${escaped(title)}: ${report.rows} rows, one for ` +
      `each person.</p>${sections.join('\n')}</body></html>\n`,
  );
}

const section = (title: string, what: string, ...content: string[]) =>
  `<section><h2>${title}</h2><p>${what}</p>${content.join('')}</section>`;

function asked(report: PrivacyReport): string {
  const head = '<thead><tr><th>Rule</th><th>Asked</th><th>Reached</th><th></th></tr></thead>';
  const lines = rulesOf(report).map(
    ({ what, bound, asked, reached, met }) =>
      `<tr><td>${escaped(what)}</td><td>${bound} ${short(asked)}</td><td>${short(reached)}</td>` +
      `<td class="${met ? 'met' : 'missed'}">${met ? 'met' : 'not met'}</td></tr>`,
  );
  return section(
    'What was asked, and what the released rows reach',
    'Measured on the released rows, not taken from the settings.',
    `<table>${head}<tbody>${lines.join('')}</tbody></table>`,
  );
}

function risks({ model, risk }: PrivacyReport): string {
  const { prosecutor, journalist, marketer } = risk;
  const bars: Bar[] = [
    ['prosecutor, highest', prosecutor.highest],
    ['prosecutor, mean', prosecutor.mean],
    ['journalist, highest', journalist.highest],
    ['journalist, mean', journalist.mean],
    ['marketer', marketer],
  ].map(([label, value]) => ({ label: String(label), value: Number(value), text: percent(Number(value)) }));
  return section(
    'Risk of being recognised',
    'The prosecutor knows that somebody is in the release, the journalist only that they are in the population; the ' +
      'marketer wants to recognise as many as possible. The line is 1/k.',
    barChart('Risk of being recognised', bars, { value: 1 / model.k, text: `1/k = ${percent(1 / model.k)}` }),
  );
}

/** Sizes from k to 2k, from 2k to 4k, and so on: most classes are small, a few are large. */
function classes({ classSizes, model: { k } }: PrivacyReport): string {
  const byDoubling = Map.groupBy(classSizes, ({ size }) => Math.floor(Math.log2(size / k)));
  const bars = [...byDoubling].map(([doubling, sizes]): Bar => {
    const [first, last] = [Math.ceil(k * 2 ** doubling), Math.ceil(k * 2 ** (doubling + 1)) - 1];
    const many = sizes.reduce((sum, each) => sum + each.classes, 0);
    return { label: first === last ? `${first} rows` : `${first} to ${last} rows`, value: many, text: String(many) };
  });
  return section(
    'Class sizes',
    `A class is all rows with the same quasi-identifiers. How many classes have so many rows; none may have fewer than ${k}.`,
    barChart('Number of classes by their size', bars),
  );
}

function loss({ loss: { ncp, ncpByColumn, queryError, averageClassSize }, sets }: PrivacyReport): string {
  const columns = [...Object.entries(ncpByColumn), ...sets.map((set): [string, number] => [set.name, set.ncp])];
  const bars = columns.map(([label, value]) => ({ label, value, text: percent(value) }));
  return section(
    'Loss of each attribute',
    `0 % is the value as it was, 100 % is "anything" (NCP). Overall ${percent(ncp)}; a class has ` +
      `${short(averageClassSize)} rows on average; counts of ranges are off by ${percent(queryError.median)} (median).`,
    barChart('Loss by attribute', bars, { value: 1, text: '100 %' }),
  );
}

function suppressed({ suppressed: { all, by, groups } }: PrivacyReport): string {
  const bars = groups.map(({ texts, people }) => ({
    label: texts.join(', '),
    value: 'count' in people ? people.count : 0,
    text: told(people),
  }));
  return section(
    'Who was left out',
    `People who could not be made anonymous are not in the release at all: ${told(all)}. Counts are perturbed and rounded ` +
      'to 5; fewer than 8 are not told.',
    by.length ? barChart(`Left out by ${by.join(' and ')}`, bars) : '',
    by.length ? table([[...by, 'people'], ...groups.map(({ texts, people }) => [...texts, told(people)])]) : '',
  );
}

const told = (answer: CountAnswer): string =>
  'count' in answer ? `about ${answer.count}` : `fewer than ${answer.fewerThan}`;
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const short = (number: number): string => String(Math.round(number * 1000) / 1000);
