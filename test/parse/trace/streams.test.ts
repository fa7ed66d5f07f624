import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Bench } from './bench.ts';

interface StreamCase {
  name: string;
  senders?: string[];
  records: object[];
  events: object[];
}
const cases: StreamCase[] = parse(readFileSync(new URL('./streams.yaml', import.meta.url), 'utf8'));

describe('which records become one event', () => {
  test.for(cases)('$name', ({ senders, records, events }) => {
    const bench = new Bench();
    for (const [i, record] of records.entries()) bench.offer(record, 'app', senders?.[i]);
    const got = bench.finish();
    expect(got).toHaveLength(events.length);
    for (const event of events) expect(got).toContainEqual(expect.objectContaining(event));
  });
});

describe('limits', () => {
  const frames = (n: number): string[] => Array.from({ length: n }, (_, i) => `\tat a.B.f${i}(B.java:1)`);

  test('a stack overflow with its 1,024 frames is one event', () => {
    const bench = new Bench();
    const lines = ['java.lang.StackOverflowError', ...frames(1024)];
    for (const log of lines) bench.offer({ container_id: 'c1', log }, 'app');
    expect(bench.finish().map(event => [event['message'], event['partial']])).toEqual([[lines.join('\n'), undefined]]);
  });

  test.for([
    ['lines', { max_trace_lines: 4 }, ['max_lines: 4 lines', 'max_lines: 4 lines', 'continued: 2 lines']],
    ['bytes', { max_event_bytes: 100 }, ['max_bytes: 4 lines', 'max_bytes: 4 lines', 'continued: 2 lines']],
  ] as const)(
    'a trace that is cut by %s says so on each part, and nothing of it is a line by itself',
    ([, limits, reasons]) => {
      const bench = new Bench(limits);
      const lines = ['java.lang.StackOverflowError', ...frames(9)];
      for (const log of lines) bench.offer({ container_id: 'c1', log }, 'app');
      const got = bench.finish();
      expect(got.map(event => event['message']).join('\n')).toBe(lines.join('\n'));
      expect(got.map(event => event['partial_reason'])).toEqual(reasons);
      expect(got.every(event => event['partial'] === true)).toBe(true);
    },
  );

  test('traces are left alone when the setting says so', () => {
    const bench = new Bench({ stack_traces: false });
    for (const log of ['java.lang.StackOverflowError', ...frames(2)]) bench.offer({ container_id: 'c1', log }, 'app');
    expect(bench.finish()).toHaveLength(3);
  });
});
