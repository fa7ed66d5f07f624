import { deflateSync, gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { FakeConsumer, served } from './support.ts';

const message = (text: string): string =>
  JSON.stringify({ version: '1.1', host: 'h', short_message: text, timestamp: 1795182936.5, level: 4, _a: 1 });
const record = (text: string) => ({ host: 'h', message: text, level: 4, a: 1 });

async function posted(body: string | Buffer, headers: Record<string, string> = {}) {
  const consumer = new FakeConsumer();
  const { app, url } = await served(consumer, { max_body_bytes: 10_000 });
  onTestFinished(() => app.close());
  const response = await fetch(`${url}/gelf`, { method: 'POST', body, headers });
  const text = await response.text();
  return { status: response.status, text, frames: JSON.parse(JSON.stringify(consumer.frames)) as object[] };
}

test.for([
  ['one message', message('a'), {}],
  ['gzip', gzipSync(message('a')), { 'content-encoding': 'gzip' }],
  // As pygelf has it.
  ['zlib under two names', deflateSync(message('a')), { 'content-encoding': 'gzip,deflate' }],
  ['zlib without a name', deflateSync(message('a')), {}],
  ['as a form, as curl sends it', message('a'), { 'content-type': 'application/x-www-form-urlencoded' }],
] as const)('%s is answered with 202', async ([, body, headers]) => {
  const { status, frames } = await posted(body, headers);
  expect(status).toBe(202);
  expect(frames).toMatchObject([{ source: 'http', tag: 'gelf', records: [record('a')], times: [1795182936500] }]);
});

test.for([
  ['one a line', `${message('a')}\n${message('b')}\n`],
  ['a list', `[${message('a')},${message('b')}]`],
])('several messages: %s', async ([, body]) => {
  const { status, frames } = await posted(body!);
  expect(status).toBe(202);
  expect(frames).toMatchObject([{ records: [record('a'), record('b')] }]);
});

test.for([
  ['no JSON', 'hello', 400, 'LS_INPUTS_JSON_INVALID'],
  ['nothing', '', 400, 'LS_INPUTS_JSON_INVALID'],
  ['a bomb', gzipSync(Buffer.alloc(1_000_000)), 413, 'LS_INPUTS_BODY_TOO_LARGE'],
  ['broken gzip', gzipSync(message('a')).subarray(0, 20), 400, 'LS_INPUTS_ENCODING_BROKEN'],
] as const)('%s is refused', async ([, body, expected, code]) => {
  const { status, text, frames } = await posted(body);
  expect([status, frames]).toEqual([expected, []]);
  expect(text).toContain(code);
});
