import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { FrameDecoder } from '../../../src/base/forward/frame.ts';
import { encodeMsgpack } from '../../../src/base/msgpack/write.ts';
import { newFields } from '../../../src/core/event.ts';
import { forwardSettings } from '../../../src/inputs/forward/options.ts';
import { DOCKER_FORM } from '../../../src/inputs/forward/record-form.ts';
import { serialise } from '../../../src/schema/serialise.ts';
import { encodeMessage, packChunk } from '../../../src/senders/forward/messages.ts';

const decoder = new FrameDecoder(forwardSettings(), DOCKER_FORM);
const decode = (bytes: Buffer) => decoder.decode(bytes, 0, bytes.length)!;

const DOCUMENTS: Record<string, unknown>[] = [
  { level: 'ERROR', message: 'eins 한글 \u{1f30a} \u0001"\\', tag: 'app', verb: 'GET', response: 500 },
  {
    message: '',
    tag: 'docker.nginx',
    fields: { service: 'nginx' },
    numbers: [0, 1, -1, 127, 128, -32, -33, 65_536, 2 ** 31, 2 ** 53 - 1, 1.5, -1e300],
  },
  { message: 'x'.repeat(70_000), tag: 'app', deep: { a: { b: [{ c: null, d: true, e: false }] } } },
  { message: 'no tag', labels: { 'com.docker.compose.service': 'web', __proto__x: 1 } },
  { message: 'proto', tag: 'app', ...JSON.parse('{"__proto__":{"x":1},"constructor":"c"}') },
  { message: 'many', tag: 'app', ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, `v${i}`])) },
];

function chunk(form: 'elasticsearch' | 'embedded'): Buffer {
  const texts = DOCUMENTS.map((document, i) => {
    const time = 1_795_183_200_123 + i;
    const fields = Object.assign(newFields(), document, { '@timestamp': new Date(time).toISOString() });
    Object.defineProperty(fields, '__proto__', {
      value: Object.getOwnPropertyDescriptor(document, '__proto__')?.value,
      enumerable: true,
    });
    return serialise({ time, day: '2026.11.20', fields }, `id-${i}`, 1000 + i, form);
  });
  return Buffer.from(texts.join(''));
}

const options = { node: 'n', chunk: 'c', maxMessageBytes: 1_000_000 };

test.for(['elasticsearch', 'embedded'] as const)(
  'documents (%s) arrive as they are stored, by tag and in order',
  form => {
    const messages = packChunk(chunk(form), options);
    expect(messages.map(({ tag, events }) => [tag, events])).toEqual([
      ['app', 4],
      ['docker.nginx', 1],
      ['longshore', 1],
    ]);
    const byMessage = new Map<unknown, unknown>();
    for (const message of messages) {
      const frame = decode(encodeMessage(message, message.entries, undefined));
      expect(frame).toMatchObject({ tag: message.tag, chunk: message.id, isMarked: true });
      frame.records.forEach((record, i) => {
        byMessage.set(record['message'], [frame.times[i], JSON.stringify(sorted(record))]);
      });
    }
    DOCUMENTS.forEach((document, i) => {
      const time = 1_795_183_200_123 + i;
      const expected = { ...sorted(document), '@timestamp': new Date(time).toISOString() };
      expect(byMessage.get(document['message'])).toEqual([time, JSON.stringify(sorted(expected))]);
    });
  },
);

test('compressed messages say so', () => {
  const [message] = packChunk(chunk('elasticsearch'), options);
  const frame = decode(encodeMessage(message!, gzipSync(message!.entries), 'gzip'));
  expect(frame.records).toHaveLength(4);
});

test('the same chunk gives the same ids, any other chunk, node or place others', () => {
  const ids = (given: Partial<typeof options>) =>
    packChunk(chunk('embedded'), { ...options, ...given }).map(({ id }) => id);
  expect(ids({})).toEqual(ids({}));
  const all = [ids({}), ids({ node: 'm' }), ids({ chunk: 'd' }), ids({ maxMessageBytes: 1024 })].flat();
  // Messages that hold the same events, however the others are cut, are the same: the last two of them.
  expect(new Set(all).size).toBe(all.length - 2);
  for (const id of all) expect(id).toMatch(/^[A-Za-z0-9+/]{24}$/);
});

test('a message ends when it is large enough', () => {
  const messages = packChunk(chunk('elasticsearch'), { ...options, maxMessageBytes: 1024 });
  expect(messages.map(({ tag, events }) => [tag, events])).toEqual(
    [
      ['app', 2],
      ['docker.nginx', 1],
      ['app', 2],
      ['longshore', 1],
    ].sort() as never,
  );
});

test.for([
  ['no chunk id', ['t', Buffer.alloc(0), { longshore: 1 }]],
  ['another version', ['t', Buffer.alloc(0), { chunk: 'c', longshore: 2 }]],
  ['not packed', ['t', [[1, { a: 1 }]], { chunk: 'c', longshore: 1 }]],
] as const)('a frame is not taken for one of a longshore: %s', ([, frame]) => {
  expect(decode(encodeMsgpack(frame))).toMatchObject({ isMarked: false });
});

test('a line that is no document is sent as a text', () => {
  const [message] = packChunk(Buffer.from('{"create":{"_id":"i"}}\n{"seq":1,\n'), options);
  const frame = decode(encodeMessage(message!, message!.entries, undefined));
  expect(frame.records[0]).toMatchObject({ message: '{"seq":1,', tags: ['_unreadable_document'] });
});

test.for([
  ['before 1970', '1969-12-31T23:59:59.000Z', -1000],
  ['after 2106', '2200-01-01T00:00:00.000Z', Date.UTC(2200, 0, 1)],
])('a time %s is told in whole seconds', ([, time, expected]) => {
  const body = Buffer.from(`{"create":{"_id":"i"}}\n${JSON.stringify({ seq: 1, '@timestamp': time, message: 'm' })}\n`);
  const [message] = packChunk(body, options);
  expect(decode(encodeMessage(message!, message!.entries, undefined)).times).toEqual([expected]);
});

function sorted(value: unknown): Record<string, unknown> {
  const record = value as Record<string, unknown>;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(record).sort()) {
    Object.defineProperty(out, key, { value: record[key], enumerable: true, configurable: true, writable: true });
  }
  return out;
}
