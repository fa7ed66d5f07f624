import { expect, test } from 'vitest';
import type { StatsAnswer, StatsParams } from '../../src/core/api/search.ts';
import { containersOf } from '../../src/store/containers.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const at = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();
const row = (minutes: number, by: Record<string, string>, count: number, last?: number) => ({
  at: at(minutes),
  by,
  values: { count, 'max(@timestamp)': last === undefined ? null : NOW - last * 60_000 },
});

const ROWS: Record<string, StatsAnswer['rows']> = {
  'container_name ': [
    row(10, { container_name: 'a"b' }, 2, 9),
    row(5, { container_name: 'a"b' }, 3, 2),
    row(0, { container_name: 'a"b' }, 0),
  ],
  'container_name level:>=ERROR': [row(5, { container_name: 'a"b' }, 1)],
  'service NOT container_name:*': [row(0, { service: 'cron' }, 9, 0)],
  'service level:>=ERROR AND NOT container_name:*': [],
  'container_name,event.action event.action:(die OR start)': [
    { by: { container_name: 'a"b', 'event.action': 'die' }, values: { count: 3 } },
    { by: { container_name: 'a"b', 'event.action': 'start' }, values: { count: 2 } },
    { by: { container_name: 'gone', 'event.action': 'die' }, values: { count: 1 } },
  ],
};

test('what containers wrote is put together from statistics: counts over time, errors, when they were seen last, restarts', async () => {
  const asked: StatsParams[] = [];
  const stats = async (params: StatsParams): Promise<StatsAnswer> => {
    asked.push(params);
    const rows = ROWS[`${params.by} ${params.query}`]!;
    return { ...{ from: '', to: '', by: [], metrics: ['count'], events: 0, took_ms: 0 }, rows };
  };
  const answer = await containersOf(stats, {}, NOW);
  expect(answer).toMatchObject({
    ...{ from: at(60), to: at(0), interval_ms: 300_000, times: [at(10), at(5), at(0)], more: false },
    containers: [
      {
        name: 'cron',
        by: 'service',
        query: 'service:"cron" AND NOT container_name:*',
        events: 9,
        errors: 0,
        counts: [0, 0, 9],
        last_seen: at(0),
      },
      {
        ...{ name: 'a"b', by: 'container_name', query: 'container_name:"a\\"b"', events: 5, errors: 1 },
        ...{ counts: [2, 3, 0], error_counts: [0, 1, 0], last_seen: at(2), ended: 3, restarts: 2 },
      },
    ],
  });
  expect(answer.containers[0]).not.toHaveProperty('restarts');
  // So many rows are what statistics answer at most.
  for (const { interval, limit } of asked)
    if (interval !== undefined)
      expect(
        (Number.parseInt(interval, 10) > 0 ? 3_600_000 / Number.parseInt(interval, 10) + 1 : 0) * Number(limit),
      ).toBeLessThanOrEqual(10_000);
});
