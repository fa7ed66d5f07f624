import { expect, test } from 'vitest';
import { KeyTable } from '../../../src/base/msgpack/keys.ts';
import { seeded } from '../../support/chance.ts';

const bytes = (text: string) => Buffer.from(text);
const find = (table: KeyTable, text: string) => table.find(bytes(text), 0, bytes(text).length);

test('a text is found as it is, however many others there are, and whatever stands around it', () => {
  const random = seeded(5);
  for (const slots of [1, 2, 16, 1024]) {
    const table = new KeyTable(['log', 'source'], slots);
    for (let i = 0; i < 3000; i++) {
      const text = `${'x'.repeat(Math.floor(random() * 60))}${Math.floor(random() * 1000)}`.slice(0, 64);
      const around = bytes(`ab${text}cd`);
      expect(table.find(around, 2, around.length - 2)?.text).toBe(text);
    }
  }
});

test('containers that come by turns are not decoded again each time', () => {
  const random = seeded(6);
  const hex = (digits: number) => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  const ids = Array.from({ length: 100 }, () => hex(64));
  const names = Array.from({ length: 100 }, (_, i) => `/shop-web-${hex(4)}-${1 + (i % 3)}`);
  const table = new KeyTable([], 4096);
  const all = [...ids, ...names];
  const first = all.map(text => find(table, text));
  const kept = all.filter((text, i) => find(table, text) === first[i]);
  expect(kept.length).toBeGreaterThan(0.95 * all.length);
});

test('as many texts as there are neighbours stay, and many others take their place', () => {
  for (const [slots, ways] of [
    [1, 1],
    [2, 2],
    [4, 4],
  ] as const) {
    const table = new KeyTable([], slots);
    const texts = Array.from({ length: ways }, (_, i) => `text ${i}`);
    const first = texts.map(text => find(table, text));
    for (let turn = 0; turn < 3; turn++) expect(texts.map(text => find(table, text))).toEqual(first);
    expect(texts.every((text, i) => find(table, text) === first[i])).toBe(true);
    for (let i = 0; i < 500; i++) find(table, `${i * 7919} others`);
    expect(texts.some((text, i) => find(table, text) === first[i])).toBe(false);
  }
});

test('what is no text, empty or long is not kept', () => {
  const table = new KeyTable([]);
  expect(table.find(Buffer.of(0xff), 0, 1)).toBeUndefined();
  expect(find(table, '')).toBeUndefined();
  expect(find(table, 'x'.repeat(65))).toBeUndefined();
});
