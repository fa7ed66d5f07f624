import { describe, expect, test } from 'vitest';
import { mergeAdjacent, Pages } from '../../../src/buffer/spool/pages.ts';

const MB = 1024 * 1024;

function append(pages: Pages, text: string): boolean {
  const bytes = Buffer.from(text);
  return pages.append(bytes, bytes.length);
}

/** Appends and takes, as an entry with one run does. */
function put(pages: Pages, text: string): Buffer[] {
  const taken: Buffer[] = [];
  if (!append(pages, text)) {
    taken.push(pages.take());
    append(pages, text);
  }
  taken.push(pages.take());
  return taken;
}

describe('pages', () => {
  test('give back as bytes what was appended, of any length and alphabet', () => {
    const pages = new Pages();
    const texts = ['a\n', '가나다\n', '', '😀'.repeat(1000), 'x'.repeat(MB - 10), 'é'.repeat(2 * MB), 'z\n'];
    const taken = texts.map(text => put(pages, text));
    for (const [i, text] of texts.entries()) expect(Buffer.concat(taken[i]!).equals(Buffer.from(text))).toBe(true);
  });

  test('what was appended without being taken stays together; a page that is full says so', () => {
    const pages = new Pages();
    expect(append(pages, 'x'.repeat(MB - 3))).toBe(true);
    expect(append(pages, 'abc')).toBe(true);
    expect(append(pages, 'd')).toBe(false);
    expect(pages.take().length).toBe(MB);
    expect(append(pages, 'd')).toBe(true);
    expect(pages.take().toString()).toBe('d');
  });

  test('bytes are taken as texts are', () => {
    const pages = new Pages();
    const bytes = Buffer.from(`${'x'.repeat(MB - 3)}abc and what is not meant`);
    expect(append(pages, 'a')).toBe(true);
    expect(pages.append(bytes, MB)).toBe(false);
    expect(pages.append(bytes, MB - 1)).toBe(true);
    expect(pages.take().toString()).toBe(`a${'x'.repeat(MB - 3)}ab`);
    expect(pages.append(Buffer.alloc(2 * MB, 'z'), 2 * MB)).toBe(true);
    expect(pages.take().length).toBe(2 * MB);
  });

  test('discarded text is not taken', () => {
    const pages = new Pages();
    append(pages, 'lost');
    pages.discard();
    append(pages, 'kept');
    expect(pages.take().toString()).toBe('kept');
  });

  test('memory is not used again while somebody reads', () => {
    const pages = new Pages();
    const given: Buffer[] = [];
    const release = pages.hold();
    const first = put(pages, 'a'.repeat(MB));
    for (let i = 0; i < 40; i++) {
      const views = put(pages, 'b'.repeat(MB));
      pages.give(i === 0 ? [...first, ...views] : views);
      given.push(...views);
    }
    expect(Buffer.concat(first).equals(Buffer.from('a'.repeat(MB)))).toBe(true);
    expect(new Set(given.map(view => view.buffer)).size).toBe(40);
    release();
    release();
    const again = pages.hold();
    again();
    for (let i = 0; i < 3; i++) {
      const views = put(pages, 'c'.repeat(MB));
      pages.give(views);
      given.push(...views);
    }
    expect(new Set(given.map(view => view.buffer)).size).toBeLessThan(43);
  });

  test('memory is used again when every byte was given back, not before', () => {
    const pages = new Pages();
    const text = 'x'.repeat(MB / 2);
    const held = [put(pages, text), put(pages, text), put(pages, text), put(pages, text)].flat();
    const first = held[0]!.buffer;
    expect(held[1]!.buffer).toBe(first);
    pages.give([held[0]!, held[1]!.subarray(0, 100)]);
    const others = Array.from({ length: 4 }, () => put(pages, text)).flat();
    expect(others.some(view => view.buffer === first)).toBe(false);
    expect(held[1]!.toString()).toBe(text);
    pages.give([held[1]!.subarray(100)]);
    const again = Array.from({ length: 4 }, () => put(pages, text)).flat();
    expect(again.some(view => view.buffer === first)).toBe(true);
  });

  test('when nothing is in use any more, few pages are kept', () => {
    const pages = new Pages();
    const burst = () => Array.from({ length: 12 }, () => put(pages, 'x'.repeat(MB - 10)).at(-1)!);
    const first = burst();
    const before = new Set(first.map(({ buffer }) => buffer));
    pages.give(first);
    const again = new Set(burst().map(({ buffer }) => buffer));
    // Eight, and the one that was written to.
    expect(before.intersection(again).size).toBe(9);
  });

  test('bytes of another origin are left alone', () => {
    const pages = new Pages();
    const taken = put(pages, 'a');
    pages.give([Buffer.from('recovered from a log')]);
    expect(taken[0]!.toString()).toBe('a');
  });
});

describe('views that lie side by side', () => {
  test('become one, others stay apart', () => {
    const page = Buffer.from('abcdefgh');
    const other = Buffer.allocUnsafeSlow(2);
    other.write('xy');
    const views = [page.subarray(0, 2), page.subarray(2, 5), page.subarray(6, 8), other, page.subarray(0, 1)];
    expect(mergeAdjacent(views).map(String)).toEqual(['abcde', 'gh', 'xy', 'a']);
  });

  test('none give none', () => {
    expect(mergeAdjacent([])).toEqual([]);
  });
});
