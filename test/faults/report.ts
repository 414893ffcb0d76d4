import type { Injected, Round } from './rounds.ts';

const rounded = (milliseconds: number) => String(Math.round(milliseconds)).padStart(6);

/** One line for a fault that is over. */
export function lineOf({ fault, victim, gap, recovered }: Injected): string {
  const what = `${fault}${victim && ` (${victim})`}`;
  return `  ${what.padEnd(58)} longest gap ${rounded(gap.milliseconds)} ms (${gap.kind}), all well after ${rounded(recovered)} ms`;
}

/** What a seed came to: one line, and one for each thing that is wrong. */
export function verdictOf({ seed, acknowledged, failures, findings, seconds }: Round): string[] {
  const wrong = Object.entries(findings).filter(([, each]) => each.length > 0);
  const said = Object.entries(failures).map(([status, count]) => `${count} × ${status}`);
  const checks = Object.keys(findings).length;
  return [
    `seed ${seed}: ${acknowledged} operations acknowledged (${said.join(', ') || 'none failed'}), ` +
      `${checks - wrong.length} of ${checks} checks hold, ${seconds.toFixed(0)} s`,
    ...wrong.flatMap(([check, each]) => [
      `  ✖ not so: ${check} (${each.length})`,
      ...each.slice(0, 10).map((line) => `      ${line}`),
    ]),
  ];
}

/** Of each fault over all seeds: how often, and the longest gap as median and maximum. */
export function tableOf(all: readonly Injected[]): string[] {
  const byFault = [...Map.groupBy(all, ({ fault }) => fault)].sort(([one], [other]) => one.localeCompare(other));
  return [
    `${'fault'.padEnd(36)}  times  median ms  longest ms`,
    ...byFault.map(([fault, each]) => {
      const gaps = each.map(({ gap }) => gap.milliseconds).sort((a, b) => a - b);
      const [median, longest] = [gaps[Math.floor(gaps.length / 2)]!, gaps.at(-1)!];
      return `${fault.padEnd(36)}  ${String(each.length).padStart(5)}  ${rounded(median).padStart(9)}  ${rounded(longest).padStart(10)}`;
    }),
  ];
}

export const isWell = ({ findings }: Round): boolean => Object.values(findings).every((each) => each.length === 0);
