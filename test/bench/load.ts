import autocannon, { type Options, type Result } from 'autocannon';

export interface Load {
  /** Answers a second, averaged over the run. */
  rate: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Answers that were not 2xx, plus errors and time-outs. */
  failures: number;
  total: number;
}

/** Puts load on a loopback URL for `duration` seconds after a warm-up of two. The generator runs in this process. */
export async function load(options: Options & { url: string }): Promise<Load> {
  const { hostname } = new URL(options.url);
  if (hostname !== '127.0.0.1') throw new Error(`load goes to 127.0.0.1 only, not to ${hostname}`);
  await autocannon({ ...options, duration: 2 });
  return summary(await autocannon({ duration: 8, ...options }));
}

function summary({ requests, latency, non2xx, errors, timeouts }: Result): Load {
  const failures = non2xx + errors + timeouts;
  return { rate: requests.average, p50: latency.p50, p99: latency.p99, failures, total: requests.total };
}
