import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChunkParts } from '../../../src/store/elasticsearch/chunk-parts.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parts-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const item = (i: number, bytes = 40): string => `{"create":{"_id":"e${i}"}}\n{"message":"${'x'.repeat(bytes)}"}\n`;
const items = (count: number, bytes?: number): string =>
  Array.from({ length: count }, (_, i) => item(i, bytes)).join('');

/** What comes of a file with a limit of 1,000 bytes: items of each part, and all of the bytes. */
async function read(text: string, told = text.length) {
  const path = join(dir, 'chunk.ndjson');
  await writeFile(path, text);
  const counts: number[] = [];
  const memories = new Set<ArrayBufferLike>();
  let all = '';
  await new ChunkParts(1000).each(path, told, async ({ body, offsets }) => {
    counts.push(offsets.length - 1);
    memories.add(body.buffer);
    expect(offsets.at(-1)).toBe(body.length);
    all += body.toString();
    return true;
  });
  return { counts, memories, all };
}

test.for([
  ['nothing', '', 0, []],
  ['one part', items(3), undefined, [3]],
  ['parts that end between items', items(30), undefined, [12, 12, 6]],
  ['a file that is longer than its name says', items(30), 100, undefined],
  ['a part that ends with the memory', `${item(1, 1000 - item(1, 0).length)}${items(2)}`, undefined, [1, 2]],
  ['items longer than a part', items(3, 3000), undefined, [1, 1, 1]],
  ['a missing last line feed', items(30).slice(0, -1), undefined, [12, 12, 6]],
] as const)('%s', async ([, text, told, counts]) => {
  const found = await read(text, told);
  expect(found.all).toBe(text === '' || text.endsWith('\n') ? text : `${text}\n`);
  if (counts !== undefined) expect(found.counts).toEqual(counts);
});

test('memory is used again, but not what a request that failed may still hold on to', async () => {
  expect((await read(items(30))).memories.size).toBe(1);
  const path = join(dir, 'held.ndjson');
  await writeFile(path, items(30));
  const held: { body: Buffer; text: string }[] = [];
  const parts = new ChunkParts(1000);
  const hold = async ({ body }: { body: Buffer }) => {
    held.push({ body, text: body.toString() });
    return false;
  };
  await parts.each(path, 1, hold);
  await parts.each(path, 1, hold);
  for (const { body, text } of held) expect(body.toString()).toBe(text);
});

test('an action without document, a file that is not there and a failure of the taker reject', async () => {
  await expect(read(`${items(30)}{"create":{}}\n`)).rejects.toThrow(RangeError);
  const parts = new ChunkParts(1000);
  await expect(parts.each(join(dir, 'none'), 1, async () => true)).rejects.toThrow('ENOENT');
  const path = join(dir, 'refused.ndjson');
  await writeFile(path, items(3));
  await expect(parts.each(path, 1, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});
