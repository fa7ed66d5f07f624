import { describe, expect, test } from 'vitest';
import { compileMatcher } from '../../src/alerts/match.ts';
import { engine, event, hit, rule, START, savedText, tempFolder, until } from './support.ts';
import { status, webhook } from './webhook.ts';

const burst = (more = 'realert: { minutes: 10 }\n'): string =>
  `name: burst\ntype: frequency\nindex: docker-logs-*\nnum_events: 5\ntimeframe: { minutes: 5 }\nquery_key: service\n${more}alert: debug\n`;
const together =
  'name: together\ntype: any\nindex: docker-logs-*\naggregation: { minutes: 5 }\nrealert: { minutes: 0 }\nalert: debug\n';
const told = (url: string): string =>
  `name: told\ntype: any\nindex: docker-logs-*\nrealert: { minutes: 30 }\nalert: post\nhttp_post_url: ${url}\n`;

describe('several sources', () => {
  test('positions count source by source, and what came before counts once', async () => {
    const dir = tempFolder();
    const first = await engine({ dir, rules: [rule(burst())] });
    first.consume([hit('burst', 'a1', START)], 10, 'a');
    first.consume([hit('burst', 'b1', START)], 3, 'b');
    first.consume([hit('burst', 'a1 again', START)], 10, 'a');
    first.consume([hit('burst', 'a2', START)], 11, 'a');
    expect(first.rulesStatus()[0]).toMatchObject({ hits: 3 });
    await first.stop(AbortSignal.abort());
    const second = await engine({ dir, rules: [rule(burst())] });
    expect(['a', 'b', 'c'].map(name => second.persistedPosition(name))).toEqual([11, 3, 0]);
    second.consume([hit('burst', 'other', START)], 11, 'a');
    second.consume([hit('burst', 'b2', START)], 4, 'b');
    second.consume([hit('burst', 'c1', START)], 1, 'c');
    expect(second.recent()[0]).toMatchObject({ event_id: 'c1' });
  });

  test('the positions of all sources are told when they are durable', async () => {
    const toldOf: Record<string, number>[] = [];
    const alerts = await engine({ rules: [], onPersisted: positions => toldOf.push(positions) });
    alerts.consume([], 5, 'a');
    alerts.consume([], 6, '__proto__');
    await alerts.flush();
    expect(Object.entries(toldOf.at(-1)!)).toEqual([
      ['a', 5],
      ['__proto__', 6],
    ]);
  });

  test('sources that are gone are forgotten, the one not heard of for longest first', async () => {
    const alerts = await engine({ rules: [], settings: { max_sources: 2 } });
    for (const [source, position] of [
      ['a', 1],
      ['b', 1],
      ['a', 2],
      ['c', 1],
    ] as const)
      alerts.consume([], position, source);
    await alerts.flush();
    expect(['a', 'b', 'c'].map(name => alerts.persistedPosition(name))).toEqual([2, 0, 1]);
  });

  test('what is abandoned neither writes nor sends', async () => {
    const dir = tempFolder();
    const hook = await webhook();
    const alerts = await engine({ dir, rules: [rule(told(hook.url))], settings: { state_write_interval_ms: 600_000 } });
    await alerts.flush();
    const before = savedText(dir);
    alerts.consume([hit('told', 'a', START)], 1);
    await alerts.abandon();
    await alerts.stop(AbortSignal.timeout(1000));
    expect(savedText(dir)).toBe(before);
    expect(hook.received).toEqual([]);
  });

  test('what may not be sent now is sent as soon as it may', async () => {
    const hook = await webhook();
    let may = false;
    const alerts = await engine({
      rules: [rule(told(hook.url))],
      mayNotify: () => may,
      settings: { state_write_interval_ms: 10 },
    });
    alerts.consume([hit('told', 'a', START)], 1);
    await alerts.flush();
    await alerts.flush();
    expect(hook.received).toEqual([]);
    may = true;
    await until(() => hook.received.length === 1, 'the notification');
  });

  test('intake can ask which rules an event is a hit for without an engine', () => {
    expect(compileMatcher([rule(burst())])(event(START))).toEqual(['burst']);
    expect(compileMatcher([])(event(START))).toBeUndefined();
  });
});

describe('the clock is set back', () => {
  const HOUR = 3_600_000;

  test('a silence lasts as long as it would have', async () => {
    let now = START;
    const alerts = await engine({
      rules: [rule(burst('realert: { minutes: 1 }\n').replace('num_events: 5', 'num_events: 1'))],
      now: () => now,
    });
    alerts.consume([hit('burst', 'a', START)], 1);
    now -= HOUR;
    alerts.consume([hit('burst', 'b', now)], 2);
    expect(alerts.recent()).toHaveLength(1);
    now += 60_000;
    alerts.consume([hit('burst', 'c', now)], 3);
    expect(alerts.recent()).toHaveLength(2);
  });

  test('also when it happens between two runs', async () => {
    let now = START;
    const dir = tempFolder();
    const rules = [rule(burst('realert: { minutes: 1 }\n').replace('num_events: 5', 'num_events: 1')), rule(together)];
    const first = await engine({ dir, rules, now: () => now });
    first.consume([hit('burst', 'a', START), hit('together', 'a', START)], 1);
    await first.stop(AbortSignal.abort());
    now -= HOUR;
    const second = await engine({ dir, rules, now: () => now });
    second.consume([hit('burst', 'b', now)], 2);
    expect(second.recent()).toHaveLength(1);
    now += 300_001;
    second.consume([hit('burst', 'c', now)], 3);
    expect(second.recent().map(view => view.rule)).toEqual(['burst', 'together', 'burst']);
  });

  test('a notification that waits for its next try does not wait for the old time', async () => {
    const hook = await webhook();
    hook.answers.push(status(503));
    let shift = 0;
    const alerts = await engine({
      rules: [rule(told(hook.url))],
      now: () => START + performance.now() - shift,
      settings: { retry_min_ms: 300, retry_max_ms: 300, state_write_interval_ms: 10 },
    });
    alerts.consume([hit('told', 'a', START)], 1);
    await until(() => alerts.recent()[0]?.deliveries[0]?.state === 'retrying', 'the refusal');
    shift = HOUR;
    alerts.advance(0);
    await until(() => hook.received.length === 2, 'the second try');
  });
});
