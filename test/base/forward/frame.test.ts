import { describe, expect, test } from 'vitest';
import { type Compression, compress } from '../../../src/base/forward/compression.ts';
import { beginEntry, encodeMessage, encodePacked } from '../../../src/base/forward/encode.ts';
import { FrameError } from '../../../src/base/forward/errors.ts';
import { FrameDecoder, type RecordForm } from '../../../src/base/forward/frame.ts';
import { encodeMsgpack, MsgpackWriter } from '../../../src/base/msgpack/write.ts';
import { bytesOf } from '../../support/bytes.ts';
import { seeded } from '../../support/chance.ts';

const limits = {
  max_nesting_depth: 8,
  max_values_per_frame: 1_000_000,
  max_records_per_frame: 10_000,
  max_decompressed_bytes: 1_000_000,
};
const form: RecordForm = { knownKeys: ['name', 'text'], sharedKeys: 1, rawField: 'text', rawIf: 'raw', mark: 'ours' };
const decoder = new FrameDecoder(limits, form);
const decode = (frame: Buffer) => decoder.decode(Buffer.concat([Buffer.of(0xc0), frame]), 1, 1 + frame.length)!;

const randomRecord = (random: () => number) => {
  const text = () =>
    'aé각🚢'
      .repeat(10)
      .slice(0, Math.floor(random() * 40))
      .toWellFormed();
  return Object.fromEntries(
    Array.from({ length: Math.floor(random() * 8) }, (_, i) => [
      `k${i}`,
      [text(), Math.floor(random() * 2 ** 40), random(), [text()], { inner: text() }, null, true][
        Math.floor(random() * 7)
      ],
    ]),
  );
};
const timeOf = (random: () => number) => Math.floor(random() * 4_000_000_000_000);
const plain = (records: unknown) => JSON.parse(JSON.stringify(records)) as unknown;

test('a message comes back as it was', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seeded(seed);
    const [record, time] = [randomRecord(random), timeOf(random)];
    const frame = decode(encodeMessage(`tag ${seed}`, time, record, `id ${seed}`));
    expect(frame).toMatchObject({ tag: `tag ${seed}`, times: [time], chunk: `id ${seed}`, isMarked: false });
    expect(plain(frame.records)).toEqual([record]);
    expect(frame.ack).toEqual(encodeMsgpack({ ack: `id ${seed}` }));
  }
});

test.for<Compression | 'none'>(['none', 'gzip', 'zstd'])('entries come back as they were: %s', async method => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = seeded(seed);
    const writer = new MsgpackWriter();
    const expected = Array.from({ length: Math.floor(random() * 50) }, () => {
      const [record, time] = [randomRecord(random), timeOf(random)];
      beginEntry(writer, time);
      writer.value(record);
      return { record, time };
    });
    const entries = writer.take();
    const frame =
      method === 'none'
        ? encodePacked('t', entries, { chunk: 'c', size: expected.length, ours: 1 })
        : encodePacked('t', await compress(method, entries), {
            chunk: 'c',
            size: expected.length,
            compressed: method,
            ours: 1,
          });
    const decoded = decode(frame);
    expect(decoded).toMatchObject({ tag: 't', chunk: 'c', isMarked: true, times: expected.map(({ time }) => time) });
    expect(plain(decoded.records)).toEqual(expected.map(({ record }) => record));
    expect(decoded.bytes - frame.length).toBe(method === 'none' ? 0 : entries.length - frame.length + headOf(frame));
  }
});

/** Bytes of a compressed frame that are not its entries. */
function headOf(frame: Buffer): number {
  const at = 1 + 2;
  const lengthBytes = 1 << (frame[at]! - 0xc4);
  return frame.length - frame.readUIntBE(at + 1, lengthBytes);
}

test('the mark counts on packed frames with an id alone', () => {
  const entries = encodeMsgpack([1, {}]);
  for (const [frame, isMarked] of [
    [['t', entries, { chunk: 'c', ours: 1 }], true],
    [['t', entries, { ours: 1 }], false],
    [['t', entries, { chunk: 'c', ours: 2 }], false],
    [['t', entries, { chunk: 'c', theirs: 1 }], false],
    [['t', [[1, {}]], { chunk: 'c', ours: 1 }], false],
  ] as const) {
    expect(decode(encodeMsgpack(frame)).isMarked).toBe(isMarked);
  }
});

describe('an error says where reading stopped, and what is there', () => {
  test.for([
    ['no tag', '93 05 01 80', 'bad_tag', 1, '050180'],
    ['no record', "92 a1't' 80", 'bad_frame', 3, '80'],
    ['an option that is none', "93 a1't' 90 07", 'bad_option', 4, '07'],
    ['an id that is none', "93 a1't' 90 81 a5'chunk' 90", 'bad_option', 11, '90'],
    ['metrics', "93 a1't' 90 81 ad'fluent_signal' 01", 'unsupported_signal', 19, '01'],
    ['a text cut off', "93 a1't' 01 81 a1'k' a5'x'", 'truncated', 7, 'a578'],
    ['entries that are none', "92 a1't' c403 c3c3c3", 'bad_frame', 0, 'c3c3c3'],
    [
      'no gzip',
      "93 a1't' c403 1f8c00 81 aa'compressed' a4'gzip'",
      'bad_compression',
      5,
      '1f8c0081aa636f6d70726573736564a4',
    ],
  ] as const)('%s', ([, notation, reason, offset, hex]) => {
    let error: unknown;
    try {
      decode(bytesOf(notation));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(FrameError);
    expect(error).toMatchObject({ reason, place: { offset, hex } });
  });
});
