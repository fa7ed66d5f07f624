import { expect, test } from 'vitest';
import { decodeText } from '../../../src/base/text/decode.ts';

const BOM = '\ufeff';

test.each([
  ['plain', Buffer.from('größe: 불 🔥\n'), 'größe: 불 🔥\n'],
  ['with a mark at its beginning', Buffer.from(`${BOM}a: 1\n`), 'a: 1\n'],
  ['with the character that stands for none', Buffer.from('a: \ufffd\n'), 'a: \ufffd\n'],
  ['UTF-16, little end first', Buffer.from(`${BOM}größe 🔥`, 'utf16le'), 'größe 🔥'],
  ['UTF-16, big end first', Buffer.from(`${BOM}größe 🔥`, 'utf16le').swap16(), 'größe 🔥'],
  ['nothing', Buffer.alloc(0), ''],
])('text is read: %s', (_, bytes, text) => {
  expect(decodeText(bytes)).toBe(text);
});

test.each([
  ['Latin-1', Buffer.from('a: 1\nb: größe\n', 'latin1'), 'line 2 has the byte 0xf6 (at offset 10)'],
  ['behind a true replacement', Buffer.from([0xef, 0xbf, 0xbd, 10, 0xe9]), 'line 2 has the byte 0xe9 (at offset 4)'],
  ['a character cut short at the end', Buffer.from('불').subarray(0, 2), 'line 1 has the byte 0xeb (at offset 0)'],
  ['half a surrogate', Buffer.from([0xff, 0xfe, 0x00, 0xd8]), 'ends within a character'],
  ['an odd number of bytes', Buffer.from([0xfe, 0xff, 0x00]), 'ends within a character'],
])('other bytes are refused with their place: %s', (_, bytes, message) => {
  expect(() => decodeText(bytes)).toThrow(message);
});
