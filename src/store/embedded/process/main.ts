import { setPriority } from 'node:os';
import { LongshoreError, messageOf } from '../../../core/errors.ts';
import { isSystemError, systemErrorFix } from '../../../core/system-error.ts';
import type { FromProcess, StoreEvent, ToProcess, WireError } from '../protocol.ts';
import { isPassing } from './duckdb.ts';
import { Engine } from './engine.ts';

/**
 * The store process: owns DuckDB, so that a search does not hold up the service's own reads and writes.
 * It talks to the service over the channel it was forked with, and ends when that is gone.
 */
const calls = new Map<number, AbortController>();
let engine: Engine | undefined;

process.on('message', (message: ToProcess) => {
  switch (message.kind) {
    case 'open':
      Engine.open(message.dir, message.options, emit).then(opened => {
        engine = opened;
        send({ kind: 'ready' });
      }, broken);
      break;
    case 'call':
      void answer(message);
      break;
    case 'cancel':
      calls.get(message.id)?.abort();
      break;
    case 'stop':
      for (const call of calls.values()) call.abort();
      void Promise.resolve(engine?.stop()).finally(() => process.exit(0));
      break;
  }
});
// The service is gone. Nothing that was acknowledged lives only here: the next start finishes what this one began.
// Not `exit`, which would wait for statements under way.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A terminal sends these to the whole group; the service says when to stop.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('uncaughtException', fail);
try {
  // Intake goes first.
  setPriority(5);
} catch {
  // Not allowed here: then side by side.
}

async function answer({ id, call }: ToProcess & { kind: 'call' }): Promise<void> {
  const controller = new AbortController();
  calls.set(id, controller);
  try {
    if (engine === undefined)
      throw new LongshoreError('LS_STORE_STARTING', 'the store is starting.', { retryable: true });
    send({ kind: 'reply', id, value: await engine.call(call, controller.signal) });
  } catch (error) {
    send({ kind: 'failure', id, error: toWire(error) });
  } finally {
    calls.delete(id);
  }
}

function toWire(error: unknown): WireError {
  if (error instanceof LongshoreError) {
    return { code: error.code, what: error.what, fix: error.fix, retryable: error.retryable };
  }
  // What the system refuses now (a file that cannot be opened, a disk that does not read) it may give later.
  const retryable = isSystemError(error) || isPassing(error);
  return {
    code: 'LS_STORE_FAILED',
    what: `the store failed: ${messageOf(error)}.`,
    fix: systemErrorFix(error),
    retryable,
  };
}

function emit(event: StoreEvent): void {
  send({ kind: 'event', event });
}

function send(message: FromProcess): void {
  if (process.connected) process.send?.(message, undefined, {}, () => {});
}

function broken(error: unknown): void {
  send({ kind: 'broken', error: toWire(error) });
  setTimeout(() => process.exit(1), 50);
}

function fail(error: unknown): void {
  emit({ type: 'log', level: 'error', details: { error: messageOf(error) }, message: 'the store process failed' });
  // Gives the message a moment to leave.
  setTimeout(() => process.exit(1), 50);
}
