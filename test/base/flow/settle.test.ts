import { expect, test } from 'vitest';
import { settle } from '../../../src/base/flow/settle.ts';

const NEVER = new AbortController().signal;
const never = new Promise(() => {});

test('what ends by itself is not called off before', async () => {
  const done: string[] = [];
  const running = [new Promise<void>(resolve => setImmediate(() => resolve(void done.push('ended'))))];
  await settle(running, NEVER, () => done.push('called off'), { graceMs: 60_000, calledOffMs: 60_000 });
  expect(done).toEqual(['ended', 'called off']);
});

test('what does not end is called off, and waited for until it hears', async () => {
  const done: string[] = [];
  let end = (): void => {};
  const running = new Promise<void>(resolve => {
    end = () => setImmediate(() => resolve(void done.push('ended')));
  });
  const callOff = (): void => {
    done.push('called off');
    end();
  };
  await settle([running], NEVER, callOff, { graceMs: 1, calledOffMs: 60_000 });
  expect(done).toEqual(['called off', 'ended']);
});

test('what never hears is left behind', async () => {
  await settle([never], NEVER, () => {}, { graceMs: 1, calledOffMs: 1 });
});

test('an aborted signal leaves no grace', async () => {
  await settle([never], AbortSignal.abort(), () => {}, { graceMs: 60_000, calledOffMs: 1 });
});
