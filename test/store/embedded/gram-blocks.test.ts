import { expect, test } from 'vitest';
import { joined, type Span } from '../../../src/store/embedded/process/gram-blocks.ts';
import { askedOf, KEYWORDS, WordFilter } from '../../../src/store/embedded/process/word-filter.ts';
import { parseQuery } from '../../../src/store/query/parse.ts';
import { requirementsOf } from '../../../src/store/query/required.ts';
import { askedWith, DOCUMENTS } from '../agreement/agreement.ts';

const BLOCKS = 8;
const spanOf = (block: number): Span => [block * 10_000, block * 10_000 + 5_000];
const blockOf = (i: number): number => Math.floor((i * BLOCKS) / DOCUMENTS.length);

function filterOfBlocks(): WordFilter {
  const filter = new WordFilter();
  const builder = WordFilter.newBlocks();
  DOCUMENTS.forEach((document, i) => {
    const block = blockOf(i);
    for (const keyword of KEYWORDS) if (document[keyword] !== undefined) filter.addValue(String(document[keyword]));
    if (typeof document['message'] !== 'string') return;
    builder.addSpan(block, spanOf(block));
    filter.addMessages(Buffer.from(document['message']), builder, block);
  });
  filter.addBlocks(builder);
  return filter;
}

/** Two blocks are one. */
function halved(filter: WordFilter): WordFilter {
  const builder = WordFilter.newBlocks();
  builder.addAll(filter.grams, filter.blocks!, block => block >> 1);
  const half = new WordFilter();
  half.addAll(filter);
  half.blocks = builder.finish();
  return half;
}

const FILTER = filterOfBlocks();
const read = (filter: WordFilter): WordFilter => WordFilter.fromFile(filter.toFile())!;

test.for([
  ['as it was made', FILTER],
  ['from a file', read(FILTER)],
  ['with two blocks as one', halved(FILTER)],
  ['with two blocks as one, from a file', read(halved(FILTER))],
] as const)('no event that a query takes is outside of the times that the filter gives: %s', ([, filter]) => {
  let left = 0;
  for (const { query, memory } of askedWith(11, 400)) {
    const spans = filter.spans(askedOf(requirementsOf(query)));
    if (spans === undefined) continue;
    const ids = new Set(memory);
    DOCUMENTS.forEach((document, i) => {
      const [from, to] = spanOf(blockOf(i));
      const isInside = spans.some(span => span[0] <= from && span[1] >= to);
      if (!isInside) left++;
      expect(isInside || !ids.has(document._id), `${document._id} ${JSON.stringify(query)}`).toBe(true);
    });
  }
  expect(left).toBeGreaterThan(1000);
});

const messages = (...each: string[]): WordFilter => {
  const filter = new WordFilter();
  const builder = WordFilter.newBlocks();
  each.forEach((text, block) => {
    builder.addSpan(block, spanOf(block));
    filter.addMessages(Buffer.from(text), builder, block);
  });
  filter.addBlocks(builder);
  return filter;
};

test.for<[string, readonly Span[] | undefined]>([
  ['quetzal', [spanOf(1)]],
  ['HUMMING', [spanOf(0), spanOf(2)]],
  ['bird', undefined],
  ['quetzal OR parrot', [spanOf(1), spanOf(2)]],
  ['quetzal AND parrot', []],
  ['quetzal AND service:shop', [spanOf(1)]],
  ['message:/quet[a-z]+l/', [spanOf(1)]],
  ['NOT quetzal', undefined],
])('%s', ([query, spans]) => {
  const filter = messages('hummingbird', 'quetzal bird', 'parrot, hummingbird');
  filter.addValue('shop');
  expect(filter.spans(askedOf(requirementsOf(parseQuery(query))))).toEqual(spans);
});

test('stretches that touch are one', () => {
  const spans: Span[] = [
    [20_000, 30_000],
    [0, 10_000],
    [11_000, 12_000],
    [25_000, 40_000],
  ];
  expect(joined(spans)).toEqual([
    [0, 12_000],
    [20_000, 40_000],
  ]);
});

test('a filter of one block, or with far too many words, has none', () => {
  expect(messages('hummingbird').blocks).toBeUndefined();
  expect(read(messages('hummingbird')).spans([])).toBeUndefined();
});
