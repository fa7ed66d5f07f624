import { describe, expect, test } from 'vitest';
import { type RegexpNode, sequence, TEXT_END, TEXT_START } from '../../../src/base/regexp/tree.ts';
import { numberTextQuery } from '../../../src/store/query/elasticsearch-number.ts';
import { termQuery } from '../../../src/store/query/elasticsearch-text.ts';
import { readExpression } from '../../../src/store/query/regexp.ts';
import { fold, literal, numberOf, wildcard } from '../../../src/store/query/text.ts';
import { seeded } from '../../support/chance.ts';
import { compileLinear } from '../query/linear.ts';

// Lucene's expressions, read by V8: without flags and in anchors they mean the same there.
const inLucene = (regexp: string): RegExp => new RegExp(`^(?:${regexp})$`, 's');

const whole = (expression: RegexpNode): RegexpNode => sequence([TEXT_START, expression, TEXT_END]);

describe('text', () => {
  test.for([
    ['plain text', literal('Refused'), 'wildcard', '*refused*'],
    ['wildcards in text', literal('a*b?c\\'), 'wildcard', '*a\\*b\\?c\\\\*'],
    ['a whole value', whole(wildcard('web')), 'term', 'web'],
    ['a pattern', whole(wildcard('W?b-*')), 'wildcard', 'w?b-*'],
    ['nothing', readExpression('^$'), 'term', ''],
    ['a beginning', readExpression('^Error'), 'wildcard', 'error*'],
    ['letters beyond ASCII', literal('ΟΔΟΣ 😀'), 'wildcard', '*οδοσ 😀*'],
  ] as const)('%s', ([, expression, type, value]) => {
    expect(termQuery(expression)).toMatchObject({ type, value });
  });

  const words = [
    '',
    'error',
    'an error',
    'errors',
    'err',
    'x error_2 y',
    'a-b',
    '-',
    '_',
    '12',
    ' 12 ',
    'ab12',
    'b',
    'a b',
    'ba',
    'aab',
    'line\nbreak',
    'a.b',
    '[x]',
    'x"y',
  ];

  test.for([
    ...[
      'err',
      '^err',
      'error$',
      '^error$',
      '^(?:web|err).*$',
      '(^a|b$)',
      '^$',
      'a|^b$|c',
      'x*^a',
      'a$b*',
      'b^a',
      '$^',
      '(a|^)b',
    ],
    ...[
      '\\berror\\b',
      '\\berr',
      'or\\b',
      '\\Brr',
      'r\\B',
      '\\b\\w+\\b',
      '\\b.b',
      'b\\b.',
      '[a-z ]+\\b',
      '\\b(error|b)\\b',
      '\\b[0-9]{2}\\b',
      '(\\ba)?b',
      '\\b-',
      '-\\b',
      '^\\berr',
      'r\\b$',
      'x*\\b',
      '\\b',
      '\\B',
      'e?r*\\b',
      '\\br*o?',
      '[a-z ]+\\b.',
    ],
    ...[
      '[^a-z]',
      '^[^a-z]+$',
      '[\\[\\]]',
      '["x]',
      '\\d{2}',
      'a.b',
      'a\\.b',
      '[a\\-z]',
      '\\s',
      'e(r|x){2}o?',
      '[[:alpha:]]{4,}',
      '\\x22',
      '.',
      '^.$',
      '.+',
      '😀',
    ],
  ])('/%s/ means the same to Lucene', pattern => {
    const expression = readExpression(pattern);
    const expected = words.filter(word => compileLinear(expression).test(word));
    const query = termQuery(expression);
    expect(query === undefined ? [] : words.filter(word => inLucene(query.regexp).test(fold(word)))).toEqual(expected);
  });

  test.for(['(\\bx)+', '.*\\b.*\\b.*'])('/%s/ is refused, with a remedy', pattern => {
    expect(() => termQuery(readExpression(pattern))).toThrow(/LS_QUERY_REGEXP/);
  });

  test('an expression that has grown too long is refused', () => {
    expect(() => termQuery(readExpression(`[a-y]{${900}}`))).not.toThrow();
    expect(() => termQuery(readExpression('(ab|cd|ef|gh|ij|kl|mn|op){500}'))).toThrow('LS_QUERY_REGEXP');
  });
});

describe('numbers in text', () => {
  const texts = [
    '',
    '.',
    '-',
    '0',
    '-0',
    '+0',
    '0.0',
    '.0',
    '00',
    '1',
    '01',
    '1.',
    '1.0',
    '1.50',
    '1.05',
    '-1',
    '-1.5',
    '+1',
    '.5',
    '-.5',
    '9',
    '10',
    '99',
    '100',
    '41',
    '42',
    '0042',
    '42.0001',
    '41.999',
    'x42',
    '42x',
    '4 2',
    '500',
    '503',
    '1000000',
    '0.001',
    '0.0010',
    '-0.001',
    '1e3',
    '12345678901234567890',
    '99999999999999999999999',
  ];
  const isPlain = (text: string): boolean => !text.includes('e') && numberOf(text) !== undefined;
  const bounds = [
    0, 1, -1, 1.5, -1.5, 0.5, -0.5, 0.05, 42, 41.999, 100, 500, 1e6, 1e-3, -1e-3, 1e21, 1e100, -1e100, 1e-30,
  ];

  const matches = (query: string | undefined, text: string): boolean =>
    query !== undefined && parts(query).every(part => inLucene(part).test(text));
  /** `(a)&(b)`: both have to hold. */
  const parts = (query: string): string[] => (query.includes(')&(') ? query.slice(1, -1).split(')&(') : [query]);

  test.for(bounds)('compared with %d', bound => {
    for (const [side, holds] of [
      ['gt', (n: number) => n > bound],
      ['gte', (n: number) => n >= bound],
      ['lt', (n: number) => n < bound],
      ['lte', (n: number) => n <= bound],
    ] as const) {
      const found = texts.filter(text => matches(numberTextQuery({ [side]: bound }), text));
      expect({ side, found }).toEqual({ side, found: texts.filter(text => isPlain(text) && holds(numberOf(text)!)) });
    }
  });

  test('random ranges over random decimals', () => {
    const random = seeded(3);
    const decimal = (): number =>
      Number(((random() - 0.5) * 10 ** Math.floor(random() * 6)).toFixed(Math.floor(random() * 4)));
    for (let i = 0; i < 2_000; i++) {
      const [a, b, value] = [decimal(), decimal(), decimal()];
      const range = { gte: Math.min(a, b), lt: Math.max(a, b) };
      const within = value >= range.gte && value < range.lt;
      expect({ range, value, found: matches(numberTextQuery(range), String(value)) }).toEqual({
        range,
        value,
        found: within,
      });
      expect({
        value,
        found: matches(numberTextQuery({ gte: value, lte: value }), `0${value}`.replace('0-', '-0')),
      }).toEqual({ value, found: true });
    }
  });
});
