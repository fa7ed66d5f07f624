import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdmit } from '../../../src/schema/admit.ts';
import { createConform } from '../../../src/schema/conform.ts';
import { FakeConsumer, served } from './support.ts';

/*
 * What the `http` output of Fluent Bit 5.1.1 sends in each of its formats, forms of dates and compressions: two lines that `tail` read at
 * 17:16:45.934835 and .93484, recorded as they came. The name says `format.json_date_format`, or what else was set.
 */
interface Recorded {
  name: string;
  headers: Record<string, string>;
  /** In base64. */
  body: string;
}
const recorded = readFileSync(new URL('./fluent-bit.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded);
const RECEIVED = Date.parse('2026-11-30T18:00:00Z');

const consumer = new FakeConsumer();
let server: Awaited<ReturnType<typeof served>>;
beforeAll(async () => {
  server = await served(consumer);
});
afterAll(() => server.app.close());

test.for(recorded)('$name', async ({ name, headers, body }) => {
  consumer.frames.length = 0;
  const init = { method: 'POST', headers, body: Buffer.from(body, 'base64') };
  const answer = await fetch(`${server.url}/api/logs`, init);
  expect([answer.status, await answer.json()]).toEqual([200, { accepted: 2 }]);
  const [frame] = consumer.frames;
  const hasTag = headers['fluent-tag'] !== undefined || headers['x-tag'] !== undefined;
  expect(frame!.tag).toBe(hasTag ? 'app.web' : 'http');
  const conform = createConform();
  const admit = createAdmit();
  const events = frame!.records.map((record, i) => {
    const meta = { tag: frame!.tag, time: frame!.times[i]!, receivedAt: RECEIVED };
    return conform(admit(record, meta), meta);
  });
  expect(events.map(({ fields }) => fields['message'])).toEqual(['안녕 GET / "x"', 'second line']);
  const time = name.endsWith('.nokey')
    ? RECEIVED
    : Date.parse(`2026-11-30T17:16:45.${name.endsWith('.epoch') ? '000' : '934'}Z`);
  // Microseconds are rounded where they came as a fraction, and cut where they came as text.
  for (const event of events) expect(Math.abs(event.time - time)).toBeLessThanOrEqual(1);
});
