import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type BacktestDependencies, Backtests } from '../../src/backtest/backtests.ts';
import { publicVariables, withoutSecrets } from '../../src/backtest/secrets.ts';
import type { StoredEvent } from '../../src/core/contracts.ts';
import type { PagesRequest } from '../../src/store/pages.ts';
import { compilePredicate } from '../../src/store/query/predicate.ts';

const START = Date.UTC(2026, 10, 20, 12);
const NEVER = new AbortController().signal;

const BURST = `name: burst
type: frequency
index: docker-logs-*
alert: [debug, post2]
http_post2_payload: { text: '{{ message }}' }
filter: [{ term: { level: ERROR } }]
num_events: 3
timeframe: { minutes: 1 }
`;

const events = (count: number, stepMs: number): StoredEvent[] =>
  Array.from({ length: count }, (_, i) => ({
    _id: `e${i}`,
    _index: 'docker-logs-2026.11.20',
    seq: i,
    '@timestamp': new Date(START + i * stepMs).toISOString(),
    level: i % 2 === 0 ? 'ERROR' : 'INFO',
    message: `m${i}`,
  }));

/** Backtests on these events. */
function over(stored: readonly StoredEvent[], more: Partial<BacktestDependencies> = {}) {
  const asked: PagesRequest[] = [];
  const askedPast: { from: number; to: number }[] = [];
  const backtests = new Backtests({
    searcher: {
      async newest(query, from, to, size) {
        askedPast.push({ from, to });
        const matches = compilePredicate(query, 0);
        const isIn = (time: number): boolean => time >= from && time <= to;
        return stored.filter(event => isIn(Date.parse(event['@timestamp'])) && matches(event)).slice(-size);
      },
      oldest: async () => stored.map(event => Date.parse(event['@timestamp'])).sort((a, b) => a - b)[0],
      async *pages(request: PagesRequest) {
        asked.push(request);
        const matches = compilePredicate(request.query, 0);
        const found = stored.filter(event => {
          const time = Date.parse(event['@timestamp']);
          return time >= request.from && time <= request.to && matches(event);
        });
        for (let at = 0; at < found.length; at += 10) yield found.slice(at, at + 10);
      },
      scan(request) {
        return this.pages(request);
      },
    },
    running: () => ({ rules: [{ path: 'rules/burst.yaml', text: BURST }], imports: [] }),
    alerterDefaults: { post2: { http_post2_url: 'https://user:pass@example.org/hook' } },
    settings: {},
    env: {},
    ...more,
  });
  return { backtests, asked, askedPast };
}

