import { describe, expect, test } from 'vitest';
import { compileTemplate, TemplateError } from '../../src/alerts/jinja/template.ts';
import { pythonFormat } from '../../src/alerts/python/format.ts';
import { pythonStr } from '../../src/alerts/python/str.ts';
import { strptime } from '../../src/alerts/python/strptime.ts';
import { strftime } from '../../src/alerts/python/time.ts';
import { fixedZone } from '../../src/base/time/zone.ts';
import { type Fields, newFields } from '../../src/core/event.ts';

// What Python prints, checked with Python 3.

describe('str', () => {
  const CASES: [unknown, string][] = [
    [null, 'None'],
    [undefined, 'None'],
    [true, 'True'],
    [1.5, '1.5'],
    [1e16, '1e+16'],
    [123456789012345, '123456789012345'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [['a', "it's", 'say "x"', `both ' "`], `['a', "it's", 'say "x"', 'both \\' "']`],
    [{ k: [1, null], n: { x: false } }, "{'k': [1, None], 'n': {'x': False}}"],
    ['a\nb', 'a\nb'],
    [['a\n\t\x00é\\'], "['a\\n\\t\\x00é\\\\']"],
  ];
  test.for(CASES)('%j', ([value, text]) => expect(pythonStr(value)).toBe(text));
});

describe('format', () => {
  const CASES: [template: string, args: unknown[], text: string][] = [
    ['{} {}', ['a', 1], 'a 1'],
    ['{1}{0}', ['a', 'b'], 'ba'],
    ['{{{0}}}', ['a'], '{a}'],
    ['{0:>5}|{0:<5}|{0:^5}|{0:*^5}', ['ab'], '   ab|ab   | ab  |*ab**'],
    ['{0:05d}|{0:+d}|{0:,}|{0:x}|{0:#b}', [1234], '01234|+1234|1,234|4d2|0b10011010010'],
    ['{0:.2f}|{0:8.1f}|{0:.1%}|{0:.3e}|{0:g}', [2.34567], '2.35|     2.3|234.6%|2.346e+00|2.34567'],
    ['{0:.3}', ['abcdef'], 'abc'],
    ['{0[k]}{0[l][1]}', [{ k: 'v', l: [1, 2] }], 'v2'],
    ['{0!r:>6}', ['a'], "   'a'"],
    ['{0:{1}}', ['a', 4], 'a   '],
    ['{0:.1f}', ['text'], 'text'],
    ['{2} {x} {', ['a'], '{2} {x} {'],
    ['{"json": {0}}', ['a'], '{"json": a}'],
    ['{0.__class__} {0[__proto__]}', [{}], '{0.__class__} {0[__proto__]}'],
    ['{0:999999999}', ['a'], `a${' '.repeat(9999)}`],
  ];
  test.for(CASES)('%j', ([template, positional, text]) => expect(pythonFormat(template, { positional })).toBe(text));
});

describe('times', () => {
  test('strftime and strptime are each other turned round', () => {
    const format = '%d/%b/%Y %H:%M:%S.%f %z';
    const text = strftime(Date.UTC(2026, 10, 20, 13, 5, 9, 42), format, fixedZone('IST', 330 * 60_000));
    expect(text).toBe('20/Nov/2026 18:35:09.042000 +0530');
    expect(strptime(text, format)).toBe(Date.UTC(2026, 10, 20, 13, 5, 9, 42));
    expect(strptime('nonsense', format)).toBeNaN();
  });

  const AT = Date.UTC(2026, 1, 3, 0, 5, 9, 42);
  test.for([
    ['%Y-%m-%d|%y|%e|%j', '2026-02-03|26| 3|034'],
    ['%H %I %p %M %S %f %s', '00 12 AM 05 09 042000 1770077109'],
    ['%A %a %B %b %h', 'Tuesday Tue February Feb Feb'],
    ['%F %T %R %D', '2026-02-03 00:05:09 00:05 02/03/26'],
    ['%Z%z%%%q%', 'UTC+0000%%q%'],
  ])('strftime %s', ([format, text]) => expect(strftime(AT, format!, fixedZone('UTC', 0))).toBe(text));

  test.for([
    ['3/2/2026 4:05 pm', '%d/%m/%Y %I:%M %p', '2026-02-03T16:05:00.000Z'],
    ['20260203160509', '%Y%m%d%H%M%S', '2026-02-03T16:05:09.000Z'],
    ['Tue Feb  3 16:05:09.5 CEST', '%a %b  %d %H:%M:%S.%f %Z', '1900-02-03T16:05:09.500Z'],
    ['03-Feb-68 16:05Z', '%d-%b-%y %H:%M%z', '2068-02-03T16:05:00.000Z'],
    ['03-Feb-69 16:05-03:30', '%d-%b-%y %H:%M%z', '1969-02-03T19:35:00.000Z'],
    ['2026-02-30', '%Y-%m-%d', undefined],
    ['2026-02-03x', '%Y-%m-%d', undefined],
  ])('strptime %s as %s', ([text, format, iso]) => {
    const ms = strptime(text!, format!);
    expect(Number.isNaN(ms) ? undefined : new Date(ms).toISOString()).toBe(iso);
  });
});

describe('templates', () => {
  const values: Fields = Object.assign(newFields(), {
    n: 3,
    f: 2.5,
    s: 'a b',
    list: [3, 1, 2],
    map: { k: 'v', 'x.y': 1 },
    no: null,
  });
  const CASES: [string, string][] = [
    ['{{ n + 1 }} {{ n / 2 }} {{ n // 2 }} {{ n % 2 }} {{ n ** 2 }} {{ -n }}', '4 1.5 1 1 9 -3'],
    ['{{ "a" ~ n ~ s|upper }}', 'a3A B'],
    ['{{ n if n > 5 else "small" }}', 'small'],
    ['{{ n in list }} {{ "z" not in s }} {{ not n }} {{ n is defined and q is not defined }}', 'True True False True'],
    ['{{ list|sort|join("-") }} {{ list[0] }} {{ list[-1] }} {{ list[1:] }}', '1-2-3 3 2 [1, 2]'],
    ["{{ map['x.y'] }} {{ map.k }} {{ map.get('q', 'none') }}", '1 v none'],
    ['{% for k, v in map.items() %}{{ k }}={{ v }}{{ "," if not loop.last }}{% endfor %}', 'k=v,x.y=1'],
    ['{% for x in q %}x{% else %}empty{% endfor %}', 'empty'],
    ['{% set x = n * 2 %}{{ x }}', '6'],
    ['a {#- gone -#} b', 'ab'],
    ['{{ "%.1f" | format(f) }} {{ f|round|int }} {{ 3.5|round|int }}', '2.5 2 4'],
    ['{{ q.a.b }}{{ q["x"] }}|{{ no }}|{{ q|default("d") }}|{{ ""|default("e", true) }}', '|None|d|e'],
    ["{{ {'a': {'b': 1}}.a.b }}", '1'],
    ['{{ s.split(" ")|last }} {{ s|replace("a", "$&") }} {{ s|truncate(2, true, "") }}', 'b $& b a b'],
    ['{{ map|tojson }} {{ "<a>"|e }}', '{"k": "v", "x.y": 1} &lt;a&gt;'],
    ['{{ s.__proto__ }}{{ s.constructor }}{{ map.hasOwnProperty }}{{ constructor }}', ''],
  ];
  test.for(CASES)('%s', ([template, text]) => expect(compileTemplate(template)(values)).toBe(text));

  test.for([
    '{{',
    '{% if a %}',
    '{{ a | nope }}',
    '{% include "x" %}',
    '{{ a b }}',
    '{% for %}{% endfor %}',
    '{{ 1 + }}',
    '{{ a is nope }}',
  ])('%j is refused when it is compiled', template => expect(() => compileTemplate(template)).toThrow(TemplateError));

  test('hostile values end loops', () => {
    const many = Object.assign(newFields(), { list: Array.from({ length: 2000 }, () => 'x') });
    const text = compileTemplate('{% for a in list %}{% for b in list %}{{ a }}{% endfor %}{% endfor %}')(many);
    expect(text.length).toBeLessThan(250_000);
  });
});
