import { describe, expect, test } from 'vitest';
import {
  fileNameOf,
  inRule,
  newRule,
  readForm,
  writeForm,
  yamlMistakes,
} from '../../src/web/ui/alerts/workshop/rule-text.ts';

const RULE = `# Why it is here
name: Old   # a name
type: frequency
filter:
  - query: { query_string: { query: 'level:ERROR' } }
num_events: 3
timeframe: { hours: 1, minutes: 30 }
query_key: [service, verb]
alert: [debug, slack]
`;

describe('a rule as a form', () => {
  test('is read from its text', () => {
    expect(readForm(RULE)).toEqual({
      ...{ name: 'Old', numEvents: 3, timeframeSeconds: 5400, query: 'level:ERROR', queryKey: 'service, verb' },
      alert: undefined,
    });
    expect(readForm('type: any\n')).toBeUndefined();
    expect(readForm('type: [')).toBeUndefined();
  });

  test('changes the text where something was changed, and no other character', () => {
    const changed = writeForm(RULE, { numEvents: 9, timeframeSeconds: 600, query: "it's: [", queryKey: 'service' });
    expect(readForm(changed)).toMatchObject({
      numEvents: 9,
      timeframeSeconds: 600,
      query: "it's: [",
      queryKey: 'service',
    });
    expect(changed).toBe(
      RULE.replace('num_events: 3', 'num_events: 9')
        .replace('{ hours: 1, minutes: 30 }', '{ minutes: 10 }')
        .replace("'level:ERROR'", `"it's: ["`)
        .replace('[service, verb]', 'service'),
    );
  });

  test('takes the key away and puts it back', () => {
    const without = writeForm(RULE, { queryKey: ' ' });
    expect(without).toBe(RULE.replace('query_key: [service, verb]\n', ''));
    expect(writeForm(without, { queryKey: 'a, b' })).toBe(`${without}query_key: [a, b]\n`);
    expect(writeForm('type: frequency\nquery_key:\n  - a # why\n  - b\nname: x', { queryKey: '' })).toBe(
      'type: frequency\nname: x',
    );
    expect(writeForm('query_key:\nname: x\n', { queryKey: 'c' })).toBe('query_key: c\nname: x\n');
  });

  test('writes a text of several lines in one', () => {
    const text =
      'filter:\n  - query_string:\n      query: >\n        level:ERROR AND\n        service:shop\n      lenient: true\n';
    expect(writeForm(text, { query: 'x:1' })).toBe(
      'filter:\n  - query_string:\n      query: x:1\n      lenient: true\n',
    );
  });
});

test.each([
  ['service:shop and not "and or"', 'service:shop AND NOT "and or"'],
  ['message:/ti[mn]e/ or x:1', 'message:/.*ti[mn]e.*/ OR x:1'],
  ['band:sandor', 'band:sandor'],
])('the search %s becomes %s in a rule', (query, expected) => {
  expect(inRule(query)).toBe(expected);
  expect(readForm(newRule(query))).toMatchObject({ query: expected, numEvents: 5, timeframeSeconds: 300 });
});

test('a new rule is named after the words of its search, and its file after that', () => {
  expect(readForm(newRule('service:shop AND message:"connection refused"'))!.name).toBe('shop connection refused');
  expect(fileNameOf('결제 실패: 3/4!')).toBe('결제-실패-3-4.yaml'.normalize('NFKD'));
  expect(fileNameOf('...')).toBe('new-rule.yaml');
});

test('mistakes of the YAML are told with their lines', () => {
  expect(yamlMistakes('a: 1\nb: [1,\nc: 2\n')).toMatchObject([{ line: expect.any(Number) }]);
  expect(yamlMistakes('a: 1\n')).toEqual([]);
});
