import { expect, test } from 'vitest';
import { logLine } from '../../src/core/log-line.ts';

const TIME = '2026-11-20T13:55:36.123Z';
const clock = new Date(TIME).toTimeString().slice(0, 8);
const line = (fields: object, withColors = false): string =>
  logLine(JSON.stringify({ level: 'warn', time: TIME, ...fields }), withColors);

test('time, level, room, message and fields stand in one line', () => {
  const told = line({ room: 'store', msg: 'Elasticsearch is unreachable', node: 'es-1', status: 503, of: ['a b'] });
  expect(told).toBe(`${clock} WARN  store: Elasticsearch is unreachable (node=es-1 status=503 of=["a b"])\n`);
});

test('a level has its colour when colours are wanted', () => {
  expect(line({ msg: 'm' }, true)).toBe(`${clock} \u001b[33mWARN \u001b[0m m\n`);
});

test('a stack follows below', () => {
  expect(line({ msg: 'request failed', err: { message: 'no', stack: 'Error: no\n    at f (a.ts:1:1)' } })).toBe(
    `${clock} WARN  request failed\n    Error: no\n        at f (a.ts:1:1)\n`,
  );
});

test('what a peer sent cannot steer the terminal', () => {
  const told = line({ msg: 'frame \u001b[2J refused', peer: 'x\u009b31m', tag: 'a\nb' });
  expect(told).toBe(`${clock} WARN  frame \\u001b[2J refused (peer=x\\u009b31m tag="a\\nb")\n`);
});
