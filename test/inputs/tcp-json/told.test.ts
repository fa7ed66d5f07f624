import { expect, onTestFinished, test, vi } from 'vitest';
import type { TcpJsonInputOptions } from '../../../src/inputs/tcp-json/options.ts';
import { connected, FakeConsumer, STOP_AT_ONCE, started } from './support.ts';

const SYSLOG_3164 = '<27>Nov 20 13:55:36 web-1 docker/shop[12]: card declined';
const SYSLOG_5424 = '<165>1 2026-11-20T13:55:36.003Z web-1 shop 8 ID47 [a@1 b="c"] paid';

/** What stands on the wire, and what the setting makes of it. */
const CASES: {
  format: TcpJsonInputOptions['format'];
  name: string;
  wire: string;
  records: object[];
  times?: number[];
}[] = [
  {
    format: 'auto',
    name: 'all of it on one connection',
    wire: `{"a":1}{"b":2}\n${SYSLOG_5424}\n[{"c":3}]\nplain text\n{"version":"1.1","host":"h","short_message":"gelf","level":4}\0`,
    records: [{ a: 1 }, { b: 2 }, { message: SYSLOG_5424 }, { c: 3 }, { message: 'plain text' }, { message: 'gelf' }],
  },
  {
    format: 'text',
    name: 'brackets mean nothing',
    wire: '{"a":1}{"b":2}\r\n\n  at x\n[ 1 ]',
    records: [{ message: '{"a":1}{"b":2}' }, { message: '  at x' }, { message: '[ 1 ]' }],
  },
  {
    format: 'text',
    name: 'a line above the limit',
    wire: `${'x'.repeat(300)}\ny\n`,
    records: [{ truncated_bytes: 44 }, { message: 'y' }],
  },
  {
    format: 'syslog',
    name: 'lines',
    wire: `${SYSLOG_3164}\r\n${SYSLOG_5424}\n{"a":1}\n`,
    records: [
      { message: 'card declined', hostname: 'web-1' },
      { message: 'paid', hostname: 'web-1' },
      { message: '{"a":1}' },
    ],
    times: [Number.NaN, Date.parse('2026-11-20T13:55:36.003Z'), Number.NaN],
  },
  {
    format: 'syslog',
    name: 'octets that are counted',
    wire: [SYSLOG_5424, `${SYSLOG_5424}\n  at x`].map(text => `${text.length} ${text}`).join(''),
    records: [{ message: 'paid' }, { message: 'paid\n  at x' }],
  },
];

test.for(CASES)('$format: $name', async ({ format, wire, records, times }) => {
  const consumer = new FakeConsumer();
  const input = await started(consumer, { format, max_line_bytes: 256, timezone: 'Asia/Seoul' });
  onTestFinished(() => input.stop(STOP_AT_ONCE));
  const socket = await connected(input.port);
  socket.end(wire);
  await vi.waitFor(() => expect(consumer.records).toHaveLength(records.length));
  expect(consumer.records).toMatchObject(records);
  const got = consumer.taken.flatMap(frame => frame.times);
  for (const [i, time] of (times ?? []).entries()) if (!Number.isNaN(time)) expect(got[i]).toBe(time);
  // Without a year and a zone it is a time of the setting's zone.
  if (times !== undefined) expect(new Date(got[0]!).toISOString()).toMatch(/-11-20T04:55:36/);
});

test('a zone that is none is a mistake of the settings', async () => {
  await expect(started(new FakeConsumer(), { format: 'syslog', timezone: 'Seoul' })).rejects.toThrow(
    /inputs\.tcp_json\.timezone/,
  );
});
