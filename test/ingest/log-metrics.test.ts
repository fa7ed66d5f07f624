import { describe, expect, test } from 'vitest';
import { withDefaults } from '../../src/base/options.ts';
import { newFields } from '../../src/core/event.ts';
import { registry } from '../../src/core/metrics.ts';
import { checkLogMetrics, countAll, LogMetrics, type Observations } from '../../src/ingest/log-metrics/log-metrics.ts';
import { type LogMetricOptions, logMetricsSchema } from '../../src/ingest/log-metrics/options.ts';

type Metric = Partial<LogMetricOptions> & Pick<LogMetricOptions, 'name' | 'type'>;
const options = (...metrics: Metric[]) =>
  withDefaults(logMetricsSchema, { metrics: metrics.map(metric => ({ labels: [], ...metric })) });

describe('mistakes that the schema does not see', () => {
  test.each<[mistake: string, metrics: Metric[], code: string, where: string]>([
    [
      'a name twice',
      [
        { name: 'a', type: 'counter' },
        { name: 'a', type: 'counter' },
      ],
      'LS_CONFIG_LOG_METRIC_NAME',
      '[1].name',
    ],
    ['a name of our own', [{ name: 'longshore_x', type: 'counter' }], 'LS_CONFIG_LOG_METRIC_NAME', '[0].name'],
    ['a gauge of nothing', [{ name: 'a', type: 'gauge' }], 'LS_CONFIG_LOG_METRIC_VALUE', '[0]'],
    [
      'falling buckets',
      [{ name: 'a', type: 'histogram', value: 'x', buckets: [1, 1] }],
      'LS_CONFIG_LOG_METRIC_BUCKETS',
      '[0].buckets',
    ],
    [
      'labels that collide',
      [{ name: 'a', type: 'counter', labels: ['x.y', 'x_y'] }],
      'LS_CONFIG_LOG_METRIC_LABELS',
      '[0].labels',
    ],
    ['a query that is none', [{ name: 'a', type: 'counter', filter: 'level:(' }], 'LS_QUERY_SYNTAX', '[0].filter'],
  ])('%s', (_, metrics, code, where) => {
    expect(() => checkLogMetrics(options(...metrics))).toThrow(
      expect.objectContaining({ code, where: `log_metrics.metrics${where}` }),
    );
  });
});

test('odd values of an event neither throw nor make a counter fall', async () => {
  const metrics = new LogMetrics(options({ name: 'odd_total', type: 'counter', value: 'n', labels: ['who.is'] }));
  const observed: Observations = [];
  const odd = [{}, [], null, '', 'NaN', '1e999', -1, true, '\ud800', 'x\u0000y', 2, '3', 10n ** 30n];
  for (const value of odd) {
    const event = Object.assign(newFields(), { service: value, level: value, n: value, who: { is: value } });
    metrics.observe(event, observed);
  }
  countAll(observed);
  const text = await registry.getSingleMetricAsString('odd_total');
  expect(text.split('\n').slice(2)).toEqual(['odd_total{who_is="2"} 2', 'odd_total{who_is="3"} 3']);
  expect(await registry.getSingleMetricAsString('longshore_log_events_total')).toContain('service="\ufffd"');
});
