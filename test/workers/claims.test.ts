import { expect, test } from 'vitest';
import { Claims } from '../../src/workers/claims.ts';

const KEY = '00112233aabbccdd';
const make = () => {
  const claims = new Claims({ retry_horizon_ms: 1000, max_accepted_ids: 1000 }, () => 0);
  const said: string[] = [];
  const claim = (worker: string, key = KEY) => claims.claim(key, worker, verdict => said.push(`${worker} ${verdict}`));
  return { claims, said, claim };
};

test('the first one goes, the others wait until it is done', () => {
  const { claims, said, claim } = make();
  for (const worker of ['w1', 'w2', 'w3']) claim(worker);
  expect(said).toEqual(['w1 go']);
  claims.done(KEY);
  expect(said).toEqual(['w1 go', 'w2 known', 'w3 known']);
  claim('w2');
  expect(said.at(-1)).toBe('w2 known');
});

test('when the first one fails, the next one goes', () => {
  const { claims, said, claim } = make();
  for (const worker of ['w1', 'w2', 'w3']) claim(worker);
  claims.failed(KEY, 'w1');
  expect(said).toEqual(['w1 go', 'w2 go']);
  claims.failed(KEY, 'w1');
  expect(said).toEqual(['w1 go', 'w2 go']);
  claims.done(KEY);
  expect(said.at(-1)).toBe('w3 known');
});

test('of a dead worker nobody knows until its spool is read', () => {
  const { claims, said, claim } = make();
  const other = '00112233aabbccde';
  claim('w1');
  claim('w1', other);
  claim('w2');
  claim('w3', other);
  claims.gone('w1');
  claim('w3');
  expect(said).toEqual(['w1 go', 'w1 go']);
  claims.recovered('w1', Buffer.from(KEY, 'hex'));
  expect(said.slice(2).sort()).toEqual(['w2 known', 'w3 go', 'w3 known']);
});

test('who died while it waited is not answered, and does not get the frame', () => {
  const { claims, said, claim } = make();
  for (const worker of ['w1', 'w2', 'w3']) claim(worker);
  claims.gone('w2');
  claims.failed(KEY, 'w1');
  expect(said).toEqual(['w1 go', 'w3 go']);
});
