import { expect, test } from 'vitest';
import { includedFields } from '../../src/alerts/included.ts';
import { newFields } from '../../src/core/event.ts';
import { engine, hit, rule, START, until } from './support.ts';
import { webhook } from './webhook.ts';

const EVENT = {
  service: 'shop',
  lab: 1,
  err: { k: 'boom', stack: { top: 'f', line: 3 }, label: 'x' },
  labels: { a: 'b' },
  'dotted.name': 'd',
  items: [{ name: 'n', price: 5 }, { price: 6 }, 'text'],
  gone: undefined,
};

/** What `_source` of Elasticsearch gives for these patterns. */
const CASES: [patterns: string[], wanted: Record<string, unknown>][] = [
  [['err.*'], { err: EVENT.err }],
  [['lab*'], { lab: 1, labels: { a: 'b' } }],
  [['err.st*'], { err: { stack: { top: 'f', line: 3 } } }],
  [['*.top'], { err: { stack: { top: 'f' } } }],
  [['*.stack.l*'], { err: { stack: { line: 3 } } }],
  [['e*k'], { err: { k: 'boom', stack: EVENT.err.stack } }],
  [['items.n*'], { items: [{ name: 'n' }] }],
  [['dotted.*'], { 'dotted.name': 'd' }],
  [['err.*', 'serv*'], { service: 'shop', err: EVENT.err }],
  [['nothing.*', 'servic.*', 'gone*'], {}],
  [['err.[a-z]*', 'e?r*', 'serv.ce*'], {}],
];

test.for(CASES)('%j', ([patterns, wanted]) => {
  expect(includedFields(Object.assign(newFields(), EVENT), patterns)).toEqual(Object.assign(newFields(), wanted));
});

test('a rule sends what its patterns include, and the fields that it reads itself', async () => {
  const hook = await webhook();
  const text = `name: r\ntype: any\nindex: docker-logs-*\nalert: post\nhttp_post_url: ${hook.url}\ninclude: ['err.*', service]\n`;
  const alerts = await engine({ rules: [rule(text)] });
  alerts.consume([hit('r', 'a', START, { ...EVENT, timestamp: undefined })], 1);
  await until(() => hook.received.length === 1, 'the message');
  expect(Object.keys(hook.received[0]!.body).sort()).toEqual(
    ['@timestamp', '_id', '_index', 'err', 'num_hits', 'num_matches', 'service'].sort(),
  );
  expect(hook.received[0]!.body.err).toEqual(EVENT.err);
});
