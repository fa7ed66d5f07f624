import { setPriority } from 'node:os';
import { Link } from '../../../base/process/link.ts';
import { isSystemError, systemErrorFix } from '../../../base/process/system-error.ts';
import { LongshoreError, messageOf } from '../../../core/errors.ts';
import type { PieceOfRows, ServiceCalls, StoreCalls, StoreEvent, WireRow } from '../protocol.ts';
import { isPassing } from './duckdb.ts';
import { Engine } from './engine.ts';

/**
 * The store process: owns DuckDB, so that a search does not hold up the service's own reads and writes.
 * It talks to the service over the channel it was forked with, and ends when that is gone.
 */
let engine: Engine | undefined;

/** About 100 kB, which the service reads and understands in a millisecond or two. */
const ROWS_OF_PIECE = 200;

const calls: StoreCalls = {
  open: async ({ dir, options }) => {
    engine = await Engine.open(dir, options, emit);
  },
  accept: chunk => engine!.accept(chunk),
  search: (request, signal, rows) => engine!.search(request, signal, page => inPieces(page, rows)),
  scan: (request, signal) => engine!.scan(request, signal),
  histogram: (request, signal) => engine!.histogram(request, signal),
  counts: (request, signal) => engine!.counts(request, signal),
  statistics: (request, signal) => engine!.statistics(request, signal),
  days: () => engine!.days(),
  fieldNames: (_, signal) => engine!.fieldNames(signal),
  hold: ms => engine!.hold(ms),
  release: () => engine!.release(),
  stats: () => engine!.stats(),
  stop: () => {
    link.abortCalls();
    void Promise.resolve(engine?.stop()).finally(() => process.exit(0));
  },
};
const link = new Link<ServiceCalls, StoreCalls>(process, calls, {
  gone: () => failed('the service is gone'),
  unknown: failed,
});

// The service is gone. Nothing that was acknowledged lives only here: the next start finishes what this one began.
// Not `exit`, which would wait for statements under way.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A terminal sends these to the whole group; the service says when to stop.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('uncaughtException', error => {
  emit({ type: 'log', level: 'error', details: { error: messageOf(error) }, message: 'the store process failed' });
  // Gives the message a moment to leave.
  setTimeout(() => process.exit(1), 50);
});
try {
  // Intake goes first.
  setPriority(5);
} catch {
  // Not allowed here: then side by side.
}

function inPieces(page: readonly WireRow[], send: (piece: PieceOfRows) => void): void {
  for (let first = 0; first === 0 || first < page.length; first += ROWS_OF_PIECE)
    send({
      rows: page.slice(first, first + ROWS_OF_PIECE),
      before: first,
      isLast: first + ROWS_OF_PIECE >= page.length,
    });
}

function emit(event: StoreEvent): void {
  link.notify('event', event);
}

function failed(error: unknown): LongshoreError {
  return new LongshoreError('LS_STORE_FAILED', `the store failed: ${messageOf(error)}.`, {
    fix: systemErrorFix(error),
    // What the system refuses now (a file that cannot be opened, a disk that does not read) it may give later.
    retryable: isSystemError(error) || isPassing(error),
  });
}
