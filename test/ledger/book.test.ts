import { describe, expect, test } from 'vitest';
import { LossAlarm } from '../../src/ledger/alarm.ts';
import { Book, type BookEntry } from '../../src/ledger/book.ts';
import { ContainerNames, containerOf, MAX_CONTAINERS, OTHER, recordOf, Tally } from '../../src/ledger/counts.ts';
import { balance, type LedgerSnapshot, type QueueCounts } from '../../src/ledger/ledger.ts';

const totals = (book: Book) => ({
  received: recordOf(book.received),
  dropped: recordOf(book.dropped),
  taken: recordOf(book.taken),
});
const read = (entries: readonly BookEntry[]): Book => {
  const book = new Book();
  for (const entry of entries) book.apply(JSON.parse(JSON.stringify(entry)) as BookEntry);
  return book;
};

describe('what an event is counted under', () => {
  test.each([
    [{ container_name: 'web-1', service: 'web' }, 'docker', 'web-1'],
    [{ service: 'web' }, 'docker', 'web'],
    [{ container_name: '', service: 7 }, 'docker', 'docker'],
    [{}, '', OTHER],
  ])('%j with the tag %j is %s', (fields, tag, name) => {
    expect(containerOf(fields, tag)).toBe(name);
  });

  test('only so many names are counted apart, and long ones are cut', () => {
    const names = new ContainerNames();
    for (let i = 0; i < MAX_CONTAINERS; i++) expect(names.of(`c${i}`)).toBe(`c${i}`);
    expect(names.of('one-more')).toBe(OTHER);
    expect(names.of('c5')).toBe('c5');
    expect(new ContainerNames().of('x'.repeat(5000))).toHaveLength(200);
  });

  test('a tally adds up whatever the order', () => {
    const tally = new Tally('a', 1);
    for (const name of ['a', 'b', 'a', '__proto__', 'b', 'a']) tally.add(name, 1);
    const other = new Tally('b', 10);
    other.addAll(tally);
    expect(other.flat()).toEqual(['b', 12, 'a', 4, '__proto__', 1]);
  });
});

describe('the book of a spool', () => {
  const first: BookEntry = { log: 1, chunks: [['1.w0.d', ['a', 3, 'b', 2]]], dropped: ['a', 1] };

  test('a log is entered once, however often its entry comes', () => {
    expect(totals(read([first, first]))).toEqual({ received: { a: 4, b: 2 }, dropped: { a: 1 }, taken: {} });
  });

  test('a chunk counts as taken once, whether the journal hears of it or not', () => {
    const book = read([first]);
    book.take('1.w0.d');
    book.take('1.w0.d');
    const next = book.complete({ log: 2 });
    book.entered(next);
    expect(next.taken).toEqual(['1.w0.d']);
    expect(totals(book).taken).toEqual({ a: 3, b: 2 });
    expect(totals(read([first, next, next])).taken).toEqual({ a: 3, b: 2 });
    const crashed = read([first]);
    crashed.entered(crashed.reconcile(new Set())!);
    expect(totals(crashed).taken).toEqual({ a: 3, b: 2 });
  });

  test('what was taken is told again until it is entered', () => {
    const book = read([first]);
    book.take('1.w0.d');
    expect(book.complete({ log: 2 }).taken).toEqual(['1.w0.d']);
    expect(book.complete({ log: 2 }).taken).toEqual(['1.w0.d']);
  });

  test('after a clean stop a chunk that is gone is lost, and found when it is there again', () => {
    const book = read([first, { log: 0, clean: true }]);
    const lost = book.reconcile(new Set())!;
    expect(lost).toEqual({ log: 0, lost: ['1.w0.d'] });
    book.entered(lost);
    expect(totals(book).taken).toEqual({});
    expect(book.pending('1.w0.d')).toBeUndefined();
    const found = book.reconcile(new Set(['1.w0.d']))!;
    book.entered(found);
    expect(recordOf(book.pending('1.w0.d')!)).toEqual({ a: 3, b: 2 });
    const again = read([first, { log: 0, clean: true }, lost, found]);
    expect(recordOf(again.pending('1.w0.d')!)).toEqual({ a: 3, b: 2 });
  });

  test('a snapshot says the same as all entries before it', () => {
    const book = read([
      first,
      {
        log: 2,
        chunks: [
          ['2.w0.d', ['c', 1]],
          ['2.w0.e', ['c', 5]],
        ],
      },
    ]);
    book.take('2.w0.d');
    book.lose('2.w0.e');
    const copy = new Book();
    copy.load(JSON.parse(JSON.stringify(book.snapshot())));
    expect(copy.snapshot()).toEqual(book.snapshot());
    copy.apply(first);
    expect(copy.snapshot()).toEqual(book.snapshot());
  });
});

