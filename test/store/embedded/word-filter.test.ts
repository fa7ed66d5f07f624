import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { askedOf, KEYWORDS, WordFilter } from '../../../src/store/embedded/process/word-filter.ts';
import { parseQuery } from '../../../src/store/query/parse.ts';
import { requirementsOf } from '../../../src/store/query/required.ts';
import { askedWith, DOCUMENTS } from '../agreement/agreement.ts';
import type { Document } from '../query/back-ends.ts';

const may = (filter: WordFilter, query: string): boolean => filter.may(askedOf(requirementsOf(parseQuery(query))));

function filterOf(documents: readonly Pick<Document, string>[]): WordFilter {
  const filter = new WordFilter();
  for (const document of documents) {
    if (typeof document['message'] === 'string') filter.addMessages(Buffer.from(document['message']));
    for (const keyword of KEYWORDS) if (document[keyword] !== undefined) filter.addValue(String(document[keyword]));
  }
  return filter;
}

test('no event that a query takes is in a segment that the filter leaves out', () => {
  const asked = askedWith(7, 400).map(({ query, memory }) => ({ memory, terms: askedOf(requirementsOf(query)) }));
  let leftOut = 0;
  for (const document of DOCUMENTS.slice(0, 50)) {
    const filter = filterOf([document]);
    for (const { terms, memory } of asked) {
      const passes = filter.may(terms);
      if (!passes) leftOut++;
      expect(passes || !memory.includes(document._id)).toBe(true);
    }
  }
  // One that lets everything pass would never be wrong.
  expect(leftOut).toBeGreaterThan(2000);
});

const FILTER = filterOf([
  { message: 'Connection REFUSED by 10.0.0.7:5432', service: 'Shop-API', trace_id: '4bf92f3577b34da6' },
  { message: 'größer als 300 \u212aelvin, \u0130stanbul 😀 emoji', level: 'WARN' },
]);

test.for([
  ['refused', true],
  ['ONNECTIO', true],
  ['refuses', false],
  ['"by 10.0.0.7"', true],
  ['"by 10.0.0.8"', false],
  // Shorter than what it knows.
  ['xyz', true],
  // Neither what is not ASCII, nor what is beside it.
  ['größte', true],
  ['größer AND nowhere', false],
  ['kelvin', true],
  ['istanbul', true],
  ['celsius', false],
  // Of one message or the other.
  ['5432gr', false],
  ['shop-api', true],
  ['service:SHOP-API', true],
  ['service:shop', false],
  ['service:shop*', true],
  ['trace_id:4BF92F3577B34DA6', true],
  ['trace_id:4bf92f3577b34da7', false],
  ['level:warning', true],
  ['level:ERROR', false],
  ['level:>=WARN', true],
  ['NOT refused', true],
  ['nowhere OR refused', true],
  ['nowhere OR response:500', true],
  ['message:/refus(ed|als)|nowhere/', true],
  ['message:/(here|there) and [a-z]+ nowhere/', false],
] as const)('%s: %s', ([query, expected]) => {
  expect(may(FILTER, query)).toBe(expected);
});

test('a file gives back what was written, and nothing when it is damaged', () => {
  const file = FILTER.toFile();
  const again = WordFilter.fromFile(file)!;
  expect([may(again, 'refused'), may(again, 'refuses'), may(again, 'service:shop')]).toEqual([true, false, false]);
  const damaged = Buffer.from(file);
  damaged[damaged.length >> 1]! ^= 1;
  for (const bad of [damaged, file.subarray(0, -1), file.subarray(0, 9), Buffer.alloc(file.length), Buffer.alloc(0)]) {
    expect(WordFilter.fromFile(bad)).toBeUndefined();
  }
});

test('the names of fields come back, and a file of the first version has none', () => {
  const filter = filterOf([{ message: 'something' }]);
  filter.names = ['a', 'größe'];
  const file = filter.toFile();
  expect(WordFilter.fromFile(file)!.names).toEqual(['a', 'größe']);
  const sets = file.subarray(20 + file.readUInt32LE(12));
  const head = Buffer.alloc(16);
  head.write('LSWORDS\x01', 'latin1');
  head.writeUInt32LE(crc32(sets), 8);
  file.copy(head, 12, 16, 20);
  const first = WordFilter.fromFile(Buffer.concat([head, sets]))!;
  expect([first.names, may(first, 'something'), may(first, 'nowhere')]).toEqual([undefined, true, false]);
});

test('of two filters one, which knows what both do', () => {
  const both = filterOf([{ message: 'something else' }]);
  both.addAll(FILTER);
  expect([may(both, 'something'), may(both, 'refused'), may(both, 'service:shop-api'), may(both, 'nowhere')]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
