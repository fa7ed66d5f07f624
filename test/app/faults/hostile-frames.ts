import { gzipSync } from 'node:zlib';
import { encodeMsgpack, eventTime } from '../../../src/base/msgpack/write.ts';

/** One frame of a peer that means harm, or has lost its mind. */
export interface HostileFrame {
  readonly name: string;
  readonly records: () => Record<string, unknown>[];
}

const piece = (extra: Record<string, unknown>) => ({
  container_id: 'evil',
  container_name: '/evil',
  source: 'stdout',
  partial_message: 'true',
  partial_id: 'p',
  partial_ordinal: '1',
  partial_last: 'false',
  log: 'x',
  ...extra,
});
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const bare = (entries: [string, unknown][]) => new Map(entries) as unknown as Record<string, unknown>;

/** Each is one frame; whoever adds one adds a line. */
export const HOSTILE_FRAMES: readonly HostileFrame[] = [
  {
    name: 'pieces with fields of control characters, six times as long on the disk',
    records: () =>
      times(8, i => piece({ container_id: `evil${i}`, partial_id: `p${i}`, junk: '\u0001'.repeat(900_000) })),
  },
  {
    name: 'lines that wait for a stack trace, with such fields',
    records: () =>
      times(8, i => ({
        container_id: `e${i}`,
        source: 'stdout',
        log: 'java.lang.Error: x',
        junk: '\u0002'.repeat(900_000),
      })),
  },
  { name: 'an ordinal that is a map', records: () => [piece({ partial_ordinal: {} })] },
  { name: 'an ordinal that is a list of maps', records: () => [piece({ partial_ordinal: [{}, [{}]] })] },
  {
    name: 'a stream that is a map',
    records: () => [piece({ source: { a: 1 } }), { log: 'a', stream: {}, source: {} }],
  },
  { name: 'an id that is a map', records: () => [piece({ partial_id: { a: {} }, container_id: {} })] },
  { name: 'a text that is a map', records: () => [piece({ log: { a: [1, { b: 2 }] } }), { log: { a: {} } }] },
  {
    name: 'keys that every object has',
    records: () => [piece({}), { log: 'x', constructor: {}, toString: 1, ['__proto__']: { polluted: true } }],
  },
  {
    name: 'twenty thousand pieces of one line whose first one never comes',
    records: () =>
      times(20_000, i =>
        piece({ partial_ordinal: String(i === 0 ? 2 : i + 2), partial_last: String(i === 0), log: '' }),
      ),
  },
  {
    name: 'pieces each of which says that it is the last',
    records: () => times(20_000, i => piece({ partial_ordinal: String(i + 2), partial_last: 'true', log: '' })),
  },
  {
    name: 'a name of a container of a megabyte, in many variants',
    records: () => times(30, i => piece({ container_id: `${i}`.padEnd(1_000_000, 'n'), partial_last: 'true' })),
  },
  {
    name: 'records of everything that MessagePack knows',
    records: () => [
      bare([
        ['log', Buffer.from([0xff, 0xfe, 0])],
        ['big', 2n ** 64n - 1n],
        ['small', -(2n ** 63n)],
        ['nothing', Number.NaN],
        ['endless', Number.POSITIVE_INFINITY],
        ['list', times(100, i => [i, [i]])],
      ]),
    ],
  },
];

/** As Fluentd sends it: the entries of the frame compressed. */
export function compressedFrame(tag: string, records: readonly Record<string, unknown>[], chunk: string): Buffer {
  const now = eventTime(Date.now());
  const entries = gzipSync(Buffer.concat(records.map(record => encodeMsgpack([now, record]))));
  return encodeMsgpack([tag, entries, { compressed: 'gzip', chunk }]);
}
