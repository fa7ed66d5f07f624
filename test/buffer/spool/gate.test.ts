import { expect, test } from 'vitest';
import { Gate } from '../../../src/buffer/spool/gate.ts';

test('what is inside ends, and nothing begins while it is shut', async () => {
  const gate = new Gate();
  const inside = Promise.withResolvers<string>();
  const first = gate.pass(() => inside.promise);
  let isShut = false;
  const shut = gate.shut(60_000).then(() => {
    isShut = true;
  });
  let hasBegun = false;
  const second = gate.pass(async () => {
    hasBegun = true;
  });
  await Promise.resolve();
  expect({ isShut, hasBegun }).toEqual({ isShut: false, hasBegun: false });
  inside.resolve('done');
  expect(await first).toBe('done');
  await shut;
  expect(hasBegun).toBe(false);
  gate.open();
  await second;
  expect(hasBegun).toBe(true);
});

test('what does not end in time is not waited for, and the gate is open again', async () => {
  const gate = new Gate();
  void gate.pass(() => new Promise(() => {}));
  await expect(gate.shut(10)).rejects.toMatchObject({ code: 'LS_SPOOL_HELD', retryable: true });
  expect(await gate.pass(async () => 1)).toBe(1);
});

test('opens by itself, and is held by one at a time', async () => {
  const gate = new Gate();
  await gate.shut(20);
  await expect(gate.shut(20)).rejects.toMatchObject({ code: 'LS_SPOOL_HELD' });
  expect(await gate.pass(async () => 'after a while')).toBe('after a while');
});
