import { describe, expect, test } from 'vitest';
import { conceal } from '../../../src/alerts/alerters/secrets.ts';
import { FileStateStore } from '../../../src/alerts/file-state.ts';
import { outboxOf } from '../../../src/alerts/outbox.ts';
import { engine, hit, rule, START, savedText, tempFolder, until } from '../support.ts';
import { webhook } from '../webhook.ts';

const REQUEST = {
  address: {
    url: 'https://hooks.example/services/T0AB/B0CD/SECRETTOKEN?auth=q%2Fw/e+r&x=zz9',
    headers: { Authorization: `Basic ${btoa('bob:hunter2')}` },
  },
  headers: { 'X-Api-Key': 'k3y-77', 'Content-Type': 'application/json', 'X-Trace': 'abcd-efgh-ijkl-mnop' },
  body: JSON.stringify({ settings: [{ api_token: 'tok_88' }], message: 'checkout failed' }),
};

/** An answer, and what may be shown of it. */
const ANSWERS: [answer: string, shown: string][] = [
  ['<pre>Cannot POST /services/T0AB/B0CD/SECRETTOKEN</pre>', '<pre>Cannot POST [cut]</pre>'],
  ['https://hooks.example/services/T0AB/B0CD/SECRETTOKEN?auth=q%2Fw/e+r&x=zz9 is gone', 'https://[cut] is gone'],
  ['host hooks.example', 'host [cut]'],
  ['services/T0AB/B0CD', '[cut]'],
  ['B0CD is no channel of T0AB', '[cut] is no channel of [cut]'],
  ['%2Fservices%2FT0AB%2FB0CD%2FSECRETTOKEN', '[cut]'],
  ['%252fservices%252fT0AB%252fB0CD%252fSECRETTOKEN', '[cut]'],
  ['<p>&#x2F;services&#47;T0AB&sol;B0CD&#x2f;SECRETTOKEN</p>', '<p>[cut]</p>'],
  ['{"path":"\\/services\\/T0AB\\/B0CD\\/SECRETTOKEN"}', '{"path":"[cut]"}'],
  ['{"path":"\\u002fservices\\u002fT0AB\\u002fB0CD"}', '{"path":"[cut]"}'],
  ['?auth=q/w/e r&amp;x=zz9', '[cut]'],
  ['auth is q%252Fw%252Fe+r', 'auth is [cut]'],
  ['no token secrettoken', 'no token [cut]'],
  ['x is zz9.', 'x is [cut].'],
  ['bad key k3y-77', 'bad key [cut]'],
  ['bob:hunter2 or hunter2', '[cut] or [cut]'],
  [`Authorization: Basic ${btoa('bob:hunter2')}`, 'Authorization: [cut]'],
  ['trace abcd-efgh-ijkl-mnop', 'trace [cut]'],
  ['tok_88 is not known', '[cut] is not known'],
  ['한국어 SECRETTOKEN 끝', '한국어 [cut] 끝'],
  // The answer ends where the connection did.
  ['no such hook: SECR', 'no such hook: [cut]'],
  ['/services/T0AB/B0', '[cut]'],
  // What tells the reason stays.
  ['invalid_payload', 'invalid_payload'],
  ['services are down: 503 <b>a &amp; b</b> 100%', 'services are down: 503 <b>a &amp; b</b> 100%'],
  ['checkout failed', 'checkout failed'],
  ['expected application/json', 'expected application/json'],
];

test.for(ANSWERS)('of %j is shown %j', ([answer, shown]) => {
  expect(conceal(answer, REQUEST)).toBe(shown);
});

test.for<[url: string, answer: string, shown: string]>([
  ['https://h.example/hook?SECRETTOKEN', 'no SECRETTOKEN', 'no [cut]'],
  ['https://h.example/SECRET/x', 'SECRET is gone', '[cut] is gone'],
  ['https://h.example/notify/quiets', 'cannot notify quiets', 'cannot notify [cut]'],
  ['https://h.example/%EB%B9%84%EB%B0%80', 'Cannot POST /비밀', 'Cannot POST [cut]'],
  ['https://h.example/%EB%B9%84%EB%B0%80', '"\\/\\ube44\\ubc00"', '"[cut]"'],
  ['https://h.example/a%2Fb%20c', '/a/b c and /a%2Fb+c', '[cut] and [cut]'],
  ['https://x7f3.pipe.example/', 'x7f3.pipe.example is unknown', '[cut] is unknown'],
])('of %j, in %j, is shown %j', ([url, answer, shown]) => {
  expect(conceal(answer, { address: { url, headers: {} }, headers: {}, body: '' })).toBe(shown);
});

