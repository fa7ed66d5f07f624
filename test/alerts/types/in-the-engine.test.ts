import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FILL_PAGE } from '../../../src/alerts/past.ts';
import type { QueryNode, StoredEvent } from '../../../src/core/contracts.ts';
import { compilePredicate } from '../../../src/store/query/predicate.ts';
import { engine, event, hit, load, rule, START, tempFolder, until } from '../support.ts';

const NEW_TERM =
  'name: r\ntype: new_term\nindex: docker-logs-*\nfields: [service, user]\nrealert: { minutes: 0 }\nalert: debug\n';

const stored = (id: string, ms: number, fields: Record<string, unknown>): StoredEvent =>
  Object.assign(event(ms, fields), { _id: id, _index: 'logs', seq: 1 });

test('new_term: the store knows what there was; a restart tells nothing again; two fields are two alerts', async () => {
  const dir = tempFolder();
  const past = [stored('p1', START - 86_400_000, { service: 'a', user: 'u' })];
  const fill = async (): Promise<StoredEvent[]> => past;
  const one = rule(NEW_TERM);
  let alerts = await engine({ dir, rules: [one], fill, now: () => START + 10_000 });
  await until(() => alerts.rulesStatus()[0]?.filling === false, 'the fill');
  alerts.consume([hit('r', 'e1', START, { service: 'a', user: 'u' })], 1);
  expect(alerts.recent()).toEqual([]);
  alerts.consume([hit('r', 'e2', START, { service: 'b', user: 'v' })], 2);
  expect(alerts.recent()).toHaveLength(2);
  expect(new Set(alerts.recent().map(({ id }) => id)).size).toBe(2);
  await alerts.stop(AbortSignal.abort());
  alerts = await engine({ dir, rules: [one], fill, now: () => START + 10_000 });
  alerts.consume([hit('r', 'e3', START, { service: 'b', user: 'v' })], 3);
  expect(alerts.recent()).toHaveLength(2);
  expect(alerts.rulesStatus()[0]).toMatchObject({ keys: 4, matches: 2 });
});

test('new_pattern: the store teaches it, a restart keeps what it learned, two kinds at once are two alerts', async () => {
  const dir = tempFolder();
  const text = 'name: r\ntype: new_pattern\nindex: docker-logs-*\nalert: debug\n';
  const past = [
    stored('p1', START - 3_600_000, { message: 'listening on port 80' }),
    stored('p2', START - 1000, { message: 'user alice logged in' }),
  ];
  const fill = async (): Promise<StoredEvent[]> => past;
  let alerts = await engine({ dir, rules: [rule(text)], fill, now: () => START + 10_000 });
  await until(() => alerts.rulesStatus()[0]?.filling === false, 'the fill');
  alerts.consume([hit('r', 'e1', START, { message: 'user bob logged in' })], 1);
  expect(alerts.recent()).toEqual([]);
  alerts.consume(
    [hit('r', 'e2', START, { message: 'disk full' }), hit('r', 'e3', START, { message: 'cannot write' })],
    2,
  );
  expect(alerts.recent().map(({ event_id }) => event_id)).toEqual(['e3', 'e2']);
  await alerts.stop(AbortSignal.abort());
  alerts = await engine({ dir, rules: [rule(text)], fill, now: () => START + 10_000 });
  alerts.consume([hit('r', 'e4', START, { message: 'disk full' })], 3);
  expect(alerts.recent()).toHaveLength(2);
  expect(alerts.rulesStatus()[0]).toMatchObject({ keys: 4, matches: 2 });
});

test('a long past is read page by page, newest first, and no more than there is use for', async () => {
  const asked: [number, number][] = [];
  const fill = async (_rule: unknown, _query: unknown, from: number, to: number): Promise<StoredEvent[]> => {
    asked.push([from, to]);
    // One event a second, without end.
    return Array.from({ length: FILL_PAGE }, (_, n) => to - n * 1000)
      .filter(ms => ms >= from)
      .map(ms => stored(`p${ms}`, ms, { service: `s${ms % 7_000}`, user: 'u' }));
  };
  const settings = { max_fill_events: 25_000 };
  const together = NEW_TERM.replace('[service, user]', '[[service, user]]');
  const alerts = await engine({ rules: [rule(together)], fill, settings, now: () => START });
  await until(() => alerts.rulesStatus()[0]?.filling === false, 'the fill');
  expect(asked).toHaveLength(3);
  expect(asked[1]![1]).toBe(START - (FILL_PAGE - 1) * 1000);
  expect(alerts.rulesStatus()[0]?.hits).toBe(25_000);
});

