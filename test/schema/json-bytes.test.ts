import { describe, expect, test } from 'vitest';
import { quote } from '../../src/schema/json.ts';
import { JsonBytes } from '../../src/schema/json-bytes.ts';

const written = (write: (out: JsonBytes) => void): string => {
  const out = new JsonBytes();
  write(out);
  return out.toString();
};

describe('JSON as bytes', () => {
  const alphabets = ['x', '"', '\\', '\n', '\u0000', '\u001f', ' ', '~', '\u007f', '\u0080', 'é', 'Ā', '가', '\u2028'];
  const pairs = ['😀', '\ud800', '\udc00', '\ufffd'];
  const lengths = [0, 1, 2, 22, 23, 24, 25, 59, 60, 255, 256, 257, 5000];

  test.for([...alphabets, ...pairs])('a text with %j in it is what `quote` makes of it', special => {
    for (const length of lengths) {
      for (const at of [0, length >> 1, length]) {
        const text = `${'a'.repeat(at)}${special}${'b'.repeat(length - at)}`;
        expect(written(out => out.string(text))).toBe(quote(text));
        // Pieces of other texts and joined texts are strings of other kinds.
        const piece = `<${text}>`.slice(1, -1);
        expect(written(out => out.string(piece))).toBe(quote(text));
      }
    }
  });

  test('numbers are what JSON.stringify makes of them', () => {
    const numbers = [0, -0, 1, 9, 10, 99, 100, 999, 1000, 1001, 9999, 10_000, 99_999, 123_456, 999_999, 1e6, 1e6 + 1];
    const others = [
      -1,
      0.5,
      999.5,
      1000.5,
      559.4,
      0.001,
      0.0005,
      1.05,
      12.345,
      4.35,
      1e8 + 0.1,
      999_999_999.999,
      0.1 + 0.2,
      1e21,
      1e-7,
      2 ** 31,
      2 ** 53,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ];
    for (const number of [...numbers, ...others]) {
      expect(written(out => out.number(number))).toBe(JSON.stringify(number));
      expect(written(out => out.counter(number))).toBe(JSON.stringify(number));
    }
  });

  test('counters are whole, across thousands and back', () => {
    const counters = [
      1795182936123998, 1795182936123999, 1795182936124000, 1795182936124001, 1795182936123007, 5, 1000,
    ];
    expect(
      written(out => {
        for (const counter of counters) {
          out.counter(counter);
          out.text(' ');
        }
      }),
    ).toBe(`${counters.join(' ')} `);
  });

  test('the memory grows wherever it ends', () => {
    const pieces = [Buffer.from(',"a":'), Buffer.from('x'.repeat(100))];
    for (let before = 65_400; before < 65_540; before++) {
      const out = new JsonBytes();
      out.text('y'.repeat(before));
      for (const piece of pieces) out.raw(piece);
      out.string('plain');
      out.number(123_456);
      out.counter(1795182936124001);
      expect(out.toString()).toBe(`${'y'.repeat(before)},"a":${'x'.repeat(100)}"plain"1234561795182936124001`);
    }
  });
});
