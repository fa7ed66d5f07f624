import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { AlertsAnswer } from '../../src/core/api/alerts.ts';
import { Longshore } from '../support/longshore.ts';

/* Rules of several types in a running service, with the store that it embeds. */

const rule = (name: string, text: string): string =>
  `name: ${name}\nindex: docker-logs-*\nalert: debug\nrealert: { minutes: 0 }\n${text}`;

const RULES = {
  'share.yaml': rule(
    'share',
    'type: percentage_match\nmatch_bucket_filter: [{ range: { http_status: { gte: 500 } } }]\nmax_percentage: 20\nmin_denominator: 5\nquery_key: service\n',
  ),
  'slow.yaml': rule(
    'slow',
    'type: metric_aggregation\nmetric_agg_key: response_time\nmetric_agg_type: percentiles\npercentile_range: 50\nmax_threshold: 400\nquery_key: service\n',
  ),
  'many.yaml': rule(
    'many',
    'type: cardinality\ncardinality_field: user_id\nmax_cardinality: 3\ntimeframe: { minutes: 5 }\nquery_key: service\n',
  ),
  'listed.yaml': rule('listed', 'type: blacklist\ncompare_key: user_id\nblacklist: ["!file users.txt"]\n'),
  'users.txt': 'u5\n',
};

let longshore: Longshore | undefined;
afterEach(() => longshore?.remove());

const WAIT = { timeout: 20_000, interval: 50 };

test('events become alerts, and a new rule knows what is stored', { timeout: 300_000 }, async () => {
  const service = await Longshore.start({ rules: RULES });
  longshore = service;
  const send = async (events: object[]): Promise<void> => {
    const url = `${service.url}/api/logs?tag=docker.test`;
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body: JSON.stringify(events) })).status).toBe(200);
  };
  const alerts = async (of: string): Promise<AlertsAnswer['alerts']> =>
    ((await (await fetch(`${service.url}/api/alerts`)).json()) as AlertsAnswer).alerts.filter(one => one.rule === of);
  await send(
    Array.from({ length: 12 }, (_, n) => ({
      service: n < 6 ? 'good' : 'bad',
      user_id: `u${n < 6 ? 1 : n}`,
      http_status: n % 6 < 3 && n >= 6 ? 503 : 200,
      response_time: n < 6 ? 20 : 900,
      message: `request ${n}`,
    })),
  );
  await vi.waitFor(async () => expect((await alerts('share')).map(({ key }) => key)).toEqual(['bad']), WAIT);
  expect((await alerts('share'))[0]?.body).toContain('Percentage violation, value: 50 (min: None max : 20) of 6 items');
  await vi.waitFor(async () => expect((await alerts('slow')).map(({ key }) => key)).toEqual(['bad']), WAIT);
  await vi.waitFor(
    async () => expect((await alerts('many')).map(({ key }) => key)).toEqual(['bad', 'bad', 'bad']),
    WAIT,
  );
  expect(await alerts('listed')).toEqual([]);
  await vi.waitFor(async () => expect((await service.searchAll('message:request')).length).toBe(12), WAIT);

  writeFileSync(join(service.rulesDir, 'new.yaml'), rule('new', 'type: new_term\nfields: [service, user_id]\n'));
  writeFileSync(join(service.rulesDir, 'users.txt'), 'u5\nu7\n');
  const loaded = async (): Promise<void> => {
    const { rules } = (await (await fetch(`${service.url}/api/rules`)).json()) as { rules: Record<string, unknown>[] };
    expect(rules.find(({ name }) => name === 'new')).toMatchObject({ filling: false, keys: 9 });
  };
  await vi.waitFor(loaded, WAIT);
  await send([
    { service: 'bad', user_id: 'u7', message: 'known' },
    { service: 'fresh', user_id: 'u1', message: 'new' },
  ]);
  await vi.waitFor(async () => expect((await alerts('new')).length).toBe(1), WAIT);
  expect((await alerts('new'))[0]?.body).toContain('new_field: service');
  await vi.waitFor(async () => expect((await alerts('listed')).length).toBe(1), WAIT);
});
