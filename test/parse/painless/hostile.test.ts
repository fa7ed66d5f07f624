import { describe, expect, test } from 'vitest';
import { prepare } from '../../../src/parse/painless/script.ts';
import { runScript } from './script-case.ts';

// Whatever a script does, it ends soon, with a failure that says why; the event and the process are none the worse.

const GROWING = /^!(?:OutOfMemoryError|PainlessError|StackOverflowError|TooSlow)$/;

describe('what grows without end is stopped', () => {
  test.each([
    'while (ctx.n == 5) { int x = 1; }',
    'for (; ctx.n == 5;) { def x = 1; }',
    'int i = 0; do { i++; } while (i != -1);',
    'int f(int x) { return f(x + 1); } f(1);',
    'def a(def x) { return b(x); } def b(def x) { return a(x); } a(1);',
    "String s = 'x'; while (ctx.n == 5) { s += s; }",
    "String s = 'x'; for (int i = 0; i < 40; i++) { s = s.replace('x', 'xxxx'); }",
    "String s = 'x'; for (int i = 0; i < 40; i++) { s = s.concat(s); }",
    "String s = 'xx'; for (int i = 0; i < 60; i++) { s = s.replaceAll(/x/, m -> 'xxxxxxxxxx'); }",
    "String s = 'xx'; for (int i = 0; i < 60; i++) { s = /x/.matcher(s).replaceAll('xxxxxxxxxxxxxxxxxxxx'); }",
    "'x'.repeat(2000000000);",
    "def l = []; while (ctx.n == 5) { l.add('x'); }",
    'def l = [1]; while (ctx.n == 5) { l.addAll(l); }',
    'def l = [1]; while (ctx.n == 5) { l = [l, l]; l.toString(); }',
    'def l = []; for (int i = 0; i < 100000; i++) { l.add(0, i); l.indexOf(-1); }',
    'def m = new HashMap(); int i = 0; while (ctx.n == 5) { m.put(i++, m.size()); }',
    'def s = new TreeSet(); int i = 0; while (ctx.n == 5) { s.add(i++); }',
    "def b = new StringBuilder('x'); while (ctx.n == 5) { b.append(b); }",
    'def b = new StringBuilder(); b.setLength(2000000000);',
    'def b = new StringBuilder(); while (ctx.n == 5) { b.insert(0, "x"); }',
    'IntStream.range(0, 2000000000).count();',
    'LongStream.rangeClosed(-9223372036854775808L, 9223372036854775807L).sum();',
    'def l = [1]; while (ctx.n == 5) { l = l.stream().flatMap(x -> [x, x, x].stream()).collect(Collectors.toList()); }',
    'Collections.nCopies(2000000000, 1);',
    'def a = new int[2000000000];',
    'def b = new BigInteger("7"); while (ctx.n == 5) { b = b.multiply(b); }',
    "def l = ['x']; while (ctx.n == 5) { l.add(String.join('', l)); }",
    "String s = ','; for (int i = 0; i < 40; i++) { s = s + s; s.splitOnToken(','); }",
    "String s = 'x'; while (ctx.n == 5) { s = s.encodeBase64() + s; }",
  ])('%s', script => {
    const got = runScript(script);
    expect(got).toMatch(
      script.includes('BigInteger') ? /^!(?:ArithmeticException|OutOfMemoryError|PainlessError)$/ : GROWING,
    );
  });

  test.each([
    "String.format('%999999999d', new def[] {1});",
    "String.format('%.999999999f', new def[] {1.0});",
    "String.format('%-99999999s', new def[] {'x'});",
    "new BigDecimal('1e999999999').toPlainString();",
    "new BigDecimal('1e999999999').add(new BigDecimal('1'));",
    'new BigInteger("2").pow(2000000000);',
    'new BigInteger("1").shiftLeft(2000000000);',
    'new BigDecimal("1.1").pow(999999999);',
  ])('too large to be made: %s', script => {
    expect(runScript(script)).toMatch(/^!\w*(?:Exception|Error)$/);
  });
});

describe('what a script catches does not lengthen its life', () => {
  test.each([
    'while (ctx.n == 5) { try { while (ctx.n == 5) { int x = 1; } } catch (Exception e) { } }',
    'int f(int x) { try { return f(x + 1); } catch (Exception e) { return f(x); } } f(1);',
    "def l = []; while (ctx.n == 5) { try { l.add('x'); } catch (Exception e) { } }",
  ])('%s', script => {
    expect(runScript(script)).toMatch(GROWING);
  });
});

