import { describe, expect, test } from 'vitest';
import { fold } from '../../../src/base/text/fold.ts';
import { PartFinder } from '../../../src/base/text/part-finder.ts';
import { seeded } from '../../support/chance.ts';

const finderOf = (parts: readonly string[]) => new PartFinder(parts.map(part => ({ part: fold(part), target: part })));

/** The letters are few, so that parts overlap; some fold to others. */
const ALPHABETS = ['ab', 'abc01 ', 'aAbB/.09', 'äÄßſİiIıKkσΣς', '가나다a', '😀😁a𐐀𐐨', '\0a\n'];

describe('the parts of a text', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('are all found (seed %i)', seed => {
    const random = seeded(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    for (let round = 0; round < 60; round++) {
      const letters = Array.from(ALPHABETS[below(ALPHABETS.length)]!);
      const some = (most: number) =>
        Array.from({ length: 1 + below(most) }, () => letters[below(letters.length)]!).join('');
      const parts = [...new Set(Array.from({ length: 1 + below(40) }, () => fold(some(14))))];
      const finder = finderOf(parts);
      for (let i = 0; i < 30; i++) {
        const text = below(4) === 0 ? '' : some(i === 0 ? 4000 : 120);
        const found = finder.find(text);
        const folded = fold(text);
        const missing = parts.filter(part => folded.includes(part) && !found.includes(part));
        expect({ text, missing }).toEqual({ text, missing: [] });
        expect(new Set(found).size).toBe(found.length);
        if (/^[\0-\x7f]*$/.test(parts.join(''))) expect(found.filter(part => !folded.includes(part))).toEqual([]);
      }
    }
  });

  test('are found across the places where a long text is cut, in texts of ASCII and of more', () => {
    const parts = ['needle in a haystack', 'pin12', 'xy'];
    const finder = finderOf(parts);
    for (const rest of ['.', 'é', '가'])
      for (let at = 1000; at < 1050; at++)
        for (const part of parts)
          expect(finder.find(rest.repeat(at) + part.toUpperCase() + rest.repeat(200))).toEqual([part]);
    expect(finder.find('.'.repeat(70_000) + parts.join('.'))).toEqual(expect.arrayContaining(parts));
  });

  test('of ten thousand, each is found alone', () => {
    const parts = Array.from({ length: 10_000 }, (_, i) => `connection ${i + 10_000} refused`);
    const finder = finderOf(parts);
    for (let i = 0; i < parts.length; i += 97)
      expect(finder.find(`at 10: Connection ${i + 10_000} REFUSED, 10001`)).toEqual([parts[i]]);
  });
});
