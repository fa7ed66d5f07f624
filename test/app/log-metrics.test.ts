import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';

const CONFIG = `
log_metrics:
  max_series: 4
  metrics:
    - { name: http_requests_total, type: counter, help: Requests, filter: 'request_path:*', labels: [service, status_code] }
    - { name: http_bytes_total, type: counter, filter: 'request_path:*', value: bytes }
    - { name: queue_length, type: gauge, value: queue.length, labels: [queue.name] }
    - { name: job_seconds, type: histogram, value: took, buckets: [0.1, 1] }
`;

const folder = mkdtempSync(join(tmpdir(), 'longshore-log-metrics-'));
const running = new Set<Longshore>();
afterAll(async () => {
  for (const one of running) await one.remove();
  rmSync(folder, { recursive: true });
});

async function start(set: Record<string, string> = {}): Promise<Longshore> {
  const config = join(folder, 'longshore.yaml');
  writeFileSync(config, CONFIG);
  const longshore = await Longshore.start({ rules: {}, args: ['--config', config], set });
  running.add(longshore);
  return longshore;
}

const EVENTS = [
  { service: 'shop', level: 'INFO', request_path: '/', status_code: 200, bytes: 100 },
  { service: 'shop', level: 'INFO', request_path: '/', status_code: 200, bytes: '50' },
  { service: 'shop', level: 'ERROR', request_path: '/pay', status_code: 500, bytes: -7 },
  { service: 'jobs', level: 'INFO', queue: { name: 'mail"\n', length: 5 }, took: 0.5 },
  { service: 'jobs', level: 'INFO', queue: { name: 'mail"\n', length: 3 }, took: 'soon' },
];

test.each([1, 2])(
  'events become counters, gauges and histograms, with %i worker(s), once however often they are sent',
  async workers => {
    const longshore = await start({ workers: String(workers) });
    for (let n = 0; n < 2; n++) {
      const sender = await ForwardSender.connect(longshore.ready.forward);
      sender.forward(
        'app',
        EVENTS.map(event => ({ ...event })),
        'the-same-frame',
      );
      await sender.acknowledged(1);
      sender.close();
    }
    const shown = async () => (await (await fetch(`${longshore.url}/metrics`)).text()).split('\n');
    await vi.waitFor(async () => expect(await shown()).toContain('http_bytes_total 150'), { timeout: 5000 });
    expect(await shown()).toEqual(
      expect.arrayContaining([
        'longshore_log_events_total{service="shop",level="INFO"} 2',
        'longshore_log_events_total{service="shop",level="ERROR"} 1',
        'longshore_log_events_total{service="jobs",level="INFO"} 2',
        '# HELP http_requests_total Requests',
        '# TYPE http_requests_total counter',
        'http_requests_total{service="shop",status_code="200"} 2',
        'http_requests_total{service="shop",status_code="500"} 1',
        'queue_length{queue_name="mail\\"\\n"} 3',
        'job_seconds_bucket{le="0.1"} 0',
        'job_seconds_bucket{le="1"} 1',
        'job_seconds_count 1',
      ]),
    );
  },
);

test('values beyond the limit are counted as other', async () => {
  const longshore = await start();
  const events = Array.from({ length: 10 }, (_, n) => ({ service: `service-${n}`, level: 'INFO', message: 'x' }));
  const body = JSON.stringify([...events, ...events]);
  const headers = { 'content-type': 'application/json' };
  expect((await fetch(`${longshore.url}/api/logs?tag=t`, { method: 'POST', headers, body })).status).toBe(200);
  const lines = (await (await fetch(`${longshore.url}/metrics`)).text()).split('\n');
  expect(lines.filter(line => line.startsWith('longshore_log_events_total{')).toSorted()).toEqual([
    'longshore_log_events_total{service="other",level="other"} 12',
    ...[0, 1, 2, 3].map(n => `longshore_log_events_total{service="service-${n}",level="INFO"} 2`),
  ]);
  expect(lines).toContain('longshore_log_metrics_limited_total{metric="longshore_log_events_total"} 12');
});
