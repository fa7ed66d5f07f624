import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { type Channel, Link, type LinkErrors } from '../../../src/base/process/link.ts';
import { LongshoreError, messageOf } from '../../../src/core/errors.ts';

type Calls = {
  double(n: number): Promise<number>;
  note(text: string): void;
  refuse(): void;
  fail(): void;
  countUpTo(n: number, signal: AbortSignal, part: (n: number) => void): string;
  untilCalledOff(value: undefined, signal: AbortSignal): Promise<string>;
};

const ERRORS: LinkErrors = {
  gone: () => new LongshoreError('LS_WORKERS_GONE', 'it is gone.', { retryable: true }),
  unknown: error => new LongshoreError('LS_WORKERS_FAILED', `it failed: ${messageOf(error)}.`, { retryable: true }),
};

/** Two ends of a pipe, as processes have them: what is sent is copied, and comes later. */
function pair() {
  const notes: string[] = [];
  const calls: Calls = {
    double: async n => 2 * n,
    note: text => void notes.push(text),
    refuse: () => {
      throw new LongshoreError('LS_SPOOL_FULL', 'no', { where: 'here', fix: 'ask again', retryable: true });
    },
    fail: () => {
      throw new TypeError('nobody thought of this');
    },
    countUpTo: (n, _, part) => {
      for (let i = 1; i <= n; i++) part(i);
      return 'done';
    },
    untilCalledOff: (_, signal) =>
      new Promise(resolve => signal.addEventListener('abort', () => resolve('called off'), { once: true })),
  };
  const ends = [new EventEmitter(), new EventEmitter()];
  const channel = (own: number): Channel => ({
    connected: true,
    send: message => setImmediate(() => ends[1 - own]!.emit('message', structuredClone(message))),
    on: (event, listener) => ends[own]!.on(event, listener),
  });
  const a = new Link<Calls, Record<string, never>>(channel(0), {}, ERRORS);
  const b = new Link<Record<string, never>, Calls>(channel(1), calls, ERRORS);
  return { a, b, notes };
}

test('requests are answered, notices are not, and both keep their order', async () => {
  const { a, notes } = pair();
  a.notify('note', 'one');
  const doubled = a.request('double', 21);
  a.notify('note', 'two');
  expect(await doubled).toBe(42);
  expect(notes).toEqual(['one', 'two']);
});

test('parts of an answer are there before it', async () => {
  const { a } = pair();
  const parts: number[] = [];
  const [counted] = [a.request('countUpTo', 3, undefined, part => parts.push(part)), a.request('countUpTo', 2)];
  expect([await counted, parts]).toEqual(['done', [1, 2, 3]]);
});

test('a refusal comes with all that a person needs', async () => {
  const { a } = pair();
  await expect(a.request('refuse')).rejects.toMatchObject({
    code: 'LS_SPOOL_FULL',
    what: 'no',
    where: 'here',
    fix: 'ask again',
    retryable: true,
  });
});

test('what has no code of its own is given one, and a notice that fails ends nothing', async () => {
  const { a } = pair();
  a.notify('fail');
  await expect(a.request('fail')).rejects.toMatchObject({
    code: 'LS_WORKERS_FAILED',
    what: 'it failed: nobody thought of this.',
  });
});

test('when the other one is gone, whoever waits and whoever asks hears of it', async () => {
  const { a } = pair();
  const waiting = a.request('double', 1);
  a.close();
  await expect(waiting).rejects.toMatchObject({ code: 'LS_WORKERS_GONE', retryable: true });
  await expect(a.request('double', 1)).rejects.toMatchObject({ code: 'LS_WORKERS_GONE' });
  a.notify('note', 'nobody');
});

test('a request is called off by who asked, before or after it was sent', async () => {
  const { a } = pair();
  const controller = new AbortController();
  const waiting = a.request('untilCalledOff', undefined, controller.signal);
  expect(await a.request('double', 1)).toBe(2);
  controller.abort();
  expect(await waiting).toBe('called off');
  expect(await a.request('untilCalledOff', undefined, controller.signal)).toBe('called off');
});

test('all requests are called off by who was asked', async () => {
  const { a, b } = pair();
  const waiting = [a.request('untilCalledOff', undefined), a.request('untilCalledOff', undefined)];
  await a.request('double', 1);
  b.abortCalls();
  expect(await Promise.all(waiting)).toEqual(['called off', 'called off']);
});
