import { describe, expect, test } from 'vitest';
import { Backtest } from '../../src/backtest/backtest.ts';
import { compileRules } from '../../src/backtest/compile.ts';
import type { TimedEvent } from '../../src/backtest/driven-engine.ts';
import { type Fields, newFields } from '../../src/core/event.ts';
import { configureLog } from '../../src/core/log.ts';
import { START } from '../alerts/support.ts';
import { seeded } from '../support/chance.ts';
import { RULES_OF_KINDS } from './rules-of-kinds.ts';

configureLog('silent');

const randomEvents = (seed: number): TimedEvent[] => {
  const next = seeded(seed);
  const random = (n: number): number => Math.floor(next() * n);
  let time = START;
  return Array.from({ length: 400 }, (_, i) => {
    time += random(12) === 0 ? random(120_000) : random(3000);
    const fields = {
      '@timestamp': new Date(time).toISOString(),
      level: ['ERROR', 'ERROR', 'WARN', 'INFO'][random(4)],
      service: ['api', 'web', 'db'][random(3)],
      message: `took ${random(50)} ms`,
      user: `u${random(6)}`,
      ms: random(1000),
      status: { code: 200 + random(4) * 100 },
      occurred: new Date(time + [0, 0, -90_000, 30_000][random(4)]!).toISOString(),
    };
    return { id: `e${i}`, time, event: Object.assign(newFields(), fields) };
  });
};

/** An event with nothing but these fields, as stores give them: an object as a whole. */
function narrowed({ id, time, event }: TimedEvent, fields: readonly string[]): TimedEvent {
  const few: Fields = newFields();
  few['@timestamp'] = event['@timestamp'];
  for (const name of fields.map(field => field.split('.')[0]!)) if (Object.hasOwn(event, name)) few[name] = event[name];
  return { id, time, event: few as TimedEvent['event'] };
}

const OTHERS: readonly string[] = [
  'name: subject\ntype: any\nindex: "*"\nalert: debug\nquery_key: status.code\nrealert: { seconds: 40 }\nalert_subject: "{0} at {1}"\nalert_subject_args: [user, ms]\nalert_text: "{}"\nalert_text_args: [message]',
  'name: included\ntype: frequency\nindex: "*"\nalert: debug\nnum_events: 4\ntimeframe: { seconds: 20 }\ninclude: [message, status.*]\nfilter: [{ term: { level: ERROR } }]\nsend_resolved: true',
  'name: jinja text\ntype: any\nindex: "*"\nalert: debug\nrealert: { minutes: 1 }\nalert_text_type: alert_text_jinja\nalert_text: "{{ user }} {{ message }}"',
];

describe('a backtest that is given only the fields that its rules need', () => {
  const all = [...RULES_OF_KINDS, ...OTHERS];
  const compiled = (text: string) => compileRules([{ path: 'r.yaml', text }], { env: {}, alerterDefaults: {} });
  const narrow = all.filter(text => {
    const set = compiled(text);
    return set.errors.length === 0 && new Backtest(set, undefined, { messages: true }).fields !== undefined;
  });

  test('is possible for most types of rules', () => {
    const types = new Set(narrow.map(text => /^type: (.*)$/m.exec(text)![1]));
    expect([...types].sort()).toEqual([
      'any',
      'blacklist',
      'cardinality',
      'change',
      'flatline',
      'frequency',
      'metric_aggregation',
      'new_term',
      'spike',
      'spike_aggregation',
      'whitelist',
    ]);
  });

  test.each(narrow)('gives the same answer as with whole events: %s', async text => {
    const events = randomEvents(narrow.indexOf(text));
    const run = async (isNarrow: boolean) => {
      const backtest = new Backtest(compiled(text), undefined, { messages: true });
      const { fields } = backtest;
      await backtest.take(isNarrow ? events.map(event => narrowed(event, fields!)) : events);
      const asked: string[] = [];
      const answer = await backtest.finish([], undefined, false, async shown => {
        for (const { id, from, to } of shown) {
          const { time } = events.find(event => event.id === id)!;
          expect(time).toBeGreaterThanOrEqual(from);
          expect(time).toBeLessThanOrEqual(to);
          asked.push(id);
        }
        return new Map(isNarrow ? events.filter(one => asked.includes(one.id)).map(one => [one.id, one.event]) : []);
      });
      return { ...answer, seconds: 0 };
    };
    const whole = await run(false);
    expect(await run(true)).toEqual(whole);
    expect(whole.rules[0]!.alerts).toBeGreaterThan(0);
  });

  test.each([
    'name: any field\ntype: any\nindex: "*"\nalert: debug\nfilter: [{ query_string: { query: refused } }]',
    'name: title\ntype: any\nindex: "*"\nalert: debug\nalert_text_type: alert_text_jinja\nalert_text: x\nalert_subject: "{{ user }}"',
    'name: attached\ntype: frequency\nindex: "*"\nalert: debug\nnum_events: 2\ntimeframe: { minutes: 1 }\nattach_related: true',
  ])('is not possible where anything may be looked at: %s', text => {
    expect(new Backtest(compiled(text), undefined, { messages: false }).fields).toBeUndefined();
  });
});
