import { describe, expect, test } from 'vitest';
import { didYouMean, nearest } from '../../../src/base/text/did-you-mean.ts';

const NEAR: [word: string, candidates: string[], near: string | undefined][] = [
  ['adress', ['port', 'address', 'tags'], 'address'],
  ['LEVL', ['level', 'lever'], 'level'],
  // Neighbours that changed places are one mistake, as every other.
  ['tle', ['gte', 'lte'], 'lte'],
  ['gork', ['join', 'grok'], 'grok'],
  ['mian', ['mint', 'main'], 'main'],
  // Two mistakes in a short word, one in three letters of a long one.
  ['xy', ['abcd'], undefined],
  ['tiemfrmae', ['timeframe'], 'timeframe'],
  ['max_conections_per_adres', ['max_connections_per_address'], 'max_connections_per_address'],
  ['nonsense', ['level', 'message'], undefined],
  ['', [], undefined],
];

describe('the nearest word', () => {
  test.for(NEAR)('of %j among %j is %j', ([word, candidates, near]) => {
    expect(nearest(word, candidates)).toBe(near);
  });
});

test('the sentence writes the name as its file does', () => {
  expect(didYouMean('adress', ['address'])).toBe('Did you mean address?');
  expect(didYouMean('adress', ['address'], "'")).toBe("Did you mean 'address'?");
  expect(didYouMean('IPP', ['IP'], '%{', '}')).toBe('Did you mean %{IP}?');
  expect(didYouMean('nonsense', ['address'])).toBeUndefined();
});
