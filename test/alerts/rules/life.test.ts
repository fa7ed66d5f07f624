import { describe, expect, test } from 'vitest';
import { load, rule } from '../support.ts';

const text = (more: string): string => `name: r\ntype: frequency\nindex: docker-logs-*\nnum_events: 2\n${more}\n`;
const debug = (more: string): string => text(`timeframe: { minutes: 1 }\nalert: debug\n${more}`);

describe('how long an alert lives', () => {
  test('is the longest of timeframe, realert and five minutes, or what the rule says', () => {
    const waits = (timeframe: string, more = ''): number[] => {
      const { resolveAfterMs, keepFiringMs, forMs } = rule(text(`timeframe: ${timeframe}\nalert: debug\n${more}`));
      return [resolveAfterMs / 1000, keepFiringMs / 1000, forMs / 1000];
    };
    expect(waits('{ minutes: 1 }')).toEqual([300, 0, 0]);
    expect(waits('{ hours: 1 }')).toEqual([3600, 0, 0]);
    expect(waits('{ minutes: 1 }', 'realert: { hours: 2 }')).toEqual([7200, 0, 0]);
    expect(waits('{ hours: 1 }', 'resolve_after: { seconds: 30 }\nfor: { minutes: 2 }')).toEqual([30, 30, 120]);
  });

  test.for([
    ['resolve_after: 5', /resolve_after must be written with its unit/],
    ['resolve_after: { minutes: 0 }', /resolve_after must be longer than nothing/],
    ['send_resolved: sometimes', /send_resolved must be/],
  ] as const)('%s is a mistake', ([more, message]) => {
    expect(load([{ path: 'r.yaml', text: debug(more) }]).errors.map(String)).toEqual([expect.stringMatching(message)]);
  });

  test.for([
    ['labels: [a, b]', /labels is no mapping/],
    ['labels: { a: [1] }', /a of labels is no text/],
    ['severity: [high]', /severity is no text/],
    ['for: soon', /for is no duration/],
  ] as const)('%s is custom data, as in ElastAlert', ([more, message]) => {
    const { rules, errors, warnings } = load([{ path: 'r.yaml', text: debug(more) }]);
    expect([rules.length, errors]).toEqual([1, []]);
    expect(warnings.map(warning => warning.message)).toEqual([expect.stringMatching(message)]);
    expect({ ...rules[0]!.labels }).toEqual({});
  });
});

describe('who is told that an alert is over', () => {
  const told = (alert: string, defaults: Record<string, Record<string, unknown>> = {}): (boolean | undefined)[] =>
    rule(text(`timeframe: { minutes: 1 }\nhttp_post2_url: http://127.0.0.1:8080/\n${alert}`), {
      alerterDefaults: defaults,
    }).alerters.map(({ sendResolved }) => sendResolved);

  test('nobody, unless the rule, the block of the alerter, or the settings say so', () => {
    expect(told('alert: [debug, post2]')).toEqual([undefined, undefined]);
    expect(told('alert: [debug, post2]\nsend_resolved: true')).toEqual([true, true]);
    expect(told('alert: [debug, post2: { send_resolved: true }]')).toEqual([undefined, true]);
    expect(told('alert: [debug, post2: { send_resolved: false }]\nsend_resolved: true')).toEqual([true, undefined]);
    expect(told('alert: [debug, post2]', { post2: { send_resolved: true } })).toEqual([undefined, true]);
    expect(told('alert: [debug, post2]\nsend_resolved: false', { post2: { send_resolved: true } })).toEqual([
      undefined,
      undefined,
    ]);
  });
});
