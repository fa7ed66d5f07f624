import { describe, expect, test } from 'vitest';
import { type Fields, type LogEvent, newFields } from '../../src/core/event.ts';
import { jsonOf } from '../../src/schema/json.ts';
import { parseStored, serialise } from '../../src/schema/serialise.ts';

const event = (fields: Fields): LogEvent => ({
  time: 0,
  day: '2026.11.20',
  fields: Object.assign(newFields(), { '@timestamp': '2026-11-20T13:55:36.123Z', level: 'INFO' }, fields),
});

describe('documents', () => {
  test('embedded: declared fields in their order, the rest in fields', () => {
    const one = event({
      verb: 'GET',
      tag: 't',
      response: 200,
      message: 'm "x"',
      labels: { a: 'b' },
      service: 's',
      response_time: 1.5,
    });
    expect(serialise(one, 'i-1', 1795182936123000, 'embedded')).toBe(
      '{"_id":"i-1","seq":1795182936123000,"@timestamp":"2026-11-20T13:55:36.123Z","level":"INFO","service":"s","message":"m \\"x\\"","response_time":1.5,"tag":"t","labels":{"a":"b"},"fields":{"verb":"GET","response":200}}\n',
    );
  });

  test('elasticsearch: an action line without the index, the rest at top level', () => {
    expect(serialise(event({ message: 'm', verb: 'GET' }), 'i-1', 5, 'elasticsearch')).toBe(
      '{"create":{"_id":"i-1"}}\n{"seq":5,"@timestamp":"2026-11-20T13:55:36.123Z","level":"INFO","message":"m","verb":"GET"}\n',
    );
  });

  test('fields are left out when nothing is in them, absent values too', () => {
    expect(serialise(event({ message: 'm', gone: undefined }), 'i', 5, 'embedded')).toBe(
      '{"_id":"i","seq":5,"@timestamp":"2026-11-20T13:55:36.123Z","level":"INFO","message":"m"}\n',
    );
  });

  test('what neighbours have in common is not mixed up', () => {
    const values = ['a', 'b', 'a', '', 'a', undefined, 'b', 'long '.repeat(50), 'a', 7, 'a', null, 'a'];
    const names = ['x', 'y', 'service', 'container_id', 'tag', 'hostname', 'stream', 'container_name', 'message'];
    for (let i = 0; i < 500; i++) {
      const fields = newFields();
      names.forEach((name, n) => {
        const value = values[(i * (n + 3) + ((i * n) % 7)) % values.length];
        if (value !== undefined && (n < 2 || typeof value === 'string')) fields[name] = value;
        // Another order of keys now and then.
        if (i % 11 === 0) fields[`z${n}`] = i;
      });
      const hit = parseStored(serialise(event(fields), `i${i}`, i, i % 2 ? 'embedded' : 'elasticsearch'), '2026.11.20');
      expect(hit).toEqual({ _id: `i${i}`, _index: 'docker-logs-2026.11.20', seq: i, ...event(fields).fields });
    }
  });

  test('whatever the values are, they are written as one by one', () => {
    const values = [
      '',
      'a',
      'a',
      'a',
      'a',
      'a',
      '"',
      'é',
      '\ud800',
      '\n',
      'x'.repeat(30),
      `${'x'.repeat(80)}"`,
      'y'.repeat(300),
    ];
    const others = [0, 7, 1234, -1, 0.5, Number.NaN, true, null, [1, 'a"'], { a: { b: '\\' } }, undefined, () => 1];
    const all: unknown[] = [...values, ...others, ...values];
    for (let i = 0; i < 3000; i++) {
      const one = event({
        message: values[i % values.length],
        tag: values[(i >> 3) % 6],
        user_id: values[(i * 7) % values.length],
        ip_address: values[(i * 5) % values.length],
        ...Object.fromEntries(['r', 's', 't"', 'é'].map((name, n) => [name, all[(i * (n + 1) + n) % all.length]])),
      });
      const { '@timestamp': time, level, tag, message, user_id, ip_address, ...rest } = one.fields;
      const declared = { level, message, user_id, ip_address, tag };
      const inner = jsonOf({ seq: i, '@timestamp': time, ...declared }).slice(1, -1);
      const others = jsonOf(rest).slice(1, -1);
      expect(serialise(one, `i-${i}`, i, 'elasticsearch')).toBe(
        `{"create":{"_id":"i-${i}"}}\n{${inner}${others && ','}${others}}\n`,
      );
      expect(serialise(one, `i-${i}`, i, 'embedded')).toBe(
        `{"_id":"i-${i}",${inner}${others && `,"fields":{${others}}`}}\n`,
      );
    }
  });

  test('a stored key __proto__ comes back as a key', () => {
    const fields = newFields();
    fields[`__${'proto'}__`] = { polluted: true };
    const hit = parseStored(serialise(event(fields), 'i', 1, 'embedded'), '2026.11.20');
    expect(Object.hasOwn(hit, '__proto__')).toBe(true);
    expect(({} as Fields)['polluted']).toBeUndefined();
  });
});

describe('JSON of any value', () => {
  test.for<[string, unknown, string]>([
    ['text', 'a"b\\c\n\t\u0000', '"a\\"b\\\\c\\n\\t\\u0000"'],
    ['half a surrogate pair', 'a\ud800b', '"a\ufffdb"'],
    ['half a surrogate pair in a long text', `${'x'.repeat(100)}\udc00`, `"${'x'.repeat(100)}\ufffd"`],
    ['a whole pair', '🚢', '"🚢"'],
    ['not a number', Number.NaN, 'null'],
    ['infinite', Number.NEGATIVE_INFINITY, 'null'],
    ['minus zero', -0, '0'],
    ['big and exact', 10n, '10'],
    ['big', 2n ** 64n, '"18446744073709551616"'],
    ['bytes', new Uint8Array([0x61, 0xff]), '"a\ufffd"'],
    ['date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['no date', new Date(Number.NaN), 'null'],
    ['undefined', undefined, 'null'],
    ['list', [1, undefined, () => 1, [null]], '[1,null,null,[null]]'],
    ['object', { a: undefined, b: () => 1, 'c\n': { '': true } }, '{"c\\n":{"":true}}'],
  ])('%s', ([, value, text]) => {
    expect(jsonOf(value)).toBe(text);
  });
});
