import type { Source } from './sources.ts';

const longest = 400;

/** File lengths against the budget of CONTRIBUTING.md: a report, and the files that are over the hard limit. */
export function budget(files: readonly Source[]): { report: string; over: string[] } {
  const lengths = files.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
  const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const functions = files.flatMap(functionLengths).sort((a, b) => a - b);
  const short = functions.filter((lines) => lines <= 30).length / Math.max(1, functions.length);
  const report =
    `${files.length} files: median ${at(0.5)} lines (90), 90 % under ${at(0.9)} (250), longest ${at(1)} (${longest}); ` +
    `${functions.length} functions: median ${functions[Math.floor(functions.length / 2)] ?? 0} lines (10), ${(short * 100).toFixed(0)} % within 30 (90 %)`;
  const over = lengths.filter(({ lines }) => lines > longest).map(({ path, lines }) => `${path}: ${lines} lines`);
  return { report, over };
}

const opening =
  /^(\s*)(?:export )?(?:default )?(?:async )?(?:function\b.*|(?:get |static )?\*?[\w$]+\(.*\).*|const \w+ = .*=>.*)\{$/;
const control = /^\s*(?:if|for|while|switch|catch|else)\b/;

/** Lines of each multi-line function, by its indentation: the formatter makes that reliable. */
function functionLengths({ text }: Source): number[] {
  const lines = text.split('\n');
  return lines.flatMap((line, start) => {
    const indent = control.test(line) ? undefined : opening.exec(line)?.[1];
    if (indent === undefined) return [];
    const end = lines.findIndex((each, index) => index > start && each.startsWith(`${indent}}`));
    return end < 0 ? [] : [end - start + 1];
  });
}
