import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SilenceFile } from '../../../src/alerts/silence-file.ts';
import { readSilenceRequest } from '../../../src/alerts/silence-requests.ts';
import { silencesApi } from '../../../src/alerts/silences-api.ts';
import { matchersText } from '../../../src/alerts/silencing/matcher.ts';
import { type SilenceKeeper, UserSilences } from '../../../src/alerts/user-silences.ts';
import { rule, START, tempFolder } from '../support.ts';

const RULES = [
  rule('name: burst\ntype: any\nindex: docker-logs-*\nalert: debug\nquery_key: [service, host.keyword]\n'),
  rule('name: whole\ntype: any\nindex: docker-logs-*\nalert: debug\n'),
];
const read = (body: object) => readSilenceRequest(body as never, 'kim', RULES, START);

describe('a silence that is asked for', () => {
  test.for([
    [{ matchers: 'a="b",c!~"d"' }, '{a="b",c!~"d"}'],
    [{ matchers: ['a="b"', 'c=~"d"'] }, '{a="b",c=~"d"}'],
    [{ matchers: [{ name: 'a', value: 'b' }] }, '{a="b"}'],
    [{ matchers: [{ name: 'a', value: 'b', isRegex: true, isEqual: false }] }, '{a!~"b"}'],
    [{ rule: 'whole' }, '{alertname="whole"}'],
    [{ rule: 'burst', key: 'api, h1' }, '{alertname="burst",service="api",host="h1"}'],
    [{ rule: 'whole', matchers: 'level="ERROR"' }, '{level="ERROR",alertname="whole"}'],
  ] as const)('%j is %s', ([body, text]) => {
    expect(matchersText(read({ ...body, duration: '2h' }).matchers)).toBe(text);
  });

  test('ends after its duration, from its start on', () => {
    expect(read({ rule: 'whole', duration: '90m' })).toMatchObject({ endsAt: START + 5_400_000, createdBy: 'kim' });
    const body = { rule: 'whole', starts_at: '2026-11-20T13:00:00Z', duration: '1h', created_by: 'lee', comment: 'x' };
    expect(read(body)).toMatchObject({ startsAt: START + 3_600_000, endsAt: START + 7_200_000, createdBy: 'lee' });
    expect(read({ matchers: 'a=b', endsAt: START + 1, createdBy: 'amtool' })).toMatchObject({ createdBy: 'amtool' });
  });

  test.for([
    [{}, /nothing says how long/],
    [{ duration: '2h', ends_at: '2026-11-20T13:00:00Z' }, /both ends_at and duration/],
    [{ duration: 'long' }, /is no duration/],
    [{ duration: '99999d' }, /is longer than 3650 days/],
    [{ duration: '-5m' }, /is not longer than nothing/],
    [{ ends_at: 'soon' }, /ends_at is no time/],
    [{ duration: 5 }, /duration is no text/],
    [{ duration: '1h', rule: 'brust' }, /Did you mean burst/],
    [{ duration: '1h', rule: 'whole', key: 'x' }, /has no query_key/],
    [{ duration: '1h', key: 'x' }, /Name the rule/],
    [{ duration: '1h', matchers: 7 }, /neither a text nor a list/],
    [{ duration: '1h', matchers: [7] }, /no name and value/],
    [{ duration: '1h', matchers: 'a=~"("' }, /LS_ALERTS_MATCHER/],
    [{ duration: '1h', matchers: Array.from({ length: 101 }, () => 'a=b') }, /more than 100 matchers/],
    [{ duration: '1h', matchers: 'a=b', comment: {} }, /comment is no text/],
  ] as const)('%j is refused', ([body, message]) => {
    expect(() => read(body)).toThrow(message);
  });
});

describe('silences that are kept', () => {
  const deps = { rules: () => RULES, instances: async () => [] };

  test('are there after a restart, and links are signed as before', async () => {
    const dir = tempFolder();
    const first = new UserSilences(new SilenceFile(dir), () => START);
    await first.start();
    const made = await silencesApi(first, deps, () => START).add({ rule: 'whole', duration: '1h' }, 'kim');
    const token = first.tokenOf('i-1')!;
    const second = new UserSilences(new SilenceFile(dir), () => START);
    await second.start();
    expect(await silencesApi(second, deps, () => START).list()).toEqual([made]);
    expect(second.instanceOf(token)).toBe('i-1');
    expect((await silencesApi(second, deps, () => START).expire(made.id)).state).toBe('expired');
  });

  test('times that no date has are refused, and a file with them does no harm', async () => {
    const dir = tempFolder();
    const silences = new UserSilences(new SilenceFile(dir), () => START);
    await silences.start();
    const api = silencesApi(silences, deps, () => START);
    for (const ends_at of [1e300, Date.UTC(10_000, 0), -1e300])
      await expect(api.add({ rule: 'whole', ends_at }, '')).rejects.toThrow();
    await api.add({ rule: 'whole', ends_at: Date.UTC(10_000, 0) - 1 }, '');
    const path = join(dir, 'silences.ndjson');
    const [, first] = readFileSync(path, 'utf8').split('\n');
    const odd = [{ ...JSON.parse(first!), id: 'x', endsAt: 1e300 }, 7, null, { id: 'y' }];
    appendFileSync(path, odd.map(one => `${JSON.stringify(one)}\n`).join(''));
    const again = new UserSilences(new SilenceFile(dir), () => START);
    await again.start();
    expect(await silencesApi(again, deps, () => START).list()).toHaveLength(1);
    writeFileSync(path, 'not JSON');
    const broken = new UserSilences(new SilenceFile(dir), () => START);
    await broken.start();
    expect(await silencesApi(broken, deps, () => START).list()).toEqual([]);
  });

  test('what cannot be kept does not hold', async () => {
    const full: SilenceKeeper = {
      read: async () => undefined,
      secret: async () => Buffer.alloc(32),
      write: () => Promise.reject(new Error('no space left')),
    };
    const silences = new UserSilences(full, () => START);
    await silences.start();
    const api = silencesApi(silences, deps, () => START);
    await expect(api.add({ rule: 'whole', duration: '1h' }, '')).rejects.toThrow('no space left');
    expect(await api.list()).toEqual([]);
    expect(silences.store.silencing({ alertname: 'whole' }, START)).toEqual([]);
  });
});

test('expressions of a stranger cost little', () => {
  const start = performance.now();
  for (const value of [
    '((a{1000}){1000}){1000}',
    `${'(a|b)*'.repeat(600)}c`,
    '(x+x+)+y',
    `${'('.repeat(900)}a${')'.repeat(900)}`,
  ]) {
    try {
      readSilenceRequest(
        { matchers: [{ name: 'a', value, isRegex: true }], duration: '1h' } as never,
        '',
        RULES,
        START,
      );
      const silences = new UserSilences(new SilenceFile(tempFolder()), () => START);
      silences.store.set(read({ matchers: [{ name: 'a', value, isRegex: true }], duration: '1h' }), START);
      silences.store.silencing({ a: 'x'.repeat(1000) }, START);
    } catch (error) {
      expect(String(error)).toContain('LS_ALERTS');
    }
  }
  expect(performance.now() - start).toBeLessThan(20_000);
});
