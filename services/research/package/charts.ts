/** One bar of a chart. */
export interface Bar {
  label: string;
  value: number;
  /** What is written at the bar's end. */
  text: string;
}

/** Horizontal bars, one below the other. */
export interface Chart {
  /** Read out in place of the picture, before the bars. */
  title: string;
  bars: readonly Bar[];
  /** The value of a bar that is as long as it may be; shown behind each bar. Absent: the longest bar's. */
  full?: number;
  /** A line across the bars: a limit that they must not pass. */
  limit?: { value: number; text: string };
}

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const [barHeight, gap, left, width, right] = [22, 8, 190, 380, 130];

/** The chart as an SVG that needs no script. */
export function barChart({ title, bars, full, limit }: Chart): string {
  const most = full ?? (Math.max(limit?.value ?? 0, ...bars.map(({ value }) => value)) || 1);
  const height = bars.length * (barHeight + gap) + (limit ? 20 : 0);
  const length = (value: number) => rounded((value / most) * width);
  const rows = bars.map(({ label, value, text }, index) => {
    const y = index * (barHeight + gap);
    const middle = y + barHeight / 2 + 4.5;
    const rect = (className: string, long: number) =>
      `<rect class="${className}" x="${left}" y="${y}" width="${long}" height="${barHeight}"/>`;
    return [
      `<text x="${left - 10}" y="${middle}" text-anchor="end">${escaped(shortened(label))}</text>`,
      full === undefined ? '' : rect('track', width),
      rect('bar', length(value)),
      `<text x="${rounded(left + (full === undefined ? length(value) : width) + 8)}" y="${middle}">${escaped(text)}</text>`,
    ].join('');
  });
  const box = `0 0 ${left + width + right} ${height}`;
  const said = `${title}: ${[...bars.map(({ label, text }) => `${label}, ${text}`), ...(limit ? [limit.text] : [])].join('; ')}.`;
  const line = limit ? limitLine(left + length(limit.value), height, limit.text) : '';
  return `<svg viewBox="${box}" role="img" aria-label="${escaped(said)}">${rows.join('')}${line}</svg>`;
}

const limitLine = (x: number, height: number, text: string): string =>
  `<line x1="${x}" x2="${x}" y1="0" y2="${height - 18}"/>` +
  `<text x="${x}" y="${height - 4}" text-anchor="middle" class="limit">${escaped(text)}</text>`;

/** What fits beside the bars. */
const shortened = (label: string): string => (label.length > 28 ? `${label.slice(0, 27)}…` : label);

const rounded = (number: number): number => Math.round(number * 10) / 10;

/** A cell that is worth a look stands out. */
export type Cell = string | { text: string; mark: 'met' | 'missed' | 'some' | 'code' };

/** @param caption read out before the table */
export function table(caption: string, head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const heads = head.map((text) => `<th scope="col">${escaped(text)}</th>`).join('');
  const body = rows.map(([first = '', ...cells]) => `<tr>${rowHead(first)}${cells.map(cell).join('')}</tr>`);
  return `<table><caption>${escaped(caption)}</caption><thead><tr>${heads}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}

const textOf = (content: Cell): string => escaped(typeof content === 'string' ? content : content.text);
const rowHead = (content: Cell): string => `<th scope="row">${textOf(content)}</th>`;
const cell = (content: Cell): string =>
  typeof content === 'string' ? `<td>${textOf(content)}</td>` : `<td class="${content.mark}">${textOf(content)}</td>`;
