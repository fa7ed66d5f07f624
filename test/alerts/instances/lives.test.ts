import { cpSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AlertEngine } from '../../../src/alerts/engine.ts';
import { FileStateStore } from '../../../src/alerts/file-state.ts';
import type { Instance } from '../../../src/alerts/instances/instance.ts';
import { readMatchers } from '../../../src/alerts/silencing/read-matchers.ts';
import { SilenceStore } from '../../../src/alerts/silencing/silence-store.ts';
import type { StateStore } from '../../../src/alerts/state.ts';
import { engine, hit, rule, START, tempFolder, until } from '../support.ts';
import { status, webhook } from '../webhook.ts';

const MINUTE = 60_000;

const burst = (more = ''): string =>
  `name: burst\ntype: frequency\nindex: docker-logs-*\nnum_events: 2\ntimeframe: { minutes: 1 }\nrealert: { minutes: 0 }\nquery_key: service\nseverity: critical\nlabels: { team: shop }\nalert: debug\n${more}`;
const quiet = (more = ''): string =>
  `name: quiet\ntype: flatline\nindex: docker-logs-*\nthreshold: 1\ntimeframe: { minutes: 1 }\nrealert: { minutes: 0 }\nalert: debug\n${more}`;

interface Driven {
  readonly alerts: AlertEngine;
  now: number;
  /** Events of a service at a time. */
  errors(at: number, count?: number, service?: string): void;
  /** Ticks each second up to a time. */
  until(at: number): void;
}

let ids = 0;
let position = 0;

async function driven(texts: string[], more: Partial<Parameters<typeof engine>[0]> = {}): Promise<Driven> {
  const clock = { now: START };
  const alerts = await engine({ rules: texts.map(text => rule(text)), now: () => clock.now, random: () => 0, ...more });
  return Object.assign(clock, {
    alerts,
    errors(at: number, count = 2, service = 'api') {
      clock.now = START + at;
      const name = /name: (\S+)/.exec(texts[0]!)![1]!;
      for (let n = 0; n < count; n++) alerts.consume([hit(name, `e${++ids}`, START + at, { service })], ++position);
      alerts.advance(START + at);
    },
    until(at: number) {
      for (; clock.now < START + at; clock.now += 1000) alerts.advance(clock.now);
      alerts.advance(clock.now);
    },
  });
}

const states = (alerts: AlertEngine): (string | number)[][] =>
  [...alerts.instances()].map(({ labels, endsAt, matches }) => [
    labels['service'] ?? '',
    endsAt === undefined ? 'firing' : `over at ${(endsAt - START) / 1000}`,
    matches,
  ]);

const only = (alerts: AlertEngine): Instance => {
  const all = [...alerts.instances()];
  expect(all).toHaveLength(1);
  return all[0]!;
};

