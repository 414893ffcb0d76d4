import { availableParallelism, cpus } from 'node:os';

/** One measured figure, as `npm run bench -- --json` prints it. */
export interface Figure {
  bench: string;
  figure: string;
  value: number;
  unit: string;
  goal?: number;
  /** Whether the goal is reached; a goal is a floor for rates and a ceiling for times, sizes and counts of failures. */
  met?: boolean;
  /** The same figure of the bare baseline, measured in the same run. */
  baseline?: number;
  ratio?: number;
  context: Record<string, string | number>;
}

export interface Measured {
  figure: string;
  value: number;
  unit: string;
  goal?: { atLeast: number } | { atMost: number };
  baseline?: number;
  context?: Record<string, string | number>;
}

/** A bench measures and reports; it starts and stops what it needs. */
export type Bench = (report: (measured: Measured) => void) => Promise<void>;

/** Completes a measured figure with its verdict, its ratio and the machine it was measured on. */
export function figureOf(bench: string, measured: Measured): Figure {
  const { figure, value, unit, goal, baseline, context } = measured;
  const bound = goal && ('atLeast' in goal ? goal.atLeast : goal.atMost);
  const met = goal && ('atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost);
  return {
    bench,
    figure,
    value: round(value),
    unit,
    ...(goal && { goal: bound!, met: met! }),
    ...(baseline !== undefined && { baseline: round(baseline), ratio: round(value / baseline) }),
    context: { ...context, cores: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown' },
  };
}

/** One figure as a line for people. */
export function lineOf({ bench, figure, value, unit, goal, met, baseline, ratio }: Figure): string {
  const against = goal === undefined ? '' : `  goal ${goal} ${met ? 'met' : 'MISSED'}`;
  const compared = ratio === undefined ? '' : `  ${ratio} of the bare ${baseline}`;
  return `${bench.padEnd(9)} ${figure.padEnd(44)} ${String(value).padStart(10)} ${unit.padEnd(12)}${against}${compared}`;
}

/** The p-th percentile (0–100) of the samples, nearest rank. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

const round = (value: number) => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
