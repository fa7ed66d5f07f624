import { expect, test } from 'vitest';
import { FrameDecoder, type RecordForm } from '../../../src/base/forward/frame.ts';
import { MessageRun } from '../../../src/base/forward/message-run.ts';
import { FormatError } from '../../../src/base/msgpack/msgpack.ts';
import { encodeMsgpack, eventTime } from '../../../src/base/msgpack/write.ts';
import { bytesOf } from '../../support/bytes.ts';
import { seeded } from '../../support/chance.ts';

const limits = {
  max_nesting_depth: 4,
  max_values_per_frame: 100,
  max_records_per_frame: 10,
  max_decompressed_bytes: 1000,
};
const form: RecordForm = { knownKeys: ['name', 'text'], sharedKeys: 1, rawField: 'text', rawIf: 'raw', mark: 'ours' };

/** Adds frames to runs, a new one where the last does not take it; what is no message stands as its bytes. */
function runsOf(frames: readonly Buffer[]): (MessageRun | Buffer)[] {
  const decoder = new FrameDecoder(limits, form);
  const all: (MessageRun | Buffer)[] = [];
  for (const frame of frames) {
    const last = all.at(-1);
    if (last instanceof MessageRun && decoder.addMessage(last, frame, 0, frame.length)) continue;
    const run = new MessageRun();
    all.push(decoder.addMessage(run, frame, 0, frame.length) ? run : frame);
  }
  return all;
}

const deep = { a: { b: { c: { d: {} } } } };

test('a run says the same of each message as its frame by itself', () => {
  const decoder = new FrameDecoder(limits, form);
  let inRuns = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const random = seeded(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const option = pick([undefined, undefined, null, {}, { chunk: pick(['a', 'é', 'x'.repeat(40)]) }]);
    const frames = Array.from({ length: 1 + Math.floor(random() * 8) }, () => {
      const time = pick([1, 1.5, eventTime(1_700_000_000_123)]);
      const record = pick([
        { text: 'x' },
        { name: 'é', text: Buffer.of(0xff), more: [1] },
        { raw: 1, text: 'r' },
        {},
        deep,
        7,
      ]);
      const own = random() < 0.8 ? option : pick([{ chunk: '' }, { chunk: 'c', size: 1 }, { size: 1 }, null]);
      const tag = random() < 0.8 ? 't' : 'u';
      if (random() < 0.1) return encodeMsgpack([tag, [[1, record]], own ?? {}]);
      return encodeMsgpack(own === undefined ? [tag, time, record] : [tag, time, record, own]);
    });
    const alone = frames.flatMap(frame => decoder.decode(frame, 0, frame.length)!);
    const together = runsOf(frames).flatMap(one => {
      if (one instanceof MessageRun) inRuns += one.length - 1;
      return one instanceof MessageRun ? [...one.frames()] : decoder.decode(one, 0, one.length)!;
    });
    const sizes = (of: readonly { bytes: number }[]) => of.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(sizes(together) - sizes(alone)).toBeLessThan(frames.length);
    expect(together.map(({ bytes: _, ...rest }) => rest)).toEqual(alone.map(({ bytes: _, ...rest }) => rest));
  }
  expect(inRuns).toBeGreaterThan(100);
});

test('what is mended in a message is counted once, be it in a run or not', () => {
  const invalid = "93 a1't' 01 81 a1'k' a1ff";
  for (const [notation, taken] of [
    [invalid, true],
    [`94 a1't' 01 81 a1'k' a1ff 81 a4'size' 01`, false],
    ["93 a1't' 01 82 a1'k' a1ff 80 01", true],
  ] as const) {
    const decoder = new FrameDecoder(limits, form);
    const frame = bytesOf(notation);
    expect(decoder.addMessage(new MessageRun(), frame, 0, frame.length)).toBe(taken);
    if (!taken) decoder.decode(frame, 0, frame.length);
    expect(decoder.repairs.invalid_utf8).toBe(1);
  }
});

test('a frame that is cut off, or wrong, is added to no run', () => {
  const decoder = new FrameDecoder(limits, form);
  const good = encodeMsgpack(['t', 1, { k: 'v' }, { chunk: 'c' }]);
  const run = new MessageRun();
  for (let end = 0; end < good.length; end++) expect(decoder.addMessage(run, good, 0, end)).toBe(false);
  for (const notation of ["91 a1't'", '93 05 01 80', "94 a1't' 01 80 07", "94 a1't' 01 80 81 a5'chunk' 90", 'c0']) {
    const frame = bytesOf(notation);
    expect(decoder.addMessage(run, frame, 0, frame.length)).toBe(false);
    const decode = () => decoder.decode(frame, 0, frame.length);
    if (notation !== 'c0') expect(decode).toThrow(FormatError);
  }
  expect(run.length).toBe(0);
});