describe('the life of an alert', () => {
  test('begins with the first match of a key, goes on with the next ones, and ends when nothing matched for resolve_after', async () => {
    const run = await driven([burst('description: too many errors\n')]);
    run.errors(0);
    run.errors(2 * MINUTE);
    run.errors(3 * MINUTE, 2, 'web');
    expect(states(run.alerts)).toEqual([
      ['api', 'firing', 2],
      ['web', 'firing', 1],
    ]);
    run.until(7 * MINUTE);
    expect(states(run.alerts)[0]).toEqual(['web', 'firing', 1]);
    const api = [...run.alerts.instances()].find(({ labels }) => labels['service'] === 'api')!;
    expect(api).toMatchObject({
      labels: { alertname: 'burst', service: 'api', severity: 'critical', team: 'shop' },
      annotations: { title: 'burst', description: 'too many errors' },
      startsAt: START,
      lastAt: START + 2 * MINUTE,
      endsAt: START + 7 * MINUTE,
      reason: 'quiet',
      matches: 2,
      hits: 4,
    });
    expect(api.annotations['summary']).toContain('At least 2 events occurred');
    expect(api.samples.map(({ message }) => message)).toEqual(['boom', 'boom']);
  });

  test('a rule says for itself how long it must be quiet', async () => {
    const run = await driven([burst('resolve_after: { seconds: 30 }\n')]);
    run.errors(0);
    run.until(40_000);
    expect(states(run.alerts)).toEqual([['api', 'over at 30', 1]]);
  });

  test('is over as soon as its window says so', async () => {
    const run = await driven([quiet()]);
    run.until(90_000);
    expect(states(run.alerts)).toEqual([['', 'firing', 1]]);
    run.errors(90_000, 1);
    run.until(92_000);
    expect(only(run.alerts)).toMatchObject({ endsAt: START + 91_000, reason: 'over' });
  });

  test('with resolve_after it goes on for so long after that', async () => {
    const run = await driven([quiet('resolve_after: { seconds: 20 }\n')]);
    run.until(90_000);
    run.errors(90_000, 1);
    run.until(100_000);
    expect(only(run.alerts).endsAt).toBeUndefined();
    run.until(115_000);
    expect(only(run.alerts)).toMatchObject({ reason: 'over' });
  });

  test('does not end because nobody listened', async () => {
    const run = await driven([burst('resolve_after: { minutes: 5 }\n')]);
    run.errors(0);
    run.until(MINUTE);
    run.now = START + 20 * MINUTE;
    run.alerts.advance(run.now);
    expect(states(run.alerts)).toEqual([['api', 'firing', 1]]);
    run.until(24 * MINUTE);
    expect(states(run.alerts)).toEqual([['api', 'firing', 1]]);
    run.until(25 * MINUTE);
    expect(states(run.alerts)).toEqual([['api', 'over at 1500', 1]]);
  });

  test('with `for` nobody hears of it before its matches go on for so long', async () => {
    const run = await driven([burst('for: { minutes: 2 }\nresolve_after: { minutes: 3 }\n')]);
    run.errors(0);
    run.errors(MINUTE);
    expect(only(run.alerts).isFiring).toBe(false);
    expect(run.alerts.recent()).toEqual([]);
    run.errors(2 * MINUTE);
    expect(only(run.alerts).isFiring).toBe(true);
    expect(run.alerts.recent()).toHaveLength(1);
    run.errors(2 * MINUTE, 2, 'web');
    run.until(6 * MINUTE);
    expect(states(run.alerts)).toEqual([['api', 'over at 300', 3]]);
  });

  test('survives a kill, with what it counted', async () => {
    const dir = tempFolder();
    const run = await driven([burst()], { dir });
    run.errors(0);
    run.errors(MINUTE);
    await run.alerts.flush();
    const copy = tempFolder();
    cpSync(dir, copy, { recursive: true });
    const before = structuredClone(only(run.alerts));
    const again = await driven([burst()], { dir: copy });
    expect(only(again.alerts)).toEqual(before);
    again.now = START + MINUTE;
    again.until(7 * MINUTE);
    expect(states(again.alerts)).toEqual([['api', 'over at 360', 2]]);
  });

  test('follows its rule', async () => {
    const run = await driven([burst()]);
    run.errors(0);
    const { id } = only(run.alerts);
    run.alerts.replaceRules([rule(burst().replace('critical', 'warning'))]);
    expect(only(run.alerts)).toMatchObject({ id, labels: { severity: 'warning' } });
    run.alerts.replaceRules([rule(burst().replace('query_key: service', 'query_key: host'))]);
    expect(only(run.alerts)).toMatchObject({ reason: 'rule_changed' });
    run.alerts.replaceRules([]);
    const other = await driven([burst()]);
    other.errors(0);
    other.alerts.replaceRules([]);
    expect(only(other.alerts)).toMatchObject({ id: expect.any(String), reason: 'rule_removed' });
  });

  test('of one rule there are so many at a time, and no more', async () => {
    const run = await driven([burst()], { settings: { max_active_alerts: 3 } });
    for (let n = 0; n < 6; n++) run.errors(n, 2, `s${n}`);
    expect([...run.alerts.instances()]).toHaveLength(3);
    expect(run.alerts.recent()).toHaveLength(6);
  });

  test('keys of several fields are labels of their own', async () => {
    const run = await driven([burst().replace('query_key: service', 'query_key: [service, host.keyword, gone]')]);
    run.errors(0);
    expect(only(run.alerts).labels).toEqual({
      alertname: 'burst',
      service: 'api',
      severity: 'critical',
      team: 'shop',
    });
  });
});

describe('what is written', () => {
  test('for one more alert is little, whatever there is; a match of one that is known is no write of its own', {
    timeout: 300_000,
  }, async () => {
    const sizes: number[] = [];
    const store: StateStore = {
      mayLag: false,
      read: async () => undefined,
      write: async ({ parts }) => {
        const lines = [...parts.changed.values()].flat();
        sizes.push(lines.reduce((sum, line) => sum + line.length, 0));
      },
    };
    const text = burst().replace('realert: { minutes: 0 }', 'realert: { hours: 1 }').replace('debug', 'slack');
    const settings = { state_write_interval_ms: 600_000, max_active_alerts: 5000, max_waiting_per_rule: 5000 };
    const run = await driven([text], { store, settings });
    for (let n = 0; n < 2000; n++) run.errors(n, 2, `s${n}`);
    const settled = async (): Promise<void> => {
      await run.alerts.flush();
      sizes.length = 0;
    };
    await settled();
    run.errors(2000, 2, 'one more');
    await until(() => sizes.length > 0, 'the write', 30_000);
    expect(sizes[0]).toBeLessThan(50_000);
    await settled();
    for (let n = 0; n < 100; n++) run.errors(3000 + n, 2, 'one more');
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(sizes).toEqual([]);
  });

  test('comes back page by page, without the ones that cannot be read', async () => {
    const dir = tempFolder();
    const run = await driven([burst()], { dir });
    for (let n = 0; n < 40; n++) run.errors(n, 2, `s${n}`);
    await run.alerts.flush();
    const state = (await new FileStateStore(dir).read())!;
    const broken = (line: string): string =>
      line.includes('"s7"') && line.startsWith('{"id"') ? line.replace('{', '[') : line;
    const parts = Object.fromEntries(Object.entries(state.parts).map(([name, lines]) => [name, lines.map(broken)]));
    const store: StateStore = { mayLag: false, read: async () => ({ ...state, parts }), write: async () => {} };
    const again = await driven([burst()], { store });
    expect([...again.alerts.instances()]).toHaveLength(39);
  });
});

