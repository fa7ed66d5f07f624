import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { LongshoreError } from '../../src/core/errors.ts';
import { type Channel, Link } from '../../src/workers/link.ts';

type Calls = {
  double(n: number): Promise<number>;
  note(text: string): void;
  refuse(): void;
};

/** Two ends of a pipe, as processes have them: what is sent is copied, and comes later. */
function pair() {
  const notes: string[] = [];
  const calls = {
    double: async (n: number) => 2 * n,
    note: (text: string) => void notes.push(text),
    refuse: () => {
      throw new LongshoreError('LS_SPOOL_FULL', 'no', { where: 'here', fix: 'ask again', retryable: true });
    },
  };
  const ends = [new EventEmitter(), new EventEmitter()];
  const channel = (own: number): Channel => ({
    connected: true,
    send: message => setImmediate(() => ends[1 - own]!.emit('message', structuredClone(message))),
    on: (event, listener) => ends[own]!.on(event, listener),
  });
  const a = new Link<Calls, Record<string, never>>(channel(0), {});
  const b = new Link<Record<string, never>, Calls>(channel(1), calls);
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

test('when the other one is gone, whoever waits and whoever asks hears of it', async () => {
  const { a } = pair();
  const waiting = a.request('double', 1);
  a.close();
  await expect(waiting).rejects.toMatchObject({ code: 'LS_WORKERS_GONE', retryable: true });
  await expect(a.request('double', 1)).rejects.toMatchObject({ code: 'LS_WORKERS_GONE' });
  a.notify('note', 'nobody');
});
