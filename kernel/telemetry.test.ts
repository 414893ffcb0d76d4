import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsRegistry } from './telemetry.ts';

test('counters, histograms and gauges come out as Prometheus reads them', async () => {
  const metrics = metricsRegistry();
  metrics.count('healthchain_decisions', { verdict: 'permit' });
  metrics.count('healthchain_decisions', { verdict: 'permit' });
  metrics.observe('healthchain_anchor_seconds', 0.3);
  metrics.gauge('healthchain_relay_lag', { service: 'records' }, () => 4);
  metrics.gauge('healthchain_relay_lag', { service: 'consent' }, async () => 5);
  const text = await metrics.text();
  for (const line of [
    'healthchain_decisions{verdict="permit"} 2',
    'healthchain_anchor_seconds_bucket{le="0.3"} 1',
    'healthchain_anchor_seconds_bucket{le="0.2"} 0',
    'healthchain_relay_lag{service="records"} 4',
    'healthchain_relay_lag{service="consent"} 5',
  ])
    assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
});

test('a gauge is asked at each scrape', async () => {
  const metrics = metricsRegistry();
  let lag = 1;
  metrics.gauge('healthchain_anchor_lag', {}, () => lag);
  assert.match(await metrics.text(), /healthchain_anchor_lag 1/);
  lag = 2;
  assert.match(await metrics.text(), /healthchain_anchor_lag 2/);
});

test('a gauge that cannot be read is left out, and all others stay', async () => {
  const metrics = metricsRegistry();
  let broken = false;
  metrics.gauge('healthchain_bus_lag', { group: 'audit' }, async () => {
    if (broken) throw new Error('the bus is away');
    return 7;
  });
  metrics.gauge('healthchain_anchor_lag', {}, () => 3);
  assert.match(await metrics.text(), /healthchain_bus_lag\{group="audit"\} 7/);
  broken = true;
  const text = await metrics.text();
  assert.doesNotMatch(text, /healthchain_bus_lag\{/);
  assert.match(text, /healthchain_anchor_lag 3/);
});

test('a label that is not on the list is refused', () => {
  const metrics = metricsRegistry();
  assert.throws(() => metrics.count('healthchain_decisions', { patient: 'p1' }), /label/);
});

test('registries of one process do not mix', async () => {
  const [one, two] = [metricsRegistry(), metricsRegistry()];
  one.count('healthchain_decisions', { verdict: 'deny' });
  assert.doesNotMatch(await two.text(), /deny/);
});
