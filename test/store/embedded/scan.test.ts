import { afterAll, describe, expect, test } from 'vitest';
import type { QueryNode, ScannedPage, StoredEvent } from '../../../src/core/contracts.ts';
import { fieldAt } from '../../../src/core/event.ts';
import { allPages, scannedPages } from '../../../src/store/pages.ts';
import { scannedEvents } from '../../../src/store/scanned.ts';
import { DAY, NEVER_SEAL, Place, type TestEvent, untilSealed } from './helpers.ts';

const place = new Place();
afterAll(() => place.close());

const FIELDS = ['level', 'response_time', 'labels.app', 'verb', 'url.path', 'a.b', 'service.name'];

const events = (from: number, count: number): TestEvent[] =>
  Array.from({ length: count }, (_, i) => {
    const n = from + i;
    return {
      id: `e${n}`,
      time: DAY + n * 10,
      seq: 1_795_000_000_000_000 + n,
      declared: {
        level: n % 3 === 0 ? 'ERROR' : 'INFO',
        ...(n % 2 === 0 ? { service: 'shop', response_time: n / 4 } : {}),
        message: `line ${n} "ünïcode" 로그`,
        labels: { app: `app-${n % 4}` },
      },
      fields: `{"verb":"GET","url":{"path":"/${n}"},"a.b":${n},"big":12345678901234567890}`,
    };
  });

describe('a scan', () => {
  const query: QueryNode = { type: 'match', field: 'level', value: 'ERROR' };
  const asked = { query, from: DAY + 50, to: DAY + 8000, size: 40, timeoutMs: 5000 };

  test('finds what the pages have, with the fields that were asked for, from segments, chunks and the tail', async () => {
    const store = await place.store();
    await store.accept(place.chunk(events(0, 400)));
    await untilSealed(store);
    await store.stop(AbortSignal.timeout(5000));
    const again = await place.store(NEVER_SEAL);
    await again.accept(place.chunk(events(400, 200)));
    const inTail: StoredEvent[] = [...Array(30)].map((_, i) => ({
      _id: `t${i}`,
      _index: 'docker-logs-2026.11.20',
      seq: i,
      '@timestamp': new Date(DAY + 7000 + i).toISOString(),
      level: 'ERROR',
      verb: 'PUT',
    }));
    const tail = { chunks: [], events: inTail, isComplete: true };
    const wanted: StoredEvent[] = [];
    for await (const page of allPages(again, tail, asked)) wanted.push(...page);
    expect(wanted.length).toBeGreaterThan(200);

    const forms = new Set<string>();
    const found: { id: string; values: unknown[] }[] = [];
    for await (const page of scannedPages(again, tail, { ...asked, fields: FIELDS })) {
      forms.add('text' in page ? 'text' : 'events');
      for (const { id, event } of eventsOf(page)) found.push({ id, values: FIELDS.map(name => fieldAt(event, name)) });
    }
    expect(found).toEqual(wanted.map(event => ({ id: event._id, values: FIELDS.map(name => fieldAt(event, name)) })));
    expect([...forms].sort()).toEqual(['events', 'text']);
  });

  test('a page that is too large is asked for in smaller ones', async () => {
    const store = await place.store({ ...NEVER_SEAL, max_result_bytes: 100_000 });
    const long = events(10_000, 300).map(event => ({
      ...event,
      declared: { ...event.declared, level: 'ERROR', message: 'x'.repeat(2000) },
    }));
    await store.accept(place.chunk(long));
    let found = 0;
    const whole = { ...asked, from: DAY + 100_000, to: DAY + 103_000, size: 1000, fields: ['message'] };
    for await (const page of scannedPages(store, { chunks: [], events: [], isComplete: true }, whole))
      found += eventsOf(page).length;
    expect(found).toBe(300);
  });
});

const eventsOf = (page: StoredEvent[] | ScannedPage) =>
  'text' in page ? [...scannedEvents(page)] : page.map(event => ({ id: event._id, event }));