describe('that it is over', () => {
  const SETTINGS = { retry_min_ms: 5, retry_max_ms: 10, state_write_interval_ms: 10 };
  const posting = (url: string, more = 'send_resolved: true\n'): string =>
    burst(`resolve_after: { seconds: 30 }\n${more}`).replace('alert: debug', `alert: post2\nhttp_post2_url: ${url}`);

  test('is told to those who want to know, once, after what it is about', async () => {
    const hook = await webhook();
    const run = await driven([posting(hook.url)], { settings: SETTINGS });
    run.errors(0);
    await until(() => hook.received.length === 1, 'the alert');
    run.until(40_000);
    await until(() => hook.received.length === 2, 'that it is over');
    run.until(60_000);
    await run.alerts.flush();
    expect(hook.received).toHaveLength(2);
    const [over, firing] = run.alerts.recent();
    expect(over).toMatchObject({ resolved: true, instance: firing!.instance, matches: 1, title: 'Resolved: burst' });
    expect(over!.body).toBe('Over after 30 seconds, with 1 match.\n');
    expect(over!.deliveries).toMatchObject([{ state: 'sent' }]);
  });

  test('is not told where the alert itself was refused', async () => {
    const hook = await webhook();
    hook.answers.push(status(404));
    const run = await driven([posting(hook.url)], { settings: SETTINGS });
    run.errors(0);
    await until(() => run.alerts.notifications('dead').length === 1, 'the refusal');
    run.until(60_000);
    await until(() => run.alerts.notifications('dropped').length === 1, 'the message that it is over');
    expect(hook.received).toHaveLength(1);
    expect(run.alerts.notifications('dropped')[0]).toMatchObject({
      last_error: 'the message that it fires was refused',
    });
  });

  test('is told to nobody else', async () => {
    const hook = await webhook();
    const run = await driven([posting(hook.url, '')], { settings: SETTINGS });
    run.errors(0);
    run.until(60_000);
    await until(() => hook.received.length === 1, 'the alert');
    expect(run.alerts.recent()).toHaveLength(1);
    expect(states(run.alerts)).toEqual([['api', 'over at 30', 1]]);
  });

  test('waits until the receiver has what it is about', async () => {
    const hook = await webhook();
    let isDown = true;
    const flaky: typeof fetch = (input, init) =>
      isDown ? Promise.reject(new TypeError('fetch failed')) : fetch(input, init);
    const run = await driven([posting(hook.url)], { settings: SETTINGS, fetch: flaky });
    run.errors(0);
    run.until(40_000);
    await run.alerts.flush();
    isDown = false;
    await until(() => {
      run.now += 1000;
      run.alerts.advance(run.now);
      return hook.received.length === 2;
    }, 'both messages');
    const keys = hook.received.map(({ key }) => key!.slice(0, 32));
    expect(keys).toEqual(
      run.alerts
        .recent()
        .map(({ id }) => id)
        .reverse(),
    );
  });

  test('is the same message after a kill', async () => {
    const hook = await webhook();
    const dir = tempFolder();
    const text = posting(hook.url);
    const run = await driven([text], { dir, settings: SETTINGS });
    run.errors(0);
    await until(() => run.alerts.recent()[0]?.deliveries[0]?.state === 'sent', 'the alert');
    await run.alerts.flush();
    for (const name of ['one', 'two']) {
      const copy = tempFolder();
      cpSync(dir, copy, { recursive: true });
      const again = await driven([text], { dir: copy, settings: SETTINGS });
      again.until(40_000);
      await until(() => again.alerts.recent()[0]?.deliveries[0]?.state === 'sent', name);
    }
    expect(hook.received).toHaveLength(3);
    expect(hook.received[1]!.key).toBe(hook.received[2]!.key);
  });

  test('of a storm is told as often as messages told of it', async () => {
    const hook = await webhook();
    const settings = { ...SETTINGS, max_waiting_per_rule: 5, storm_interval_ms: 1000, max_active_alerts: 50 };
    const run = await driven([posting(hook.url)], { settings });
    for (let n = 0; n < 200; n++) run.errors(n, 2, `s${n}`);
    const messages = (resolved: true | undefined): number =>
      run.alerts.recent(1000).filter(view => view.resolved === resolved).length;
    await until(
      () => {
        run.now += 1000;
        run.alerts.advance(run.now);
        return (
          run.now > START + 60_000 &&
          messages(true) === messages(undefined) &&
          run.alerts.recent()[0]!.resolved === true
        );
      },
      'all to be told',
      15_000,
    );
    expect(messages(undefined)).toBeLessThan(20);
    expect([...run.alerts.instances()].every(({ endsAt }) => endsAt !== undefined)).toBe(true);
  }, 300_000);

  test('of several alerts that one message told of is told when the last one is over', async () => {
    const hook = await webhook();
    const run = await driven([posting(hook.url, 'send_resolved: true\naggregation: { seconds: 5 }\n')], {
      settings: SETTINGS,
    });
    run.errors(0, 2, 'api');
    run.errors(1000, 2, 'web');
    run.until(8000);
    run.errors(10_000, 2, 'web');
    run.until(20_000);
    await until(() => hook.received.length >= 2, 'the alerts');
    run.until(35_000);
    expect(states(run.alerts)).toEqual([
      ['web', 'firing', 2],
      ['api', 'over at 30', 1],
    ]);
    run.until(60_000);
    const overs = run.alerts.recent().filter(({ resolved }) => resolved);
    expect(overs).toMatchObject([{ matches: 3, body: 'Over after 40 seconds, with 3 matches.\n' }]);
  });
});

