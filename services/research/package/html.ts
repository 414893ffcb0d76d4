import type { CountAnswer } from '../counts/answer.ts';
import { besideEarlier } from './beside.ts';
import { type Bar, barChart, type Cell, escaped, table } from './charts.ts';
import type { PrivacyReport } from './report.ts';
import { rulesOf } from './rules.ts';
import { style } from './style.ts';

/** The privacy report as a page of its own: no script, nothing loaded. */
export function htmlOf(title: string, report: PrivacyReport): Uint8Array {
  const sections = [rules, beside, risks, classes, loss, suppressed, words].map((section) => section(report));
  return Buffer.from(
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8">` +
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">` +
      `<meta name="viewport" content="width=device-width"><title>Privacy report: ${escaped(title)}</title>` +
      `<style>${style}</style></head><body><main><h1>Privacy report</h1><p class="study">${escaped(title)}</p>` +
      `${summary(report)}${sections.join('\n')}</main></body></html>\n`,
  );
}

const section = (title: string, what: string, ...content: string[]) =>
  `<section><h2>${title}</h2><p>${what}</p>${content.join('')}</section>`;

/** What a reader who reads no further should know. */
function summary(report: PrivacyReport): string {
  const missed = rulesOf(report).filter(({ met }) => !met).length;
  const verdict = missed
    ? `<p class="verdict no">${missed} of the rules ${missed === 1 ? 'is' : 'are'} not met: do not use these rows.</p>`
    : '<p class="verdict">Every rule that was asked for is met by the released rows.</p>';
  const figures = [
    ['people, one row each', String(report.rows)],
    [`look alike at least (asked: ${report.model.k})`, String(report.reached.k)],
    ['highest risk of being recognised', percent(report.risk.prosecutor.highest)],
    ['of the detail is lost', percent(report.loss.ncp)],
  ].map(([what, figure]) => `<div><dt>${what}</dt><dd>${figure}</dd></div>`);
  return `${verdict}<dl class="figures">${figures.join('')}</dl>`;
}

function rules(report: PrivacyReport): string {
  const rows = rulesOf(report).map(({ what, bound, asked, reached, met }): Cell[] => [
    what,
    `${bound} ${short(asked)}`,
    short(reached),
    met ? { text: 'met', mark: 'met' } : { text: 'not met', mark: 'missed' },
  ]);
  return section(
    'What was asked, and what the released rows reach',
    'Measured on the released rows, not taken from the settings.',
    table('The rules of the privacy model', ['Rule', 'Asked', 'Reached', 'Verdict'], rows),
  );
}

function beside({ registry }: PrivacyReport): string {
  if (!registry) return '';
  const what =
    'A good table leaks when the next one comes. The registry keeps all releases and lets nothing out by which laying ' +
    'them together, or subtracting one from the other, would tell of fewer than k people.';
  return section('Beside earlier releases', what, besideEarlier(registry));
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
  const limit = { value: 1 / model.k, text: `limit 1/k = ${percent(1 / model.k)}` };
  return section(
    'Risk of being recognised',
    'The chance that an attacker ties a row to the right person. The prosecutor knows that somebody is in the release, ' +
      'the journalist only that they are in the population; the marketer wants to recognise as many as possible.',
    barChart({ title: 'Risk of being recognised', bars, limit }),
  );
}

function classes({ classSizes, loss: { averageClassSize }, model: { k } }: PrivacyReport): string {
  const bars = sizeGroups(classSizes, k).map(({ first, last, sizes }): Bar => {
    const many = sizes.reduce((sum, each) => sum + each.classes, 0);
    const people = sizes.reduce((sum, each) => sum + each.classes * each.size, 0);
    return {
      label: first === last ? `${first} rows` : `${first} to ${last} rows`,
      value: many,
      text: `${many} (${people} rows)`,
    };
  });
  return section(
    'Class sizes',
    'A class is all rows that look alike: the same quasi-identifiers. How many classes there are of each size; none may ' +
      `have fewer than ${k} rows, and a class has ${averageClassSize.toFixed(1)} on average.`,
    barChart({ title: 'Number of classes by their size', bars }),
  );
}

