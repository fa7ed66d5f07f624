import { describe, expect, test } from 'vitest';
import type { LedgerLine } from '../../src/core/api/ledger.ts';
import { Ledger, type LedgerExchange, type ProcessReport, type Shared } from '../../src/ledger/keeper.ts';
import type { LedgerCounts, QueueCounts } from '../../src/ledger/ledger.ts';

const NOTHING: LedgerLine = { received: 0, stored: 0, dead_lettered: 0, dropped: 0, in_flight: 0, unaccounted: 0 };

/** A queue in memory that may be away. */
class FakeExchange implements LedgerExchange {
  isAway = false;
  readonly reports = new Map<string, ProcessReport>();
  queue = new Map<string, QueueCounts>();
  beforeRead = () => {};

  async publish(report: ProcessReport): Promise<void> {
    if (this.isAway) throw new Error('Redis is not there');
    this.reports.set(report.source, report);
  }

  async read(): Promise<Shared> {
    const shared = { reports: [...this.reports.values()], queue: new Map(this.queue) };
    this.beforeRead();
    return shared;
  }

  set(source: string, moved: number, taken: number, inFlight: number): void {
    const of = (count: number) => new Map([['a', count]]);
    this.queue.set(source, { moved: of(moved), taken: of(taken), in_flight: of(inFlight) });
  }
}

function setUp(source = 'n1') {
  const exchange = new FakeExchange();
  let counts: LedgerCounts = { received: {}, dropped: {}, taken: {}, in_flight: {} };
  const ledger = new Ledger({ source, exchange, letters: () => new Map(), canary: () => undefined });
  ledger.follow(() => [counts]);
  const spool = (received: number, taken: number): void => {
    counts = { received: { a: received }, dropped: {}, taken: { a: taken }, in_flight: { a: received - taken } };
  };
  return { exchange, ledger, spool };
}

describe('the ledger of one process among others', () => {
  test('adds up what all have said, and tells who they are', async () => {
    const { exchange, ledger, spool } = setUp();
    const at = Date.now() - 5000;
    const other = { received: { a: 7 }, dropped: {}, taken: { a: 7 }, in_flight: {}, letters: { a: 2 }, replayed: {} };
    exchange.reports.set('n2', { source: 'n2', at, ledger: other });
    exchange.set('n1', 8, 5, 3);
    exchange.set('n2', 7, 7, 0);
    spool(10, 8);
    const report = await ledger.report();
    expect(report.total).toEqual({ ...NOTHING, received: 17, stored: 10, dead_lettered: 2, in_flight: 5 });
    expect(report.processes!.map(({ source, received, in_flight }) => [source, received, in_flight])).toEqual([
      ['n1', 10, 2],
      ['n2', 7, 0],
    ]);
    expect(report.processes![1]!.age_ms).toBeGreaterThanOrEqual(5000);
  });

  test('what moves on while the others are asked is not missing', async () => {
    const { exchange, ledger, spool } = setUp();
    exchange.set('n1', 8, 8, 0);
    spool(10, 8);
    exchange.beforeRead = () => spool(10, 10);
    expect((await ledger.report()).total).toEqual({ ...NOTHING, received: 10, stored: 8, in_flight: 2 });
  });

  test('while the queue is away nothing is called missing, and the report says so', async () => {
    const { exchange, ledger, spool } = setUp();
    exchange.isAway = true;
    spool(10, 8);
    const before = await ledger.report();
    expect(before.total.unaccounted).toBe(0);
    expect(before.incomplete).toContain('not known yet');
    exchange.isAway = false;
    exchange.set('n1', 8, 6, 2);
    expect((await ledger.report()).incomplete).toBeUndefined();
    exchange.isAway = true;
    spool(15, 9);
    const during = await ledger.report();
    expect(during.total).toEqual({ ...NOTHING, received: 15, stored: 6, in_flight: 9 });
    expect(during.incomplete).toContain('Redis is not there');
  });
});
