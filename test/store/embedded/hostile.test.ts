import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { all, ids, NEVER_SEAL, Place, type TestEvent, untilSealed } from './helpers.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.close());

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

/** [what, the event, what its hit must hold] */
const VALUES: [name: string, event: Omit<TestEvent, 'id'>, hit: { [name: string]: unknown }][] = [
  ['NUL', { declared: { message: 'a\u0000b' }, fields: '{"x":"\\u0000"}' }, { message: 'a\u0000b', x: '\u0000' }],
  [
    'unicode',
    { declared: { message: '한국어 😀 \u2028' }, fields: '{"이름":"값"}' },
    { message: '한국어 😀 \u2028', 이름: '값' },
  ],
  ['a string of 1 MB', { declared: { message: 'M'.repeat(1_000_000) } }, { message: 'M'.repeat(1_000_000) }],
  ['an undeclared string of 3 MB', { fields: `{"x":"${'é'.repeat(1_500_000)}"}` }, { x: 'é'.repeat(1_500_000) }],
  [
    'integers of 64 bits and more',
    { fields: '{"a":9223372036854775807,"b":-9223372036854775808,"c":123456789012345678901}' },
    { a: '9223372036854775807', b: '-9223372036854775808', c: '123456789012345678901' },
  ],
  [
    'integers as JavaScript writes them',
    { fields: '{"a":9007199254740991,"b":9223372036854776000}' },
    { a: 9007199254740991, b: 9223372036854776000 },
  ],
  ['1e400', { fields: '{"x":1e400,"y":1e100}' }, { x: '1e400', y: 1e100 }],
  [
    'fractions',
    { declared: { response_time: 0.1 }, fields: '{"x":1.10,"y":-0.5,"z":5e-7}' },
    { response_time: 0.1, x: 1.1, y: -0.5, z: 5e-7 },
  ],
  [
    'empty things',
    { declared: { labels: {} }, fields: '{"o":{},"a":[],"s":"","n":null,"":1}' },
    { labels: {}, o: {}, a: [], s: '', n: null, '': 1 },
  ],
  ['types', { fields: '{"t":true,"f":false,"a":[1,"2",{"b":null}]}' }, { t: true, f: false, a: [1, '2', { b: null }] }],
  ['deep nesting', { fields: nested(200) }, JSON.parse(nested(200))],
  [
    'names with dots and quotes',
    { fields: '{"a.b":1,"c\'d":2,"e\\"f":3,"$.x":4,"g[0]":5}' },
    { 'a.b': 1, "c'd": 2, 'e"f': 3, '$.x': 4, 'g[0]': 5 },
  ],
  [
    'names of objects',
    { fields: '{"constructor":1,"toString":2,"hasOwnProperty":3}' },
    { constructor: 1, toString: 2, hasOwnProperty: 3 },
  ],
  [
    'sql in values',
    { declared: { message: "'; DROP TABLE x; --" }, fields: '{"x":"\\\\\'"}' },
    { message: "'; DROP TABLE x; --", x: "\\'" },
  ],
  [
    'a name that is declared',
    { declared: { level: 'INFO' }, fields: '{"level":"other","seq":5,"_id":"x"}' },
    { level: 'INFO' },
  ],
];

test('values come back as they went in, before and after sealing', async () => {
  const store = await place.store({ seal_max_age_ms: 2_000 });
  const events = VALUES.map(([, event], i) => ({ id: `v${i}`, ...event }));
  await store.accept(place.chunk(events));
  for (const state of ['unsealed', 'sealed']) {
    if (state === 'sealed') await untilSealed(store);
    const { hits } = await store.search(all({ order: 'asc' }));
    expect(hits.map(hit => hit._id).sort()).toEqual(events.map(event => event.id).sort());
    for (const [i, [name, , wanted]] of VALUES.entries()) {
      const { _id, _index, seq, '@timestamp': time, ...rest } = hits.find(hit => hit._id === `v${i}`)!;
      expect([_index, time], name).toEqual(['docker-logs-2026.11.20', '2026-11-20T00:00:00.000Z']);
      expect(typeof seq).toBe('number');
      expect(rest, `${name}, ${state}`).toEqual(wanted);
    }
  }
  expect(place.deadLetters()).toEqual([]);
});

