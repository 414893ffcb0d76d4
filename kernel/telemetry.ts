import { monitorEventLoopDelay } from 'node:perf_hooks';
import pino, { type Logger } from 'pino';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { spanIds } from './spans.ts';

/** Every metric there is, with its labels: names from nowhere else, and none that could carry patient data. */
const metrics = {
  healthchain_http_request_seconds: { help: 'Duration of HTTP requests', labels: ['method', 'route', 'status'] },
  healthchain_anchor_seconds: { help: 'From a public event to its committed anchor', labels: [] },
  healthchain_relay_lag: { help: 'Commits not on the bus yet', labels: ['service'] },
  healthchain_bus_lag: { help: 'Messages not handled yet', labels: ['group'] },
  healthchain_bus_parked: { help: 'Messages parked after repeated failures', labels: ['group'] },
  healthchain_anchor_lag: { help: 'Log entries not anchored yet', labels: [] },
  healthchain_log_size: { help: 'Log entries', labels: ['state'] },
  healthchain_ledger_lag: { help: 'Transactions of a service not on the ledger yet', labels: ['service'] },
  healthchain_ledger_differences: { help: 'Where the ledger is not what the events come to', labels: ['service'] },
  healthchain_decisions: { help: 'Consent decisions', labels: ['verdict'] },
  healthchain_event_loop_delay_seconds: { help: '99th percentile of the event loop delay', labels: [] },
  healthchain_memory_bytes: { help: 'Resident memory', labels: [] },
} as const;

export type MetricName = keyof typeof metrics;

/** One process's metrics. */
export interface Metrics {
  count(name: MetricName, labels?: Record<string, string>): void;
  observe(name: MetricName, value: number, labels?: Record<string, string>): void;
  /** `read` is asked at each scrape; where it throws, there is no value. */
  gauge(name: MetricName, labels: Record<string, string>, read: () => number | Promise<number>): void;
  /** Prometheus text exposition. */
  text(): Promise<string>;
}

const seconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30];

export function metricsRegistry(): Metrics {
  const registry = new Registry();
  const made = new Map<MetricName, Counter | Histogram>();
  const reads = new Map<MetricName, { labels: Record<string, string>; read: () => number | Promise<number> }[]>();
  const options = (name: MetricName) => {
    const { help, labels } = metrics[name];
    return { name, help, labelNames: [...labels] as string[], registers: [registry] };
  };
  function once<M extends Counter | Histogram>(name: MetricName, make: () => M): M {
    const found = (made.get(name) as M | undefined) ?? make();
    made.set(name, found);
    return found;
  }
  const own: Metrics = {
    count: (name, labels = {}) => once(name, () => new Counter(options(name))).inc(labels),
    observe: (name, value, labels = {}) =>
      once(name, () => new Histogram({ ...options(name), buckets: seconds })).observe(labels, value),
    gauge(name, labels, read) {
      const all = reads.get(name);
      if (all) return void all.push({ labels, read });
      const readers = [{ labels, read }];
      reads.set(name, readers);
      new Gauge({
        ...options(name),
        async collect() {
          for (const { labels, read } of readers) {
            try {
              this.set(labels, await read());
            } catch {
              this.remove(labels); // an engine that does not answer takes no other metric with it
            }
          }
        },
      });
    },
    text: () => registry.metrics(),
  };
  const delay = monitorEventLoopDelay();
  delay.enable();
  own.gauge('healthchain_event_loop_delay_seconds', {}, () => delay.percentile(99) / 1e9);
  own.gauge('healthchain_memory_bytes', {}, () => process.memoryUsage.rss());
  return own;
}

/** JSON lines on standard output, with the ids of the active span. Bodies, queries and tokens are never given to it. */
export function logger(level: string): Logger {
  const redact = ['req.headers.authorization', 'headers.authorization', 'token'];
  return pino({ level, base: null, redact, mixin: spanIds });
}
