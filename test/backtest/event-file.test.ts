import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { TimedEvent } from '../../src/backtest/driven-engine.ts';
import { EventFile } from '../../src/backtest/event-file.ts';

async function read(text: string, options: Partial<Parameters<EventFile['read']>[0]> = {}) {
  const file = new EventFile('-', Readable.from([text]));
  const events: TimedEvent[] = [];
  for await (const page of file.read({ isWanted: () => true, ...options })) events.push(...page);
  return { file, events };
}

const lines = (...values: unknown[]): string => values.map(value => JSON.stringify(value)).join('\n');

describe('a file of events', () => {
  test('is put in the order of its times, whatever form they have', async () => {
    const { events, file } = await read(
      lines(
        { '@timestamp': '2026-11-20T12:00:02Z', _id: 'b', _index: 'x', seq: 3, message: 'two' },
        { _id: 'c', _source: { '@timestamp': 1795176003000, message: 'three' } },
        { timestamp: '2026-11-20 12:00:01', message: 'one' },
      ),
    );
    expect(events.map(({ id, event }) => [id, event['@timestamp'], event['message']])).toEqual([
      ['line-3', '2026-11-20T12:00:01.000Z', 'one'],
      ['b', '2026-11-20T12:00:02.000Z', 'two'],
      ['c', '2026-11-20T12:00:03.000Z', 'three'],
    ]);
    expect(events[1]!.event).not.toHaveProperty('seq');
    expect(file).toMatchObject({ events: 3, hints: [], first: events[0]!.time, last: events[2]!.time });
  });

  test('what is no event is left out and told', async () => {
    const { events, file } = await read(
      `nonsense\n\n[1]\n${lines({ a: 1 }, { '@timestamp': 'soon' }, { '@timestamp': '1969-12-31T23:59:59Z' }, { '@timestamp': '9999-12-31T23:59:59-05:00' }, { time: '2026-11-20' })}\n`,
    );
    expect(events).toHaveLength(1);
    expect(file.hints).toEqual(['6 lines of standard input are no event and were left out: line 1 is no JSON']);
  });

  test('hostile names are fields like others', async () => {
    const { events } = await read('{"@timestamp":"2026-11-20T12:00:00Z","__proto__":{"x":1},"constructor":"c"}');
    expect(Object.keys(events[0]!.event)).toEqual(['@timestamp', '__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test('only what is wanted, and what lies in the time', async () => {
    const text = lines(...[1, 2, 3, 4, 5].map(n => ({ '@timestamp': `2026-11-20T12:00:0${n}Z`, n })));
    const at = (n: number) => Date.UTC(2026, 10, 20, 12, 0, n);
    const { events, file } = await read(text, { isWanted: event => event['n'] !== 3, from: at(2), to: at(4) });
    expect(events.map(({ event }) => event['n'])).toEqual([2, 4]);
    expect(file.events).toBe(5);
  });

  test('of a long one only a part is in memory, and what comes too late is told', async () => {
    const count = 250_000;
    const text = function* () {
      for (let i = 0; i < count; i++) yield `{"@timestamp":${1_795_000_000_000 + i * 10},"i":${i}}\n`;
      yield `{"@timestamp":1795000000001,"i":-1}\n`;
    };
    const file = new EventFile('-', Readable.from(text()));
    let last = 0;
    let events = 0;
    for await (const page of file.read({ isWanted: () => true })) {
      events += page.length;
      last = Math.max(last, page.at(-1)!.time);
    }
    expect(events).toBe(count + 1);
    expect(file.hints).toEqual([expect.stringContaining('1 events of standard input stand more than 100000 events')]);
  });

  test('one without an event, or that is not there, is a mistake', async () => {
    await expect(read('x\n')).rejects.toThrow('standard input holds no event: line 1 is no JSON.');
    const missing = new EventFile('/nowhere/events.ndjson', Readable.from([]));
    await expect(missing.read({ isWanted: () => true }).next()).rejects.toThrow('LS_BACKTEST_EVENTS');
  });
});