test('new_term: rare values are found among very many events with a few questions', async () => {
  const all = Array.from({ length: 60_000 }, (_, n) =>
    stored(`p${n}`, START - n * 1000, {
      service: n === 59_999 ? 'rare' : `s${n % 3}`,
      user: n % 30_000 === 29_999 ? null : 5,
    }),
  );
  let questions = 0;
  const fill = async (_rule: unknown, query: QueryNode): Promise<StoredEvent[]> => {
    questions++;
    return all
      .filter(compilePredicate(query, () => START))
      .slice(0, FILL_PAGE)
      .reverse();
  };
  const alerts = await engine({ rules: [rule(NEW_TERM)], fill, now: () => START + 10_000 });
  await until(() => alerts.rulesStatus()[0]?.filling === false, 'the fill');
  expect(questions).toBe(4);
  alerts.consume([hit('r', 'e1', START, { service: 'rare', user: 5 })], 1);
  expect(alerts.recent()).toEqual([]);
  alerts.consume([hit('r', 'e2', START, { service: 'new', user: '5' })], 2);
  expect(alerts.recent()).toHaveLength(2);
});

test('new_term: what cannot be asked further leaves what is known so far', async () => {
  let questions = 0;
  const fill = async (): Promise<StoredEvent[]> => {
    if (++questions % 2 === 0) throw new Error('too many values');
    return Array.from({ length: FILL_PAGE }, (_, n) => stored(`p${n}`, START - n, { service: `s${n}`, user: 'u' }));
  };
  const alerts = await engine({ rules: [rule(NEW_TERM)], fill, now: () => START + 10_000 });
  await until(() => alerts.rulesStatus()[0]?.filling === false, 'the fill');
  alerts.consume([hit('r', 'e1', START, { service: 's9999', user: 'u' })], 1);
  expect(alerts.recent()).toEqual([]);
});

test('metric_aggregation: each key is an alert of its own, once in run_every', async () => {
  const text =
    'name: r\ntype: metric_aggregation\nindex: docker-logs-*\nmetric_agg_key: took\nmetric_agg_type: max\nmax_threshold: 5\n' +
    'buffer_time: { minutes: 2 }\nquery_key: service\nrealert: { minutes: 0 }\nalert: debug\n';
  let now = START;
  const alerts = await engine({ rules: [rule(text)], now: () => now });
  alerts.consume(
    [hit('r', 'e1', START, { service: 'a', took: 9 }), hit('r', 'e2', START, { service: 'b', took: 9 })],
    1,
  );
  for (; now < START + 90_000; now += 1000) alerts.advance(now);
  const told = alerts.recent();
  expect(told.map(({ key }) => key).sort()).toEqual(['a', 'a', 'b', 'b']);
  expect(new Set(told.map(({ id }) => id)).size).toBe(4);
  expect(told[0]?.body).toContain('Threshold violation, max:took 9 (min: None max : 5)');
  expect(told[0]?.body).toContain('service: ');
});

test('lists take the lines of files beside the rule, and rules that share one are told what it says', () => {
  const dir = tempFolder();
  writeFileSync(join(dir, 'bad.txt'), '\uFEFF10.0.0.1\r\n\n10.0.0.2  \n');
  const text =
    'name: r\ntype: blacklist\nindex: docker-logs-*\ncompare_key: ip\nblacklist: ["!file bad.txt", x]\nalert: debug\n';
  const { rules, errors, imports } = load([{ path: join(dir, 'a.yaml'), text }]);
  expect(errors).toEqual([]);
  expect([...rules[0]!.lists['blacklist']!]).toEqual(['10.0.0.1', '10.0.0.2', 'x']);
  expect(imports.map(({ path }) => path)).toEqual([join(dir, 'bad.txt')]);
});