test('__proto__ is a name like any other', async () => {
  const store = await place.store(NEVER_SEAL);
  await store.accept(place.chunk([{ id: 'a', fields: '{"__proto__":{"polluted":true},"x":{"__proto__":1}}' }]));
  const [hit] = (await store.search(all())).hits;
  expect(Object.hasOwn(hit!, '__proto__')).toBe(true);
  expect(hit!['polluted']).toBeUndefined();
  expect(JSON.stringify(hit)).toContain('"__proto__":{"polluted":true}');
});

const GOOD = '"seq":1,"@timestamp":"2026-11-20T00:00:00.000Z"';
const BAD: [what: string, line: string | Buffer][] = [
  ['cut', `{"_id":"x","seq":1,"@timest`],
  ['garbage', 'not JSON at all'],
  ['an array', '[1,2]'],
  ['null', 'null'],
  ['an empty object', '{}'],
  ['no id', `{${GOOD}}`],
  ['an id that is a number', `{"_id":1,${GOOD}}`],
  ['seq is a word', '{"_id":"x","seq":"one","@timestamp":"2026-11-20T00:00:00.000Z"}'],
  ['seq is a fraction', '{"_id":"x","seq":1.5,"@timestamp":"2026-11-20T00:00:00.000Z"}'],
  ['no time', '{"_id":"x","seq":1}'],
  ['a time that is none', '{"_id":"x","seq":1,"@timestamp":"yesterday"}'],
  ['a number that is none', `{"_id":"x",${GOOD},"response_time":"fast"}`],
  ['two on a line', `{"_id":"x",${GOOD}}{"_id":"y",${GOOD}}`],
  ['half a surrogate pair', `{"_id":"x",${GOOD},"message":"\\ud800"}`],
  ['NUL bytes', '\0\0\0\0'],
  ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
];

describe('bad lines', () => {
  test('go to the dead letters, and keep no other line from being stored or found', async () => {
    const { writeFileSync } = await import('node:fs');
    const store = await place.store({ seal_max_age_ms: 1_000 });
    const good = place.chunk([{ id: 'before' }]);
    const bad = place.chunk([], { id: 'bad' });
    const goodLine = (id: string) => Buffer.from(`{"_id":"${id}",${GOOD}}\n`);
    const parts = BAD.flatMap(([, text], i) => [goodLine(`good${i}`), Buffer.from(text), Buffer.from('\n')]);
    writeFileSync(bad.path, Buffer.concat([...parts, Buffer.from('\n\n'), goodLine('last')]));
    await store.accept(good);
    await store.accept({ ...bad, events: BAD.length * 2 + 1 });
    const wanted = ['before', ...BAD.map((_, i) => `good${i}`), 'last'].sort();
    const unsealed = ids((await store.search(all())).hits);
    expect(unsealed).toEqual(expect.arrayContaining(wanted));
    await untilSealed(store);
    const { hits, total } = await store.search(all());
    expect(ids(hits).sort()).toEqual(wanted);
    expect(total.value).toBe(wanted.length);

    const letters = place.deadLetters();
    expect(letters.map(letter => letter.line)).toEqual(BAD.map((_, i) => 2 * i + 2));
    for (const [i, letter] of letters.entries()) {
      const original =
        letter.document === undefined ? Buffer.from(letter.document_base64!, 'base64') : Buffer.from(letter.document);
      expect(original, BAD[i]![0]).toEqual(Buffer.from(BAD[i]![1]));
      expect(letter.reason).not.toBe('');
    }
  });

  test('a chunk of nothing else leaves no segment', async () => {
    const store = await place.store();
    await store.accept(place.chunk([], { raw: 'x\ny\n' }));
    await untilSealed(store);
    expect(place.segments()).toEqual([]);
    expect(place.deadLetters()).toHaveLength(2);
    expect((await store.search(all())).hits).toEqual([]);
  });

  test('an empty chunk, and one that says more than it has', async () => {
    const store = await place.store();
    await store.accept({ ...place.chunk([]), events: 5 });
    await store.accept({ ...place.chunk([{ id: 'a' }]), events: 7 });
    await untilSealed(store);
    expect(ids((await store.search(all())).hits)).toEqual(['a']);
    expect(place.deadLetters()).toEqual([]);
  });
});
