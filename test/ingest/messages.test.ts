import { expect, test } from 'vitest';
import { keyOf } from '../../src/buffer/spool/accepted.ts';
import { Draft } from '../../src/ingest/draft.ts';
import { digestOf } from '../../src/ingest/frame-key.ts';
import { KeyMap } from '../../src/ingest/key-map.ts';
import { Messages } from '../../src/ingest/messages.ts';
import { seeded } from '../support/chance.ts';

const frameOf = (...chunkIds: string[]) => ({
  source: 'forward',
  sender: '127.0.0.1',
  tag: 't',
  isMessages: true,
  chunkIds,
  receivedAt: 1,
  records: chunkIds.map((_, n) => ({ n })),
  times: chunkIds.map((_, n) => n),
  bytes: 100,
});
/** What a message is called when it comes as a frame by itself. */
const digest = (chunkId: string) => digestOf({ ...frameOf(), chunkId });
const hexOf = (chunkId: string) => digest(chunkId).slice(0, 16);
const spoolOf = (...accepted: string[]) => {
  const keys = accepted.map(chunkId => keyOf(hexOf(chunkId)));
  return { isAccepted: ({ hi, lo }: { hi: number; lo: number }) => keys.some(key => key.hi === hi && key.lo === lo) };
};

test('messages have the keys and the ids that they have as frames by themselves', () => {
  const draft = new Draft();
  const frame = frameOf('a', 'b', 'é'.repeat(100));
  const { fresh, known } = new Messages().sort(frame, draft, spoolOf(), new Map());
  expect(fresh).toBe(frame);
  expect(known).toBe(0);
  expect(draft.keys!.hex).toBe(frame.chunkIds.map(hexOf).join(''));
  expect(Array.from({ length: 3 }, (_, i) => ({ hi: draft.keys!.hi(i), lo: draft.keys!.lo(i) }))).toEqual(
    frame.chunkIds.map(id => ({ hi: keyOf(hexOf(id)).hi, lo: keyOf(hexOf(id)).lo })),
  );
  expect(draft.idBases).toEqual(frame.chunkIds.map(id => digest(id).slice(0, 24)));
  expect(draft.frames).toBe(3);
});

test('each has the tag that it came with', () => {
  const frame = { ...frameOf('a', 'b', 'c', 'd', 'a'), tags: ['t', 'u', 'u', 't', 'u'] };
  const alone = (chunkId: string, tag: string) => digestOf({ ...frameOf(), chunkId, tag });
  const known = keyOf(alone('c', 'u').slice(0, 16));
  const spool = { isAccepted: ({ hi, lo }: { hi: number; lo: number }) => hi === known.hi && lo === known.lo };
  const draft = new Draft();
  const { fresh } = new Messages().sort(frame, draft, spool, new Map());
  expect(fresh).toMatchObject({ records: [{ n: 0 }, { n: 1 }, { n: 3 }, { n: 4 }], tags: ['t', 'u', 't', 'u'] });
  expect(draft.idBases).toEqual(
    [alone('a', 't'), alone('b', 'u'), alone('d', 't'), alone('a', 'u')].map(sum => sum.slice(0, 24)),
  );
});

test('those that were accepted, are on their way, or come twice are left out', async () => {
  const messages = new Messages();
  const first = new Draft();
  const before = messages.sort(frameOf('on its way'), first, spoolOf(), new Map());
  const durable = Promise.resolve();
  before.way.durable = durable;
  const alone = Promise.resolve();
  const draft = new Draft();
  const frame = frameOf('a', 'accepted', 'b', 'a', 'on its way', 'alone', 'c');
  const { fresh, known, others } = messages.sort(
    frame,
    draft,
    spoolOf('accepted'),
    new Map([[digest('alone'), alone]]),
  );
  expect(fresh).toMatchObject({ records: [{ n: 0 }, { n: 2 }, { n: 6 }], times: [0, 2, 6], tag: 't' });
  expect(draft.idBases).toEqual(['a', 'b', 'c'].map(id => digest(id).slice(0, 24)));
  expect(known).toBe(4);
  expect([...others]).toEqual([durable, alone]);
  expect(messages.sort(frameOf('accepted'), new Draft(), spoolOf('accepted'), new Map()).fresh).toBeUndefined();
});

test('what is settled is no longer on its way', () => {
  const messages = new Messages();
  const draft = new Draft();
  messages.sort(frameOf('a', 'b'), draft, spoolOf(), new Map()).way.durable = Promise.resolve();
  const { hi, lo } = keyOf(hexOf('a'));
  expect(messages.find(hi, lo)).toBeDefined();
  messages.settled(draft.keys!);
  expect(messages.find(hi, lo)).toBeUndefined();
  expect(messages.sort(frameOf('a'), new Draft(), spoolOf(), new Map()).known).toBe(0);
});

test('a map of keys is as one of texts', () => {
  const random = seeded(7);
  const map = new KeyMap<number>(4);
  const expected = new Map<string, number>();
  // Few low halves, so that they are often in one another's way.
  const half = (limit: number) => (random() < 0.2 ? 0 : Math.floor(random() * limit)) >>> 0;
  for (let i = 0; i < 4_000; i++) {
    const [hi, lo] = [half(3), (half(40) * (random() < 0.1 ? 0x0800_0000 : 1)) >>> 0];
    // (0, 0) is kept as (0, 1).
    const key = hi === 0 && lo === 0 ? '0 1' : `${hi} ${lo}`;
    if (random() < 0.5) {
      map.set(hi, lo, i);
      expected.set(key, i);
    } else {
      map.delete(hi, lo);
      expected.delete(key);
    }
    expect(map.size).toBe(expected.size);
    const [otherHi, otherLo] = [half(3), half(40)];
    const other = otherHi === 0 && otherLo === 0 ? '0 1' : `${otherHi} ${otherLo}`;
    expect(map.get(otherHi, otherLo)).toBe(expected.get(other));
  }
});