describe('backtests over HTTP', () => {
  const span = { from: '2026-11-20T12:00:00Z', to: '2026-11-20T13:00:00Z' };

  test('of what runs: only what the filters take is asked for, and messages hold no secret', async () => {
    const { backtests, asked } = over(events(20, 1000));
    const answer = await backtests.run({ ...span, messages: true }, 'me', NEVER);
    expect(answer).toMatchObject({ from: '2026-11-20T12:00:00.000Z', to: '2026-11-20T13:00:00.999Z', events: 10 });
    expect(answer.rules).toMatchObject([
      { name: 'burst', where: 'rules/burst.yaml:1', hits: 10, matches: 3, alerts: 1, suppressed: 2 },
    ]);
    const [alert] = answer.rules[0]!.fired;
    expect(alert).toMatchObject({ at: '2026-11-20T12:00:04.000Z', title: 'burst', num_hits: 3 });
    const [debug, post2] = alert!.messages!;
    expect(debug).toMatchObject({ alerter: 'debug', bodies: [expect.stringContaining('At least 3 events')] });
    expect(post2!.bodies.map(body => JSON.parse(body))).toMatchObject([{ text: 'm4' }]);
    expect(JSON.stringify(answer)).not.toMatch(/example\.org|pass/);
    expect(asked).toMatchObject([{ from: START - 60_000, to: START + 3_600_999 }]);
    expect(JSON.stringify(asked[0]!.query)).toContain('ERROR');
  });

  test('what new_term has to know of the weeks before is asked for by value, not read event by event', async () => {
    const DAY = 86_400_000;
    const seen = (id: string, service: string, at: number): StoredEvent =>
      ({ ...events(1, 0)[0]!, _id: id, service, '@timestamp': new Date(at).toISOString() }) as StoredEvent;
    const stored = [
      seen('p1', 'api', START - 29 * DAY),
      ...Array.from({ length: 200 }, (_, i) => seen(`p-${i}`, 'web', START - 20 * DAY + i * 60_000)),
      seen('a', 'api', START + 1000),
      seen('b', 'new', START + 2000),
      seen('c', 'web', START + 3000),
    ];
    const text = `name: new service
type: new_term
index: docker-logs-*
alert: debug
fields: [service]
`;
    const { backtests, asked, askedPast } = over(stored, {
      running: () => ({
        rules: [
          { path: 'new.yaml', text },
          { path: 'burst.yaml', text: BURST },
        ],
        imports: [],
      }),
    });
    const answer = await backtests.run(span, 'me', NEVER);
    expect(answer.rules.find(({ name }) => name === 'new service')).toMatchObject({
      ...{ hits: 3, matches: 1, alerts: 1 },
      fired: [{ at: new Date(START + 2000).toISOString() }],
    });
    expect(asked).toMatchObject([{ from: START - 60_000 }]);
    expect(askedPast[0]).toEqual({ from: START - 60_000 - 30 * DAY, to: START - 60_001 });
    // What its alerts show.
    expect(askedPast.slice(1).every(({ from }) => from > START - DAY)).toBe(true);
    const alone = await over(stored).backtests.run(
      { ...span, rules: [{ path: 'new.yaml', text }], old: [{ path: 'old.yaml', text }] },
      'me',
      NEVER,
    );
    expect(alone.differences).toMatchObject([{ only_old: [], only_new: [], both: [{}] }]);
  });

  test('of rules that are sent, against others; chosen by name', async () => {
    const { backtests } = over(events(20, 1000));
    const rules = [{ path: 'new.yaml', text: BURST.replace('num_events: 3', 'num_events: 9') }];
    const old = [{ path: 'old.yaml', text: BURST }];
    const answer = await backtests.run({ ...span, rules, old }, 'me', NEVER);
    expect(answer.differences).toMatchObject([{ old: 'burst', new: 'burst', only_old: [], only_new: [], both: [{}] }]);
    const none = await backtests.run({ ...span, names: ['other'] }, 'me', NEVER);
    expect(none).toMatchObject({ rules: [], events: 0 });
  });

  test('texts that are sent read neither files nor variables of this machine', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longshore-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const secret = join(folder, 'secret.yaml');
    writeFileSync(secret, 'alert_subject: the secret of this machine\n');
    const { backtests } = over(events(6, 1000), { env: { PLACE: 'here', API_TOKEN: 'hunter2' } });
    const rules = [
      { path: 'import.yaml', text: `${BURST}import: ${secret}\n` },
      {
        path: 'variable.yaml',
        text: BURST.replace('name: burst', 'name: variable').concat('alert_subject: "$PLACE $API_TOKEN"\n'),
      },
    ];
    const mail = BURST.replace('name: burst', 'name: mail')
      .replace(
        '[debug, post2]',
        `[{ email: { email: a@b.example, email_image_keys: [x], email_image_values: [${secret}] } }]`,
      )
      .concat(`smtp_host: localhost\nsmtp_auth_file: ${secret}\nassets_dir: ${folder}\n`);
    const mailed = await backtests.run(
      { ...span, rules: [{ path: 'mail.yaml', text: mail }], messages: true },
      'me',
      NEVER,
    );
    expect(mailed).toMatchObject({ mistakes: [], rules: [{ fired: [{ title: 'mail' }] }] });
    expect(JSON.stringify(mailed)).not.toContain('secret');
    const answer = await backtests.run({ ...span, rules }, 'me', NEVER);
    expect(answer.mistakes).toMatchObject([
      { code: 'LS_ALERTS_IMPORT', what: expect.stringContaining('was not given') },
    ]);
    expect(answer.rules).toMatchObject([{ name: 'variable', fired: [{ title: '$PLACE https://hidden.invalid/' }] }]);
    expect(JSON.stringify(answer)).not.toMatch(/secret of this|hunter2/);
  });

  test('one at a time for each client, and it ends when the client goes', async () => {
    let isRead: () => void = () => {};
    const read = new Promise<void>(done => {
      isRead = done;
    });
    const { backtests } = over([], {
      searcher: {
        newest: async () => [],
        oldest: async () => undefined,
        async *pages(_request, signal) {
          isRead();
          await new Promise((_, fail) => signal!.addEventListener('abort', () => fail(new Error('called off'))));
          yield [];
        },
        scan(request, signal) {
          return this.pages(request, signal);
        },
      },
    });
    const abort = new AbortController();
    const first = backtests.run(span, 'me', abort.signal);
    await read;
    await expect(backtests.run(span, 'me', NEVER)).rejects.toMatchObject({ code: 'LS_BACKTEST_BUSY', retryable: true });
    abort.abort();
    await expect(first).rejects.toThrow();
    const again = new AbortController();
    again.abort();
    await expect(backtests.run(span, 'me', again.signal)).rejects.toMatchObject({ code: 'LS_BACKTEST_FAILED' });
  });

  test('what takes too long or counts too much tells how far it came', async () => {
    const { backtests } = over(events(100, 1000), { limits: { max_events: 20 } });
    const answer = await backtests.run(span, 'me', NEVER);
    expect(answer.to).toBe('2026-11-20T12:00:38.000Z');
    expect(answer.hints).toEqual([
      expect.stringContaining('only until 2026-11-20T12:00:38.000Z: it counted 20 events'),
    ]);
    expect(answer.rules).toMatchObject([{ hits: 20, alerts: 1 }]);
  });

  test('a process that needs too much memory ends itself and nothing else', async () => {
    const wide = events(200, 1000).map(event => ({ ...event, level: 'ERROR', message: 'x'.repeat(15_000) }));
    const rule = `${BURST.replace('num_events: 3', 'num_events: 100000').replace('minutes: 1', 'hours: 9')}attach_related: true\n`;
    const { backtests } = over(
      Array.from({ length: 40 }, (_, i) => wide.map(event => ({ ...event, _id: `${i}-${event._id}` }))).flat(),
      {
        limits: { memory_mb: 24 },
        running: () => ({ rules: [{ path: 'r.yaml', text: rule }], imports: [] }),
      },
    );
    await expect(backtests.run(span, 'me', NEVER)).rejects.toMatchObject({ code: 'LS_BACKTEST_FAILED' });
    await expect(over(events(6, 1000)).backtests.run(span, 'me', NEVER)).resolves.toMatchObject({ events: 3 });
  });

  test('one that does not come back is ended', async () => {
    const { backtests } = over(events(6, 1000), { limits: { time_limit_ms: -15_000 + 50 } });
    await expect(backtests.run(span, 'me', NEVER)).rejects.toMatchObject({ code: 'LS_BACKTEST_FAILED' });
  });

  test('events of any size give an answer of a reasonable one', async () => {
    const large = events(2000, 1000).map(event => ({ ...event, level: 'ERROR', message: 'm'.repeat(50_000) }));
    const rule = BURST.replace('num_events: 3', 'num_events: 1').concat('realert: { minutes: 0 }\n');
    const { backtests } = over(large.slice(0, 300), {
      running: () => ({ rules: [{ path: 'r.yaml', text: rule }], imports: [] }),
    });
    const answer = await backtests.run({ ...span, messages: true }, 'me', NEVER);
    expect(answer.rules[0]!.alerts).toBe(300);
    expect(JSON.stringify(answer).length).toBeLessThan(6_000_000);
  });

  test.each([
    [{ from: 'soon' }, /from: .*LS_BACKTEST_PARAMETER/],
    [{ from: '2026-11-20', to: '2026-11-19' }, /from is later than to/],
  ])('mistakes in parameters: %j', async (params, message) => {
    await expect(over([]).backtests.run(params, 'me', NEVER)).rejects.toThrow(message);
  });
});

test('secrets are hidden by name and by form', () => {
  const texts = ['$A ${B_TOKEN} $URL_OF $C', '${__proto__} $NOWHERE'];
  const env = { A: 'a', B_TOKEN: 'b', URL_OF: 'u', C: 'https://example.org/hook' };
  expect({ ...publicVariables(texts, env) }).toEqual({
    A: 'a',
    B_TOKEN: 'https://hidden.invalid/',
    URL_OF: 'https://hidden.invalid/',
    C: 'https://hidden.invalid/',
  });
  const defaults = { slack: { slack_webhook_url: ['https://a/b'], slack_username_override: 'x', slack_timeout: 3 } };
  expect(withoutSecrets({ ...defaults, post: { http_post_headers: { Authorization: 'Basic x' } } })).toEqual({
    slack: { slack_webhook_url: ['https://hidden.invalid/'], slack_username_override: 'x', slack_timeout: 3 },
    post: { http_post_headers: { Authorization: 'hidden' } },
  });
});
