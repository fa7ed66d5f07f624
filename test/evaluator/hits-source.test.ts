import { describe, expect, test } from 'vitest';
import type { AlertHit } from '../../src/alerts/engine.ts';
import { type Fields, newFields } from '../../src/core/event.ts';
import { decodeEntry, packText, positionText } from '../../src/evaluator/hits-codec.ts';
import { OutgoingSource } from '../../src/evaluator/hits-source.ts';
import { StreamWatermark } from '../../src/evaluator/hits-watermark.ts';

const hits = (id: string, bytes = 0) => {
  const event = newFields() as AlertHit['event'];
  event['message'] = 'x'.repeat(bytes);
  return [{ rule: 'r', id, event }];
};

describe('hits of a source on their way', () => {
  test('what comes while a batch is on its way goes with the next, and all is safe in order', () => {
    const source = new OutgoingSource('a', 1e6, false);
    source.add(1, hits('1'));
    source.add(2, hits('2'));
    const first = source.next()!;
    source.add(3, hits('3'));
    source.add(4, hits('4'));
    source.sent();
    const second = source.next()!;
    source.sent();
    expect([first, second].map(({ first, last, hits }) => [first, last, hits])).toEqual([
      [1, 2, 2],
      [3, 4, 2],
    ]);
    expect(source.sentUpTo).toBe(4);
    expect(source.safe(second)).toBeUndefined();
    expect(source.safe(first)).toBe(4);
    expect([source.bytes, source.isEmpty]).toEqual([0, true]);
  });

  test('after a doubt everything that is not safe goes again, in order', () => {
    const source = new OutgoingSource('a', 1e6, false);
    for (const position of [1, 2, 3]) {
      source.add(position, hits(`${position}`));
      source.next();
      if (position < 3) source.sent();
    }
    source.again();
    expect(source.sentUpTo).toBeUndefined();
    const order: number[] = [];
    for (let batch = source.next(); batch !== undefined; batch = source.next()) {
      order.push(batch.last);
      source.sent();
    }
    expect(order).toEqual([1, 2, 3]);
  });

  test('memory is bounded: the rest is read from the spool, and joins what comes meanwhile', () => {
    const source = new OutgoingSource('a', 10_000, false);
    let position = 0;
    while (source.add(++position, hits(`${position}`, 1000)));
    expect(source.isBehind).toBe(true);
    const held = source.queuedUpTo;
    expect(held).toBe(position - 1);
    source.add(position + 1, hits('later', 1000));
    expect(source.bytes).toBeLessThan(12_000);
    const seen = source.latest;
    source.add(position + 2, hits('while it was read'));
    const read = [held, position, position + 1].map(at => ({ position: at, hits: hits(`${at}`) }));
    source.refill(read, true, seen);
    expect([source.isBehind, source.queuedUpTo]).toEqual([true, position + 1]);
    source.refill([{ position: position + 2, hits: hits('x') }], true, source.latest);
    expect(source.isBehind).toBe(false);
    // Told of by the spool after it was read from there.
    expect(source.add(position + 2, hits('x'))).toBe(true);
    let sent = 0;
    for (let batch = source.next(); batch !== undefined; batch = source.next()) {
      sent += batch.hits;
      source.sent();
    }
    expect(sent).toBe(position + 2);
  });

  test('a watermark goes behind the hits that were there before it, and none goes while hits are left to the spool', () => {
    const source = new OutgoingSource('a', 1000, false);
    source.add(1, hits('1'));
    source.setWatermark(100);
    const first = source.next()!;
    expect(first.watermark).toBe(100);
    source.setWatermark(200);
    expect(source.takeSaying()).toBeUndefined();
    source.sent();
    expect(source.takeSaying()).toEqual({ watermark: 200, goodbye: false });
    source.sayGoodbye();
    expect(source.takeSaying()).toBeUndefined();
    source.safe(first);
    expect(source.takeSaying()).toEqual({ watermark: undefined, goodbye: true });
    const behind = new OutgoingSource('b', 1000, true);
    behind.setWatermark(1);
    expect(behind.takeSaying()).toBeUndefined();
  });
});

describe('entries', () => {
  test('an event of several rules is written once, and keys of any name come back', async () => {
    const fields = newFields();
    fields['constructor'] = 'p';
    fields['message'] = '\u{1F600} "quoted"';
    const event = fields as AlertHit['event'];
    const text = positionText(1_795_176_000_000_010, [
      { rule: 'a', id: 'e1', event },
      { rule: 'b', id: 'e1', event },
      { rule: 'a', id: 'e2', event: newFields() as AlertHit['event'] },
    ]);
    expect(text.split('quoted').length).toBe(2);
    const entry = await decodeEntry('17-3', ['s', 'n/w0', 'z', await packText(`[${text}]`, 1), 'w', '99', 'c', '7']);
    if ('reason' in entry) throw new Error(entry.reason);
    expect(entry).toMatchObject({ id: '17-3', at: 17, source: 'n/w0', watermark: 99, isGoodbye: false, counted: '7' });
    const [position] = entry.positions;
    expect(position!.position).toBe(1_795_176_000_000_010);
    expect(position!.hits.map(({ rule, id }) => [rule, id])).toEqual([
      ['a', 'e1'],
      ['b', 'e1'],
      ['a', 'e2'],
    ]);
    expect(Object.entries(position!.hits[0]!.event as Fields)).toEqual(Object.entries(event));
  });

  test.for([
    ['no zstd', 'AAAA'],
    ['no JSON', '{'],
    ['another form', '[[1,[["id","rule",{}]]]]'],
    ['no positions', '{"a":1}'],
  ] as const)('%s is said, not thrown', async ([name, text]) => {
    const z = name === 'no zstd' ? text : await packText(text, 1);
    expect(await decodeEntry('1-1', ['s', 'a', 'z', z])).toMatchObject({ id: '1-1', reason: expect.any(String) });
  });
});

describe('the watermark of all sources', () => {
  const say = (marks: StreamWatermark, source: string, at: number, watermark?: number, isGoodbye = false) =>
    marks.hear({ source, at, watermark, isGoodbye });

  test('is the least of the living, once all had time to speak', () => {
    const marks = new StreamWatermark(15_000, 3000);
    expect(say(marks, 'a', 0, 1000)).toBeUndefined();
    expect(say(marks, 'b', 900, 500)).toBeUndefined();
    expect(say(marks, 'a', 3000, 4000)).toBe(500);
    expect(say(marks, 'b', 3900, 4500)).toBe(4000);
    expect(say(marks, 'b', 4900, 5500)).toBeUndefined();
  });

  test('a dead source holds it up no longer than it may, one that said goodbye not at all', () => {
    const marks = new StreamWatermark(15_000, 0);
    say(marks, 'dead', 0, 100);
    say(marks, 'gone', 0, 100);
    for (let at = 1000; at <= 15_000; at += 1000) expect(say(marks, 'a', at, at)).toBeUndefined();
    expect(say(marks, 'gone', 15_000, undefined, true)).toBeUndefined();
    expect(marks.sources).toBe(2);
    expect(say(marks, 'a', 15_001, 15_001)).toBe(15_001);
    expect(marks.sources).toBe(1);
  });

  test('hits without a word on time keep it where it is', () => {
    const marks = new StreamWatermark(15_000, 0);
    expect(say(marks, 'a', 0)).toBeUndefined();
    expect(say(marks, 'a', 1, 5)).toBe(5);
    expect(say(marks, 'a', 2)).toBeUndefined();
  });
});
