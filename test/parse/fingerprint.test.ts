import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Double } from '../../src/base/number/double.ts';
import { murmur3 } from '../../src/base/number/murmur3.ts';
import { type Fields, newFields } from '../../src/core/event.ts';
import { loadPipelines } from '../../src/parse/pipelines.ts';

/** Published results of MurmurHash3_x64_128 with seed 0. */
test.for([
  ['', '00000000000000000000000000000000'],
  ['hello', 'cbd8a7b341bd9b025b1e906a48ae1d19'],
  ['hello, world', '342fac623a5ebc8e4cdcbc079642414d'],
  ['The quick brown fox jumps over the lazy dog.', 'cd99481f9ee902c9695da1a38987b6e7'],
] as const)('MurmurHash3 of "%s"', ([text, expected]) => {
  expect(murmur3(Buffer.from(text)).toString('hex')).toBe(expected);
});

/** The bytes that Elasticsearch hashes, in hexadecimal digits. */
const BYTES: { name: string; fields: string[]; in: object; salt?: string; bytes: string }[] = [
  { name: 'texts in the order of their names', fields: ['b', 'a'], in: { a: 'é', b: 'z' }, bytes: '00c3a9 007a' },
  { name: 'behind the salt', fields: ['a'], in: { a: 'x' }, salt: 's\u0000', bytes: '7300 0078' },
  { name: 'a salt of blanks is none', fields: ['a'], in: { a: 'x' }, salt: '  ', bytes: '0078' },
  { name: 'an int has 4 bytes', fields: ['a'], in: { a: 258 }, bytes: '00 02010000' },
  { name: 'a negative int', fields: ['a'], in: { a: -2 }, bytes: '00 feffffff' },
  { name: 'a long has 8 bytes', fields: ['a'], in: { a: 4294967296 }, bytes: '00 0000000001000000' },
  { name: 'a long of 64 bits', fields: ['a'], in: { a: 9007199254740993n }, bytes: '00 0100000000002000' },
  { name: 'a double', fields: ['a'], in: { a: 1.5 }, bytes: '00 000000000000f83f' },
  { name: 'a whole double', fields: ['a'], in: { a: new Double(1) }, bytes: '00 000000000000f03f' },
  { name: 'truth', fields: ['a', 'b'], in: { a: true, b: false }, bytes: '0001 0002' },
  { name: 'lists by their items, also null', fields: ['a'], in: { a: [1, null, ['x']] }, bytes: '0001000000 00 0078' },
  {
    name: 'objects by the names of their keys',
    fields: ['a'],
    in: { a: { z: 'v', k: { i: true } } },
    bytes: '006b 0069 0001 007a 0076',
  },
];
const METHODS = { MD5: 'md5', 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512', MurmurHash3: undefined };

describe.for(Object.entries(METHODS))('fingerprint by %s', ([method, algorithm]) => {
  test.for(BYTES)('$name', one => {
    const event = Object.assign(newFields(), one.in) as Fields;
    const options = { fields: one.fields, method, ...(one.salt === undefined ? {} : { salt: one.salt }) };
    const text = JSON.stringify({ match: { tag: '**' }, processors: [{ fingerprint: options }] });
    const got = loadPipelines([{ path: 'f.json', text }]).run(event, { tag: 't', time: Number.NaN, receivedAt: 0 });
    const bytes = Buffer.from(one.bytes.replaceAll(' ', ''), 'hex');
    const hash = algorithm === undefined ? murmur3(bytes) : createHash(algorithm).update(bytes).digest();
    expect(got?.['fingerprint']).toBe(hash.toString('base64'));
  });
});