describe('the balance', () => {
  const snapshot = (values: Partial<LedgerSnapshot>): LedgerSnapshot => ({
    received: {},
    dropped: {},
    taken: {},
    in_flight: {},
    letters: {},
    replayed: {},
    ...values,
  });
  const one = (values: Partial<LedgerSnapshot>) => new Map([['n', snapshot(values)]]);
  const line = { received: 0, stored: 0, dead_lettered: 0, dropped: 0, in_flight: 0, unaccounted: 0 };

  test('everything has its place', () => {
    const ledger = one({
      received: { a: 100 },
      dropped: { a: 10 },
      taken: { a: 70 },
      in_flight: { a: 20 },
      letters: { a: 5 },
    });
    expect(balance(ledger, undefined).containers['a']).toEqual({
      ...line,
      received: 100,
      stored: 65,
      dead_lettered: 5,
      dropped: 10,
      in_flight: 20,
    });
  });

  test('what is nowhere is unaccounted for', () => {
    const { total } = balance(one({ received: { a: 10, b: 1 }, taken: { a: 7, b: 1 } }), undefined);
    expect(total).toEqual({ ...line, received: 11, stored: 8, unaccounted: 3 });
  });

  test('one that surplus hides in another container is seen in its own', () => {
    const { containers, total } = balance(one({ received: { a: 2 }, taken: { b: 2 } }), undefined);
    expect([containers['a']!.unaccounted, containers['b']!.unaccounted, total.unaccounted]).toEqual([2, -2, 0]);
  });

  test('a replayed letter is one event that was received once', () => {
    const replayed = one({ received: { a: 11 }, taken: { a: 11 }, letters: { a: 1 }, replayed: { a: 1 } });
    expect(balance(replayed, undefined).total).toEqual({ ...line, received: 10, stored: 10 });
    const again = one({ received: { a: 11 }, taken: { a: 11 }, letters: { a: 2 }, replayed: { a: 1 } });
    expect(balance(again, undefined).total).toEqual({ ...line, received: 10, stored: 9, dead_lettered: 1 });
  });

  test('letters of events that came before anybody counted make nothing negative', () => {
    expect(balance(one({ letters: { a: 3 } }), undefined).total).toEqual({ ...line, received: 3, dead_lettered: 3 });
  });

  const queue = (moved: number, taken: number, inFlight: number): Map<string, QueueCounts> =>
    new Map([
      [
        'n',
        {
          moved: new Map([['a', moved]]),
          taken: new Map([['a', taken]]),
          in_flight: new Map([['a', inFlight]]),
        },
      ],
    ]);

  test('over a queue, stored is what came out of it', () => {
    const ledger = one({ received: { a: 100 }, taken: { a: 90 }, in_flight: { a: 10 } });
    expect(balance(ledger, queue(90, 60, 30)).total).toEqual({ ...line, received: 100, stored: 60, in_flight: 40 });
  });

  test('what moved on since its process last spoke is neither missing nor twice', () => {
    const ledger = one({ received: { a: 100 }, taken: { a: 90 }, in_flight: { a: 10 } });
    expect(balance(ledger, queue(100, 100, 0)).total).toEqual({ ...line, received: 100, stored: 100 });
    expect(balance(ledger, queue(150, 150, 0)).total).toEqual({ ...line, received: 150, stored: 150 });
  });

  test('what a queue has lost is missing, also when it lost its count', () => {
    const ledger = one({ received: { a: 100 }, taken: { a: 100 } });
    expect(balance(ledger, queue(100, 60, 30)).total.unaccounted).toBe(10);
    expect(balance(ledger, queue(0, 60, 0)).total.unaccounted).toBe(40);
    expect(balance(ledger, new Map()).total.unaccounted).toBe(100);
  });
});

describe('the alarm', () => {
  test('is raised once for what is missing for ten seconds, and again when it is more', () => {
    const alarm = new LossAlarm();
    expect(alarm.see(5, 0)).toBeUndefined();
    expect(alarm.see(5, 9_999)).toBeUndefined();
    expect(alarm.see(5, 10_000)).toBe('raised');
    expect(alarm.see(5, 60_000)).toBeUndefined();
    expect(alarm.see(6, 61_000)).toBe('raised');
    expect(alarm.see(0, 62_000)).toBe('cleared');
    expect(alarm.see(0, 63_000)).toBeUndefined();
    expect(alarm.see(6, 64_000)).toBeUndefined();
  });
});
