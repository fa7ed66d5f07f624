import { expect } from 'vitest';
import { dayOf } from '../../../src/base/time/iso.ts';
import type { StatsParams } from '../../../src/core/api/search.ts';
import type { Store, StoredEvent } from '../../../src/core/contracts.ts';
import type { StatsRequest } from '../../../src/core/stats.ts';
import { statsOf } from '../../../src/store/stats/in-memory.ts';
import { seeded } from '../../support/chance.ts';
import { NOW, statisticsOf } from './suite.ts';

type Random = () => number;
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

const DAY = 86_400_000;
const DAYS = 3;

/** Of three days. `code` is a number on some days and a text on others, as it happens when a pipeline changes. */
export const RANDOM_EVENTS: readonly StoredEvent[] = (() => {
  const random = seeded(20261130);
  return Array.from({ length: 240 }, (_, i) => {
    const day = i % DAYS;
    const time = Date.parse('2026-03-28T00:00:00Z') + day * DAY + Math.floor(random() * DAY * 0.2);
    const maybe = (fields: object) => (random() < 0.8 ? fields : {});
    const code = pick(random, [200, 404, 500, 1.5, -1]);
    return {
      ...{
        _id: `r${i}`,
        _index: `docker-logs-${dayOf(time)}`,
        seq: 1000 + i,
        '@timestamp': new Date(time).toISOString(),
      },
      ...maybe({ service: pick(random, ['api', 'web', 'Db', 'ünï', '']) }),
      ...maybe({ level: pick(random, ['ERROR', 'INFO', 'WARN']) }),
      ...maybe({ response_time: Math.floor(random() * 1000) / 8 }),
      ...maybe({ bytes: Math.floor(random() * 200) - 50 }),
      ...maybe({ verb: pick(random, ['GET', 'POST', '__proto__', 'constructor']) }),
      ...maybe({ code: day === 1 ? String(code) : code }),
    } as StoredEvent;
  });
})();

function randomAsk(random: Random): StatsParams {
  const metrics = [
    'count',
    'rate',
    'avg(bytes)',
    'sum(response_time)',
    'min(bytes)',
    'max(response_time)',
    'count(verb)',
    'uniq(verb)',
    'p0(bytes)',
    'p100(bytes)',
  ];
  const chosen = [...new Set(Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(random, metrics)))];
  const by = [
    ...new Set(
      Array.from({ length: Math.floor(random() * 3) }, () => pick(random, ['service', 'verb', 'level', 'code'])),
    ),
  ];
  return {
    metrics: chosen.join(','),
    by: by.join(','),
    query: pick(random, ['', '', 'level:ERROR', 'bytes:>20', 'not verb:GET', 'service:api or service:web']),
    sort: pick(random, chosen),
    order: pick(random, ['asc', 'desc']),
    limit: pick(random, [1, 3, 50]),
    ...(random() < 0.5
      ? {}
      : {
          interval: pick(random, ['1d', '3h', '45m', '1w', 'auto']),
          timezone: pick(random, ['UTC', 'Europe/Berlin', 'Asia/Kathmandu']),
        }),
  };
}

/** Random questions about `RANDOM_EVENTS`, which the store has, are answered as in memory. */
export async function compareRandom(store: Store, seed: number, count: number): Promise<void> {
  const random = seeded(seed);
  const memory = {
    form: 'embedded',
    days: () => store.days(),
    fieldNames: async () => [],
    statistics: async (request: StatsRequest) => statsOf(request.beside, request),
  };
  const here = statisticsOf(store, []);
  const there = statisticsOf(memory as unknown as Store, RANDOM_EVENTS);
  for (let i = 0; i < count; i++) {
    const ask = randomAsk(random);
    const [found, expected] = [await here.stats(ask, NOW), await there.stats(ask, NOW)];
    expect({ ask, events: found.events, rows: shown(found.rows) }).toEqual({
      ask,
      events: expected.events,
      rows: shown(expected.rows),
    });
  }
}

/** Sums depend on the order in their last digits. */
const shown = (rows: readonly object[]): string[] =>
  rows.map(row =>
    JSON.stringify(row, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(9)) : value)),
  );
