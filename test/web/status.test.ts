import { expect, test } from 'vitest';
import type { MetricValues } from '../../src/core/metrics.ts';
import { type StatusFacts, statusOf } from '../../src/web/status.ts';

const metric = (name: string, ...values: [number, Record<string, string>?, string?][]): MetricValues => ({
  name: `longshore_${name}`,
  help: `What ${name} is.`,
  type: name.endsWith('_total') ? 'counter' : 'gauge',
  values: values.map(([value, labels = {}, part]) => ({
    value,
    labels,
    ...(part === undefined ? {} : { metricName: `longshore_${name}_${part}` }),
  })),
});
const ledger = { received: 5, stored: 5, dead_lettered: 0, dropped: 0, in_flight: 0, unaccounted: 0 };
const FACTS: StatusFacts = {
  ...{ at: 2, started_at: 1, version: '1.0.0', ready: true, reasons: [], ledger },
  ...{ inputs: ['forward', 'http'], spoolMaxBytes: 1000, redisMaxBytes: undefined, store: 'embedded' },
};

test('the status is read from metrics', () => {
  const status = statusOf(
    [
      metric('intake_frames_total', [2, { input: 'forward' }], [3, { input: 'docker' }], [9, { input: 'canary' }]),
      metric('intake_records_total', [20, { input: 'forward' }]),
      metric('forward_connections_open', [4]),
      metric('forward_errors_total', [1, { reason: 'frame' }], [2, { reason: 'size' }]),
      metric(
        'spool_bytes',
        [10, { state: 'log' }],
        [20, { state: 'pending' }],
        [5, { state: 'unaccepted' }],
        [99, { state: 'tail' }],
      ),
      metric('spool_commit_duration_seconds', [0.1, {}, 'bucket'], [0.4, {}, 'sum'], [8, {}, 'count']),
      metric(
        'pipeline_failures_total',
        [1, { pipeline: 'a', processor: 'grok' }],
        [7, { pipeline: 'b', processor: 'date' }],
      ),
      metric('dead_letters_open', [3, { type: 'mapper' }], [0, { type: 'none' }]),
      metric('intake_dropped_total', [6]),
      metric('store_dropped_events_total', [1000, { reason: 'age' }]),
      metric('spool_write_errors_total', [0]),
      metric('parse_regexp_limit_total', [5, { reason: 'time' }]),
      metric('store_sealed_events_total', [40]),
      metric('store_unsealed_events', [2]),
    ],
    FACTS,
  );
  expect(status.inputs.map(({ name, frames }) => [name, frames])).toEqual([
    ['forward', 2],
    ['http', 0],
    ['docker', 3],
  ]);
  expect(status.inputs[0]).toMatchObject({ records: 20, connections: 4, errors: 3 });
  expect(status.spool).toMatchObject({
    log_bytes: 10,
    waiting_bytes: 25,
    max_bytes: 1000,
    commits: 8,
    commit_seconds: 0.4,
  });
  expect(status.intake.failures.map(({ pipeline }) => pipeline)).toEqual(['b', 'a']);
  expect(status.dead_letters).toEqual({ open: 3, by_type: { mapper: 3 } });
  expect(status.store).toMatchObject({ type: 'embedded', stored: 42 });
  // What retention and rules drop on purpose is no trouble.
  expect(status.counted.map(({ metric: name, labels, count }) => [name, labels, count])).toEqual([
    ['longshore_parse_regexp_limit_total', { reason: 'time' }, 5],
    ['longshore_forward_errors_total', { reason: 'size' }, 2],
    ['longshore_forward_errors_total', { reason: 'frame' }, 1],
  ]);
});

test('a part that a process has not is not told', () => {
  const status = statusOf([], { ...FACTS, inputs: [], spoolMaxBytes: undefined, redisMaxBytes: 10, store: undefined });
  expect(status).toMatchObject({
    inputs: [],
    spool: undefined,
    store: undefined,
    redis: { connected: true, bytes: 0 },
  });
});