type Sizes = PrivacyReport['classSizes'];
const mostSizes = 12;

/** Each size by itself; where they are many, sizes from k to 2k, from 2k to 4k, and so on. */
function sizeGroups(classSizes: Sizes, k: number): { first: number; last: number; sizes: Sizes }[] {
  if (classSizes.length <= mostSizes)
    return classSizes.map((each) => ({ first: each.size, last: each.size, sizes: [each] }));
  const byDoubling = Map.groupBy(classSizes, ({ size }) => Math.floor(Math.log2(size / k)));
  return Array.from(byDoubling, ([doubling, sizes]) => ({
    first: Math.ceil(k * 2 ** doubling),
    last: Math.ceil(k * 2 ** (doubling + 1)) - 1,
    sizes,
  }));
}

function loss({ loss: { ncp, ncpByColumn, queryError }, sets }: PrivacyReport): string {
  const columns = [...Object.entries(ncpByColumn), ...sets.map((set): [string, number] => [set.name, set.ncp])];
  const bars = columns.map(([label, value]) => ({ label, value, text: percent(value) }));
  return section(
    'What each attribute lost',
    'An empty bar is the value as it was in the record, a full one is “could be anything” (NCP). Overall ' +
      `${percent(ncp)}; counts over ranges of values are off by ${percent(queryError.median)} (median).`,
    barChart({ title: 'Loss by attribute', bars, full: 1 }),
  );
}

function suppressed({ suppressed: { all, by, groups } }: PrivacyReport): string {
  const what =
    `People who could not be made anonymous are not in the release at all: <strong>${told(all)}</strong>. Counts of ` +
    'people are perturbed and rounded to 5; small ones, and none, are not told.';
  if (!by.length) return section('Who was left out', what);
  const columns = [...new Set(groups.map(({ texts }) => texts.at(-1)!))];
  const byRow = Map.groupBy(groups, ({ texts }) => texts.slice(0, -1).join(', '));
  const rows = [...byRow].map(([row, cells]): Cell[] => [row, ...cells.map(({ people }) => countCell(people))]);
  const heads = [by.slice(0, -1).join(', '), ...columns];
  return section('Who was left out', what, table(`People left out, by ${by.join(' and ')}`, heads, rows));
}

const countCell = (people: CountAnswer): Cell =>
  'count' in people ? { text: `about ${people.count}`, mark: 'some' } : `< ${people.fewerThan}`;

function words({ model, sets }: PrivacyReport): string {
  const { diversity, closeness } = model.sensitive ?? {};
  const entries = [
    ['Quasi-identifiers', `what others may know of a person: ${model.quasiIdentifiers.join(', ')}.`],
    ['k', 'how many people at least have the same quasi-identifiers, so that nobody stands out.'],
    ...(diversity
      ? [['l', `how many different values of ${model.sensitive!.column} are in each class at least.`]]
      : []),
    ...(closeness ? [['t', 'how far the values in a class may differ from those in the whole release, 0 to 1.']] : []),
    ...(sets.length ? [['k^m', 'how many people share any m of the values that are published as a set.']] : []),
    ['NCP', 'normalised certainty penalty: the share of all possible values that a published value may stand for.'],
  ].map(([word, meaning]) => `<dt>${escaped(word!)}</dt><dd>${escaped(meaning!)}</dd>`);
  return `<section><h2>Words</h2><dl class="words">${entries.join('')}</dl></section>`;
}

const told = (answer: CountAnswer): string =>
  'count' in answer ? `about ${answer.count}` : `fewer than ${answer.fewerThan}`;
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const short = (number: number): string => String(Math.round(number * 1000) / 1000);
