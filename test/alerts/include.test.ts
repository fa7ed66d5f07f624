import { expect, test } from 'vitest';
import { matchDocument } from '../../src/alerts/document.ts';
import { event, rule, START } from './support.ts';

const EVENT = {
  trace_id: 't1',
  items: [{ name: 'x', n: 1, secret: 's' }, { name: 'y', n: 2 }, 5],
  deep: { list: [[{ 'a.b': 1, c: 2 }], { a: { b: 3 } }] },
};

/** The fields of an alert for `include`, without those that every match has. */
function shown(include: string[]): unknown {
  const one = rule(`name: t\ntype: any\nindex: docker-logs-*\nalert: debug\ninclude: ${JSON.stringify(include)}\n`);
  const match = { rule: one, time: START, key: undefined, event: event(START, EVENT) } as never;
  const {
    '@timestamp': _,
    num_hits,
    num_matches,
    ...rest
  } = matchDocument(one, match, {
    numHits: 1,
    topCounts: {},
    maxFieldChars: 100,
  });
  return JSON.parse(JSON.stringify(rest));
}

test.for<[include: string[], fields: unknown]>([
  [['items.name'], { items: [{ name: 'x' }, { name: 'y' }] }],
  [
    ['items.name', 'items.n'],
    {
      items: [
        { name: 'x', n: 1 },
        { name: 'y', n: 2 },
      ],
    },
  ],
  [['deep.list.a.b'], { deep: { list: [[{ 'a.b': 1 }], { a: { b: 3 } }] } }],
  [['items.nope', 'nope.x'], {}],
  [['service.name', 'trace.id'], { 'service.name': 'api', 'trace.id': 't1' }],
])('include %j', ([include, fields]) => {
  expect(shown(include)).toEqual(fields);
});