describe('a silence of somebody', () => {
  const silences = (): SilenceStore => new SilenceStore({ newId: () => `s${++ids}`, limit: 10 });
  const mute = (store: SilenceStore, matchers: string, from: number, to: number): string =>
    store.set(
      {
        matchers: readMatchers(matchers),
        startsAt: START + from,
        endsAt: START + to,
        createdBy: 'kim',
        comment: 'known',
      },
      START + from,
    ).id;

  test('keeps its alerts quiet, and only those', async () => {
    const store = silences();
    const run = await driven([burst()], { silences: store });
    mute(store, 'alertname="burst",service=~"a.*"', 0, 10 * MINUTE);
    run.errors(0, 2, 'api');
    run.errors(1000, 2, 'web');
    expect(run.alerts.recent().map(({ key }) => key)).toEqual(['web']);
    expect(states(run.alerts)).toEqual([
      ['api', 'firing', 1],
      ['web', 'firing', 1],
    ]);
  });

  test('that ends while the alert lasts lets it be told', async () => {
    const store = silences();
    const run = await driven([burst()], { silences: store });
    const id = mute(store, 'service="api"', 0, 10 * MINUTE);
    run.errors(0);
    run.until(MINUTE);
    expect(run.alerts.recent()).toEqual([]);
    store.expire(id, START + MINUTE);
    run.until(MINUTE + 2000);
    expect(run.alerts.recent()).toMatchObject([{ rule: 'burst', key: 'api', instance: only(run.alerts).id }]);
    run.until(2 * MINUTE);
    expect(run.alerts.recent()).toHaveLength(1);
  });

  test('that ends by itself does so, too; one that begins while a common message waits keeps its alerts out of it', async () => {
    const store = silences();
    const run = await driven([burst('aggregation: { minutes: 1 }\n')], { silences: store });
    run.errors(0, 2, 'api');
    run.errors(1000, 2, 'web');
    run.errors(2000, 2, 'gone');
    mute(store, 'service=~"api|gone"', 3000, 3 * MINUTE);
    run.until(2 * MINUTE);
    expect(run.alerts.recent().map(({ matches, body }) => [matches, body.includes('service: web')])).toEqual([
      [1, true],
    ]);
    run.until(5 * MINUTE);
    expect(run.alerts.recent().map(({ matches }) => matches)).toEqual([2, 1]);
    expect(states(run.alerts)).toHaveLength(3);
  });

  test('of one that is over before it ends: nobody hears of it', async () => {
    const store = silences();
    const run = await driven([burst('resolve_after: { seconds: 10 }\nsend_resolved: true\n')], { silences: store });
    mute(store, 'service="api"', 0, MINUTE);
    run.errors(0);
    run.until(2 * MINUTE);
    expect(run.alerts.recent()).toEqual([]);
    expect(states(run.alerts)).toEqual([['api', 'over at 10', 1]]);
  });
});
