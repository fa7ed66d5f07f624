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

  test('changes the text where something was changed, and leaves comments and all else', () => {
    const changed = writeForm(RULE, { numEvents: 9, timeframeSeconds: 600, query: "it's: [", queryKey: 'service' });
    expect(readForm(changed)).toMatchObject({
      numEvents: 9,
      timeframeSeconds: 600,
      query: "it's: [",
      queryKey: 'service',
    });
    expect(changed).toContain('# Why it is here\nname: Old # a name\n');
    expect(changed).toContain('timeframe: { minutes: 10 }');
    expect(changed).toContain('alert: [ debug, slack ]');
    expect(writeForm(RULE, { queryKey: '' })).not.toContain('query_key');
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
