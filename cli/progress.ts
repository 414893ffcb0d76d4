import { Presets, SingleBar } from 'cli-progress';

/** Tells on a terminal how far a long command is. */
export interface Progress {
  advance(steps: number, figures?: Record<string, number>): void;
  stop(): void;
}

/**
 * A bar on the terminal's standard error; nothing where that is no terminal, or `quiet`.
 * @param format as of cli-progress; `figures` that advance names can be shown too, and start at 0
 */
export function progressBar(
  total: number,
  format: string,
  quiet: boolean,
  figures: Record<string, number> = {},
): Progress {
  if (quiet || !process.stderr.isTTY) return { advance() {}, stop() {} };
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
  bar.start(total, 0, figures);
  return { advance: (steps, now) => bar.increment(steps, now), stop: () => bar.stop() };
}
