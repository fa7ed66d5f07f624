import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { stateUnknown, watchUncaught } from '../../src/base/process/uncaught.ts';

/** A process of so many seconds. */
function processOf(seconds: number) {
  const io = Object.assign(new EventEmitter(), { uptime: () => seconds });
  const ending = stateUnknown(io as unknown as NodeJS.Process);
  return { io, ending };
}

async function hasEnded(ending: Promise<unknown>): Promise<boolean> {
  return (await Promise.race([ending, Promise.resolve('goes on')])) !== 'goes on';
}

test('no error ends the service itself: each is told and counted', () => {
  const io = new EventEmitter();
  const exceptions = vi.fn();
  watchUncaught(io as unknown as NodeJS.Process, exceptions);
  io.emit('uncaughtException', new TypeError('nobody expected this'), 'uncaughtException');
  io.emit('uncaughtException', 'not even an error', 'uncaughtException');
  io.emit('unhandledRejection', new Error('no'));
  expect(exceptions).toHaveBeenCalledTimes(2);
});

describe('an error that nobody caught in a worker, which is started again', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('ends a process that has run for a while, at once', async () => {
    const { io, ending } = processOf(3600);
    io.emit('uncaughtException', new TypeError('nobody expected this'), 'uncaughtException');
    await vi.advanceTimersByTimeAsync(1);
    expect(await hasEnded(ending)).toBe(true);
  });

  test('ends a young process not before it is a minute old, however often it comes', async () => {
    const { io, ending } = processOf(20);
    for (let i = 0; i < 1000; i++) io.emit('uncaughtException', new TypeError('again'), 'uncaughtException');
    await vi.advanceTimersByTimeAsync(39_000);
    expect(await hasEnded(ending)).toBe(false);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await hasEnded(ending)).toBe(true);
  });

  test.each([
    [
      'a socket that nobody listened to',
      'uncaughtException',
      Object.assign(new Error('read ECONNRESET'), { syscall: 'read', code: 'ECONNRESET' }),
    ],
    ['a rejection', 'unhandledRejection', new Error('no')],
    ['a rejection with no error at all', 'unhandledRejection', Object.create(null)],
  ])('%s ends nothing', async (_, event, error) => {
    const { io, ending } = processOf(3600);
    io.emit(event, error);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(await hasEnded(ending)).toBe(false);
  });
});