test('a user without a password is a secret, too', () => {
  const address = { url: 'https://h.example/', headers: { Authorization: `Basic ${btoa('tok3n:')}` } };
  expect(conceal('who is tok3n?', { address, headers: {}, body: '' })).toBe('who is [cut]?');
});

test('an address that no URL can be made of is cut as well', () => {
  const request = { address: { url: 'http://bad host/TOKEN1234', headers: {} }, headers: {}, body: '' };
  expect(conceal('Failed to parse URL from http://bad host/TOKEN1234', request)).not.toContain('TOKEN');
});

const ANY = 'name: all\ntype: any\nindex: docker-logs-*\nrealert: { seconds: 0 }\n';
const SETTINGS = { retry_min_ms: 10, retry_max_ms: 20, state_write_interval_ms: 10, max_refused_tries: 2 };

describe('what a receiver repeats', () => {
  test.for<[what: string, text: string]>([
    ['slack', 'alert: slack\nslack_webhook_url: URL/services/T0AB/B0CD/SECRETTOKEN\n'],
    ['post', 'alert: post\nhttp_post_url: URL/x?token=SECRETTOKEN\nhttp_post_headers: { X-Api-Key: SECRETTOKEN }\n'],
    [
      'post2',
      "alert: post2\nhttp_post2_url: URL/x/SECRETTOKEN\nhttp_post2_headers: { Authorization: Bearer SECRETTOKEN, X-Level: '{{ level }}' }\n",
    ],
    [
      'post2 with headers in a text',
      'alert: post2\nhttp_post2_url: URL/x\nhttp_post2_headers: \'{ "Authorization": "Bearer SECRETTOKEN", "X-Level": "{{ level }}" }\'\n',
    ],
  ])('%s: is neither in the list of alerts nor in the state', async ([, text]) => {
    const dir = tempFolder();
    const hook = await webhook();
    hook.answer = (_, response) => response.writeHead(404).end(JSON.stringify(hook.received.at(-1)));
    const alerts = await engine({ dir, rules: [rule(ANY + text.replaceAll('URL', hook.url))], settings: SETTINGS });
    alerts.consume([hit('all', 'a', START)], 1);
    await until(() => alerts.recent(1)[0]?.deliveries[0]?.state === 'dead', 'the last try');
    expect(alerts.recent(1)[0]?.deliveries[0]?.last_error).toMatch(/^HTTP 404: .*\[cut\]/);
    expect(JSON.stringify([hook.received[0]?.path, hook.received[0]?.headers])).toContain('SECRETTOKEN');
    await alerts.flush();
    expect(JSON.stringify(alerts.recent(10))).not.toContain('SECRET');
    expect(savedText(dir)).not.toContain('SECRET');
  });

  test('while it waits to be sent, the state holds no fixed headers', async () => {
    const dir = tempFolder();
    const hook = await webhook();
    const text = `alert: post2\nhttp_post2_url: ${hook.url}/x\nhttp_post2_headers: { Authorization: Bearer SECRETTOKEN, X-Level: '{{ level }}' }\n`;
    let mayNotify = false;
    const alerts = await engine({
      dir,
      rules: [rule(ANY + text)],
      settings: SETTINGS,
      mayNotify: () => mayNotify,
    });
    alerts.consume([hit('all', 'a', START)], 1);
    await alerts.flush();
    const state = await new FileStateStore(dir).read();
    expect(outboxOf(state!)).toMatchObject([{ headers: { 'X-Level': 'ERROR' } }]);
    expect(savedText(dir)).not.toContain('SECRET');
    mayNotify = true;
    await until(() => hook.received.length === 1, 'the message');
    expect(hook.received[0]?.headers).toMatchObject({ authorization: 'Bearer SECRETTOKEN', 'x-level': 'ERROR' });
  });
});
