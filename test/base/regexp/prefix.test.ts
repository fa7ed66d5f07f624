import { expect, test } from 'vitest';
import { BEYOND_ASCII, END_OF_TEXT, prefixesOf } from '../../../src/base/regexp/prefix.ts';
import { readJava } from '../../../src/base/regexp/read-java.ts';

/** What may stand at a place: its characters, `~` for all beyond ASCII, `$` for the end of the text. */
function told(set: bigint): string {
  const codes = Array.from({ length: END_OF_TEXT + 1 }, (_, code) => code).filter(code => (set >> BigInt(code)) & 1n);
  return codes
    .map(code => (code === END_OF_TEXT ? '$' : code === BEYOND_ASCII ? '~' : String.fromCharCode(code)))
    .join('');
}

test.for([
  ['^abc', ['a b c']],
  ['abc', ['']],
  ['^ab|^c', ['a b', 'c']],
  ['^ab|c', ['']],
  ['^(?:ab|cd)e', ['a b e', 'c d e']],
  ['^a?b', ['a b', 'b']],
  ['^a{2,3}b', ['a a ab']],
  ['^a[0-2]*', ['a']],
  ['^a[0-2]*x', ['a 012x']],
  ['^(a?)*b', ['ab']],
  ['^[01]+ [01]', ['01  01  01']],
  ['^ü', ['~']],
  ['^a$', ['a']],
  ['^a\\z', ['a $']],
  ['^(a)\\1', ['a']],
  ['^(?=x)ab', ['a b']],
] as const)('%s begins with %s', ([source, prefixes]) => {
  const found = prefixesOf(readJava(source, '').tree, 3).map(prefix => prefix.map(told).join(' '));
  expect(found).toEqual(prefixes);
});
