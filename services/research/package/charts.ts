/** One bar of a chart. */
export interface Bar {
  label: string;
  value: number;
  /** What is written at the bar's end. */
  text: string;
}

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const [barHeight, gap, left, width, right] = [20, 6, 190, 420, 90];

/**
 * Horizontal bars as an SVG that needs no script.
 * @param title read out in place of the picture
 * @param mark a line across the bars, as a limit that they must not pass
 */
export function barChart(title: string, bars: readonly Bar[], mark?: { value: number; text: string }): string {
  const most = Math.max(mark?.value ?? 0, ...bars.map(({ value }) => value)) || 1;
  const height = bars.length * (barHeight + gap) + (mark ? 24 : 4);
  const x = (value: number) => rounded(left + (value / most) * width);
  const rows = bars.map(({ label, value, text }, index) => {
    const y = index * (barHeight + gap);
    const middle = y + barHeight / 2 + 4;
    return [
      `<text x="${left - 8}" y="${middle}" text-anchor="end">${escaped(shortened(label))}</text>`,
      `<rect x="${left}" y="${y}" width="${rounded(x(value) - left)}" height="${barHeight}"/>`,
      `<text x="${rounded(x(value) + 6)}" y="${middle}">${escaped(text)}</text>`,
    ].join('');
  });
  const line = mark
    ? `<line x1="${x(mark.value)}" x2="${x(mark.value)}" y1="0" y2="${height - 20}"/>` +
      `<text x="${x(mark.value)}" y="${height - 5}" text-anchor="middle" class="mark">${escaped(mark.text)}</text>`
    : '';
  const box = `0 0 ${left + width + right} ${height}`;
  return `<svg viewBox="${box}" role="img" aria-label="${escaped(title)}">${rows.join('')}${line}</svg>`;
}

/** What fits beside the bars. */
const shortened = (label: string): string => (label.length > 28 ? `${label.slice(0, 27)}…` : label);

/** A table whose first row is its head. */
export function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${line(head, 'th')}</thead><tbody>${rows.map((row) => line(row, 'td')).join('')}</tbody></table>`;
}

const rounded = (number: number): number => Math.round(number * 10) / 10;
