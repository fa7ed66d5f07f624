import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dockerRecord, ForwardSender } from '../support/forward-sender.ts';
import { Longshore } from '../support/longshore.ts';

/*
 * Thousands of lines made against an expression come in one request. Others are acknowledged meanwhile, their lines under
 * the same expression are parsed as ever, and of the thousands none is lost.
 */
interface Row {
  name: string;
  pipeline: string;
  line: (i: number) => string;
  tag: string;
  good: string;
  found: Record<string, unknown>;
}

const ROWS: Row[] = [
  {
    name: 'condition',
    pipeline: `- set: { field: z, value: 1, if: 'ctx.message ==~ /(a|aa)+b/' }`,
    line: i => 'a'.repeat(38 + (i % 9)) + i,
    tag: '_conditiontimeout',
    good: 'aab',
    found: { z: 1 },
  },
  {
    name: 'reference',
    pipeline: `- grok: { field: message, patterns: ['(?:(\\w+)\\1)+$'] }\n  - set: { field: z, value: 1 }`,
    line: i => `${'ab'.repeat(60)}!${i}`,
    tag: '_groktimeout',
    good: 'abab',
    found: { z: 1 },
  },
  {
    name: 'greedy',
    pipeline: `- grok: { field: message, patterns: ['%{GREEDYDATA}a%{GREEDYDATA}b%{GREEDYDATA}c%{GREEDYDATA}d%{GREEDYDATA:z}e$'] }`,
    line: i => 'abcd'.repeat(300) + i,
    tag: '_groktimeout',
    good: 'abcd fe',
    found: { z: ' f' },
  },
  {
    name: 'counted',
    pipeline: `- grok: { field: message, patterns: ['(.*a){20}$|^b%{INT:z}$'] }`,
    line: i => `${'a'.repeat(60)}b${i}`,
    tag: '_groktimeout',
    good: 'b12',
    found: { z: '12' },
  },
];

const LINES = 3000;
/** Half a minute before there was a budget. */
const MUCH_MS = 8000;

describe('a flood of hostile lines', () => {
  let longshore: Longshore;
  beforeAll(async () => {
    const pipelines = ROWS.map(({ name, pipeline }) => [
      `${name}.yaml`,
      `match: { tag: slow.${name} }\nprocessors:\n  ${pipeline}\n`,
    ]);
    longshore = await Longshore.start({ rules: {}, pipelines: Object.fromEntries(pipelines) });
  });
  afterAll(async () => {
    await longshore?.remove();
  });

  test.for(ROWS)('$name', { timeout: 300_000 }, async ({ name, line, tag, good, found }) => {
    const sender = await ForwardSender.connect(longshore.ready.forward);
    const events = Array.from({ length: LINES }, (_, i) => ({
      message: line(i),
      tag: `slow.${name}`,
      container_id: `evil-${name}`,
    }));
    let isDone = false;
    const posted = fetch(`${longshore.url}/api/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
    }).finally(() => {
      isDone = true;
    });
    const container = { container_id: `good-${name}`, container_name: `/good-${name}` };
    let worst = 0;
    let sent = 0;
    while (!isDone) {
      const start = performance.now();
      sender.message(`slow.${name}`, dockerRecord(good, container), `${name}-${sent++}`);
      await sender.acknowledged(sent);
      worst = Math.max(worst, performance.now() - start);
    }
    expect((await posted).status).toBe(200);
    expect(worst).toBeLessThan(MUCH_MS);
    await vi.waitFor(async () => {
      expect((await longshore.search(`container_id:evil-${name}`)).total).toBe(LINES);
      // The first few are finished within their time, and don't match.
      const given = await longshore.search(`container_id:evil-${name} AND tags:${tag}`);
      expect(given.total).toBeGreaterThan(0.95 * LINES);
      const innocent = await longshore.search(`container_id:good-${name} AND z:*`);
      expect(innocent.total).toBe(sent);
      expect(innocent.hits[0]).toMatchObject(found);
    });
    sender.close();
    if (process.env['SHOW_TIMES'] !== undefined) process.stderr.write(`${name}: worst ack ${worst.toFixed(0)} ms\n`);
  });
});