describe('a value that holds itself ends as a failure', () => {
  test.each([
    'def m = new HashMap(); m.m = m; ctx.r = m;',
    'def l = []; l.add(l); ctx.r = l;',
    'def a = []; def b = [a]; a.add(b); a.toString();',
    'def a = []; def b = [a]; a.add(b); a.hashCode();',
    "def a = new HashMap(); def b = new HashMap(); a.put('x', b); b.put('x', a); a.equals(['x': b]); ctx.r = a == b;",
    'def a = []; def b = [a]; a.add(b); new HashSet().add(a);',
    'ctx.r = ctx;',
    'def a = new TreeMap(); a.put("x", a); ctx.r = a;',
  ])('%s', script => {
    expect(runScript(script)).toMatch(/^!\w*(?:Exception|Error)$/);
  });
});

describe('names of JavaScript are names like others', () => {
  test.each([
    ["ctx.r = new HashMap(); ctx.r['__proto__'] = 1; ctx.r.constructor = 2;", '{"r":{"__proto__":1,"constructor":2}}'],
    ["ctx['__proto__'] = ['polluted': 1]; ctx.r = ctx['__proto__'].polluted;", '{"__proto__":{"polluted":1},"r":1}'],
    [
      "def m = ['__proto__': ['x': 1]]; ctx.r = [m.x, m.size(), m.toString, m.hasOwnProperty, m.valueOf];",
      '{"r":[null,1,null,null,null]}',
    ],
    ['ctx.r = [ctx.constructor, ctx.toString, ctx.hasOwnProperty, ctx.__proto__];', '{"r":[null,null,null,null]}'],
    [
      "def m = new HashMap(); m.put('constructor', 1); ctx.r = [m.containsKey('constructor'), m.containsKey('toString'), m.get('__proto__')];",
      '{"r":[true,false,null]}',
    ],
    [
      "ctx.r = ['__proto__','constructor','a'].groupBy(x -> x);",
      '{"r":{"__proto__":["__proto__"],"a":["a"],"constructor":["constructor"]}}',
    ],
    ["ctx.r = ['__proto__','b'].stream().collect(Collectors.toMap(x -> x, x -> 1));", '{"r":{"__proto__":1,"b":1}}'],
    ["ctx.r = ctx.getByPath('constructor.prototype', 'none');", '{"r":"none"}'],
  ])('%s', (script, expected) => {
    expect(runScript(script)).toBe(expected);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('no expression holds a script up', () => {
  test.each([
    "/(a+)+$/.matcher('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!').find();",
    "/(a|aa)+b/.matcher('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa').find();",
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' ==~ /(a+)+/;",
    "/(x+x+)+y/.split('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx');",
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.replaceAll(/(a+)+$/, m -> 'x');",
  ])('%s', script => {
    const start = process.cpuUsage();
    const got = runScript(`ctx.r = 'x'; while (ctx.n == 5) { ${script} }`);
    const { user } = process.cpuUsage(start);
    expect(got).toMatch(/^!/);
    // Each is given up; even a loop around them ends. A generous bound: a minute would be a hang.
    expect(user / 1e6).toBeLessThan(60);
  });
});

describe('a text that nests without end is refused, not a crash', () => {
  const DEEP = 50_000;
  test.each([
    ['parentheses', `ctx.r = ${'('.repeat(DEEP / 2)}1${')'.repeat(DEEP / 2)};`],
    ['blocks', '{'.repeat(DEEP / 2) + '}'.repeat(DEEP / 2)],
    ['lists', `ctx.r = ${'['.repeat(DEEP / 2)}${']'.repeat(DEEP / 2)};`],
    ['not', `ctx.r = ${'!'.repeat(DEEP)}true;`],
    ['minus', `ctx.r = ${'- '.repeat(DEEP / 2)}1;`],
    ['ternaries', `ctx.r = ${'true ? 1 : '.repeat(DEEP / 12)}2;`],
    ['ifs', `${'if (true) '.repeat(DEEP / 10)} ctx.r = 1;`],
    ['lambdas', `ctx.r = ${'[1].collect(x -> '.repeat(DEEP / 18)}1${')'.repeat(DEEP / 18)};`],
    ['groups of an expression', `ctx.r = /${'('.repeat(DEEP / 2)}a${')'.repeat(DEEP / 2)}/.matcher('a').find();`],
  ])('%s', (_, text) => {
    expect(() => prepare(text, 'script', undefined)).toThrow(/./);
    expect(runScript('1 + 1')).toBe('{"r":2}');
  });

  test.each([
    ['sums', `ctx.r = ${'1 + '.repeat(10_000)}1;`],
    ['members', `ctx.r = ctx${'?.a'.repeat(15_000)};`],
    ['calls', `ctx.r = 'x'${'.trim()'.repeat(8000)};`],
  ])('long, but flat: %s gives its value or is refused', (_, text) => {
    expect(runScript(text)).toMatch(/^\{"r":|^!refused|^!StackOverflowError|^\{\}$/);
  });
});
