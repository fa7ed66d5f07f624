import { expect, test } from 'vitest';
import { load } from '../support.ts';

const TYPES = [
  ['frequency', 'num_events: 1'],
  ['flatline', 'threshold: 1'],
  ['cardinality', 'cardinality_field: a\nmax_cardinality: 1'],
  ['any', ''],
];
const OPTIONS = [
  'timeframe',
  'realert',
  'exponential_realert',
  'aggregation',
  'buffer_time',
  'query_delay',
  'resolve_after',
];

/** Python refuses such times, too; a date that is none would fail with each event. */
test.for(OPTIONS.flatMap(option => TYPES.map(([type, more]) => [option, type!, more!] as const)))(
  'a time past all calendars is a mistake of its line: %s of %s',
  ([option, type, more]) => {
    const lines = [
      `name: a`,
      `type: ${type}`,
      'index: docker-logs-*',
      'alert: debug',
      `${option}: { weeks: 99999999999 }`,
      more,
    ];
    if (option !== 'timeframe') lines.push('timeframe: { minutes: 5 }');
    const { errors, rules } = load([{ path: 'a.yaml', text: lines.join('\n') }]);
    expect(rules).toEqual([]);
    expect(errors.map(({ message, where }) => [message, where])).toEqual([
      [expect.stringContaining(`${option} is longer than 1000 years`), 'a.yaml:5'],
    ]);
  },
);
