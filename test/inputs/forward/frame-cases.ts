import type { ForwardReason } from '../../../src/inputs/forward/metrics.ts';
import { nested } from '../../support/bytes.ts';

/** One frame and what it must become; only what is named is compared. Bytes in the notation of `bytesOf`. */
export interface FrameCase {
  readonly name: string;
  readonly frame: string;
  readonly tag?: string;
  readonly times?: number[];
  readonly records?: Record<string, unknown>[];
  readonly chunk?: string | undefined;
  /** In the same notation. */
  readonly ack?: string | undefined;
  readonly repairs?: Record<string, number>;
  /** Records that were not taken, by reason. */
  readonly setAside?: Record<string, number>;
  readonly error?: ForwardReason;
  readonly heartbeat?: true;
}

const utf8 = (text: string) => Buffer.from(text).toString('hex');

export const frameCases: FrameCase[] = [
  // The modes.
  {
    name: 'message, integer time',
    frame: "93 a1't' ce691ede8f 81 a1'k' a1'v'",
    tag: 't',
    times: [1763630735000],
    records: [{ k: 'v' }],
    ack: undefined,
  },
  { name: 'message, nil option', frame: "94 a1't' 01 81 a1'k' a1'v' c0", times: [1000], ack: undefined },
  { name: 'message, empty option', frame: "94 a1't' 01 81 a1'k' a1'v' 80", ack: undefined },
  {
    name: 'message, chunk',
    frame: "94 a1't' 01 81 a1'k' a1'v' 81 a5'chunk' a2'id'",
    chunk: 'id',
    ack: "81 a3'ack' a2'id'",
  },
  { name: 'message, more elements than known', frame: "95 a1't' 01 80 c0 2a", times: [1000], records: [{}] },
  {
    name: 'forward',
    frame: "92 a1't' 92 92 01 81 a1'k' 01 92 02 81 a1'k' 02",
    times: [1000, 2000],
    records: [{ k: 1 }, { k: 2 }],
  },
  { name: 'forward, chunk', frame: "93 a1't' 91 92 01 80 81 a5'chunk' a2'id'", chunk: 'id', records: [{}] },
  { name: 'forward, no entries', frame: "92 a1't' 90", records: [], times: [] },
  {
    name: 'forward, entries of Fluent Bit with metadata',
    frame: "92 a1't' 92 92 92 01 80 81 a1'k' 01 92 92 02 81 a1'm' 01 81 a1'k' 02",
    times: [1000, 2000],
    records: [{ k: 1 }, { k: 2, metadata: { m: 1 } }],
  },
  {
    name: 'packed in bin',
    frame: "92 a1't' c409 92 01 81 a1'k' 01 92 02 80",
    times: [1000, 2000],
    records: [{ k: 1 }, {}],
  },
  { name: 'packed in str', frame: "92 a1't' a6 92 01 81 a1'k' 01", times: [1000], records: [{ k: 1 }] },
  {
    name: 'packed in raw 16 of old senders',
    frame: "93 a1't' da0006 92 01 81 a1'k' 01 81 a5'chunk' a1'c'",
    records: [{ k: 1 }],
    chunk: 'c',
  },
  {
    name: 'packed, compressed: text',
    frame: "93 a1't' a3 92 01 80 82 aa'compressed' a4'text' a4'size' 01",
    records: [{}],
  },
  { name: 'packed, empty', frame: "92 a1't' a0", records: [] },
  { name: 'nil is a heartbeat', frame: 'c0', heartbeat: true },
  {
    name: 'headers longer than needed',
    frame: "dd00000003 db00000001't' d30000000000000001 df00000001 d901'k' c600000001'v'",
    tag: 't',
    times: [1000],
    records: [{ k: 'v' }],
  },
  // Times.
  { name: 'EventTime as fixext 8', frame: "93 a1't' d700 691ede8f 075bcd15 80", times: [1763630735123.4568] },
  { name: 'EventTime as ext 8', frame: "93 a1't' c70800 691ede8f 1dcd6500 80", times: [1763630735500] },
  { name: 'timestamp 32', frame: "93 a1't' d6ff 691ede8f 80", times: [1763630735000] },
  { name: 'timestamp 64', frame: "93 a1't' d7ff 77359400 691ede8f 80", times: [1763630735500] },
  { name: 'timestamp 96', frame: "93 a1't' c70cff 1dcd6500 00000000691ede8f 80", times: [1763630735500] },
  { name: 'float time', frame: "93 a1't' cb3ff8000000000000 80", times: [1500] },
  {
    name: 'integer time in milliseconds',
    frame: "93 a1't' cf0000019aa0bd3a18 80",
    times: [0x19aa0bd3a18],
    repairs: {},
  },
  { name: 'negative time', frame: "93 a1't' ff 80", times: [-1000] },
  { name: 'nil time', frame: "93 a1't' c0 80", times: [Number.NaN], repairs: {} },
  { name: 'infinite time', frame: "93 a1't' cb7ff0000000000000 80", times: [Number.NaN], repairs: { bad_time: 1 } },
  {
    name: 'text as time of an entry',
    frame: "92 a1't' 91 92 a3'now' 80",
    times: [Number.NaN],
    repairs: { bad_time: 1 },
  },
  { name: 'ext of another type as time', frame: "93 a1't' d405 00 80", times: [Number.NaN], repairs: { bad_time: 1 } },
  // Values.
  {
    name: 'integers',
    frame:
      "93 a1't' 01 88 a1'a' 7f a1'b' e0 a1'c' ccff a1'd' cdffff a1'e' ceffffffff a1'f' d080 a1'g' d18000 a1'h' d280000000",
    records: [{ a: 127, b: -32, c: 255, d: 65535, e: 4294967295, f: -128, g: -32768, h: -2147483648 }],
  },
  {
    name: 'integers up to 2^53 - 1',
    frame: "93 a1't' 01 82 a1'a' cf001fffffffffffff a1'b' d3ffe0000000000001",
    records: [{ a: 9007199254740991, b: -9007199254740991 }],
  },
  {
    name: 'integers beyond 2^53 - 1 as digits',
    frame: "93 a1't' 01 82 a1'a' cfffffffffffffffff a1'b' d38000000000000000",
    records: [{ a: '18446744073709551615', b: '-9223372036854775808' }],
  },
  {
    name: 'floats',
    frame: "93 a1't' 01 82 a1'a' ca3fc00000 a1'b' cb400921fb54442d18",
    records: [{ a: 1.5, b: Math.PI }],
  },
  {
    name: 'NaN and the infinities as text',
    frame: "93 a1't' 01 83 a1'a' cb7ff8000000000000 a1'b' cb7ff0000000000000 a1'c' caff800000",
    records: [{ a: 'NaN', b: 'Infinity', c: '-Infinity' }],
  },
  {
    name: 'nil and booleans',
    frame: "93 a1't' 01 83 a1'a' c0 a1'b' c2 a1'c' c3",
    records: [{ a: null, b: false, c: true }],
  },
  {
    name: 'maps and arrays inside',
    frame: "93 a1't' 01 81 a1'a' 92 01 81 a1'b' 91 c0",
    records: [{ a: [1, { b: [null] }] }],
  },
  { name: 'bin is text', frame: `93 a1't' 01 81 a1'k' c403 ${utf8('각')}`, records: [{ k: '각' }] },
  {
    name: 'invalid UTF-8',
    frame: "93 a1't' 01 81 a1'k' a4 61ff62ed",
    records: [{ k: 'a\ufffdb\ufffd' }],
    repairs: { invalid_utf8: 1 },
  },
  {
    name: 'U+FFFD sent as such',
    frame: `93 a1't' 01 81 a1'k' a3 ${utf8('\ufffd')}`,
    records: [{ k: '\ufffd' }],
    repairs: {},
  },
  {
    name: 'a surrogate encoded alone',
    frame: "93 a1't' 01 81 a1'k' a3 eda080",
    records: [{ k: '\ufffd\ufffd\ufffd' }],
    repairs: { invalid_utf8: 1 },
  },
  {
    name: 'EventTime as a value',
    frame: "93 a1't' 01 81 a1'k' d700 691ede8f 1dcd6500",
    records: [{ k: '2025-11-20T09:25:35.500Z' }],
  },
  {
    name: 'unknown ext',
    frame: "93 a1't' 01 81 a1'k' c70305 010203",
    records: [{ k: 'AQID' }],
    repairs: { unknown_ext: 1 },
  },
  { name: 'NUL and newlines', frame: "93 a1't' 01 81 a3 6b000a a3 00 0a 0d", records: [{ 'k\0\n': '\0\n\r' }] },
  { name: 'empty text', frame: '93 a0 01 81 a0 a0', tag: '', records: [{ '': '' }] },
  // Keys.
  {
    name: '__proto__, constructor and toString',
    frame: "93 a1't' 01 83 a9'__proto__' 81 a1'x' 01 ab'constructor' 02 a8'toString' 03",
    records: [JSON.parse('{"__proto__":{"x":1},"constructor":2,"toString":3}')],
  },
  {
    name: '__proto__ inside',
    frame: "93 a1't' 01 81 a1'k' 81 a9'__proto__' 81 a1'x' 01",
    records: [{ k: JSON.parse('{"__proto__":{"x":1}}') }],
  },
  { name: 'the last of equal keys', frame: "93 a1't' 01 83 a1'k' 01 a1'j' 02 a1'k' 03", records: [{ k: 3, j: 2 }] },
  {
    name: 'keys that are no text',
    frame: "93 a1't' 01 84 01 01 c0 02 c3 03 cb3ff8000000000000 04",
    records: [{ '1': 1, null: 2, true: 3, '1.5': 4 }],
    repairs: { key_not_string: 4 },
  },
  { name: 'key in bin', frame: "93 a1't' 01 81 c401'k' 01", records: [{ k: 1 }] },
  {
    name: 'invalid UTF-8 in a key',
    frame: "93 a1't' 01 81 a2 6bff 01",
    records: [{ 'k\ufffd': 1 }],
    repairs: { invalid_utf8: 1 },
  },
  { name: 'a long key', frame: "93 a1't' 01 81 d9c8'k'*200 01", records: [{ ['k'.repeat(200)]: 1 }] },
  {
    name: 'more fields than are sorted',
    frame: `93 a1't' 01 de0028 ${Array.from({ length: 40 }, (_, i) => `a2'${String.fromCharCode(97 + (i >> 3), 97 + (i & 7))}' ${i.toString(16).padStart(2, '0')}`).join(' ')}`,
    records: [
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [String.fromCharCode(97 + (i >> 3), 97 + (i & 7)), i])),
    ],
  },
  // Docker.
  {
    name: 'a line of Docker',
    frame: "93 a1't' 01 84 a6'source' a6'stdout' a3'log' a2'hi' ac'container_id' a1'c' ae'container_name' a2'/n'",
    records: [{ container_id: 'c', container_name: '/n', source: 'stdout', log: 'hi' }],
  },
  {
    name: 'a piece stays bytes',
    frame: "93 a1't' 01 82 a3'log' a2 eab0 af'partial_message' a4'true'",
    records: [{ log: Uint8Array.of(0xea, 0xb0), partial_message: 'true' }],
    repairs: {},
  },
  {
    name: 'a piece, partial_message first',
    frame: "93 a1't' 01 82 af'partial_message' a4'true' a3'log' a2 eab0",
    records: [{ log: Uint8Array.of(0xea, 0xb0), partial_message: 'true' }],
    repairs: {},
  },
  { name: 'a log that is no text', frame: "93 a1't' 01 81 a3'log' 05", records: [{ log: 5 }] },
  {
    name: 'a log inside is text',
    frame: "93 a1't' 01 81 a1'k' 82 a3'log' a1'x' af'partial_message' c3",
    records: [{ k: { log: 'x', partial_message: true } }],
  },
  // Chunk ids.
  {
    name: 'chunk in bin is answered in bin',
    frame: "94 a1't' 01 80 81 a5'chunk' c402'id'",
    chunk: 'id',
    ack: "81 a3'ack' c402'id'",
  },
  {
    name: 'chunk that is no text keeps its bytes apart',
    frame: "94 a1't' 01 80 81 a5'chunk' c402 ff fe",
    chunk: 'bytes:c402fffe',
    ack: "81 a3'ack' c402 fffe",
  },
  { name: 'nil chunk', frame: "94 a1't' 01 80 81 a5'chunk' c0", chunk: undefined, ack: undefined },
  {
    name: 'empty chunk is answered, and tells nothing apart',
    frame: "94 a1't' 01 80 81 a5'chunk' a0",
    chunk: undefined,
    ack: "81 a3'ack' a0",
  },
  {
    name: 'unknown options',
    frame: "94 a1't' 01 80 83 a1'x' 81 a1'y' 90 ad'fluent_signal' 00 a5'chunk' a1'c'",
    chunk: 'c',
  },
  // Records that are none: the others of the frame are taken, and all is acknowledged.
  {
    name: 'record is text',
    frame: "94 a1't' 01 a1'x' 81 a5'chunk' a1'c'",
    records: [],
    setAside: { bad_record: 1 },
    ack: "81 a3'ack' a1'c'",
  },
  { name: 'record is nil', frame: "93 a1't' 01 c0", records: [], setAside: { bad_record: 1 } },
  { name: 'record is an array', frame: "93 a1't' 01 90", records: [], setAside: { bad_record: 1 } },
  {
    name: 'forward, records that are text, nil, array, number, true, bin',
    frame:
      "93 a1't' 98 92 01 a1'x' 92 02 81 a1'k' 01 92 03 c0 92 04 92 01 02 92 05 2a 92 06 c3 92 07 c401 00 92 08 81 a1'k' 02 81 a5'chunk' a1'c'",
    records: [{ k: 1 }, { k: 2 }],
    times: [2000, 8000],
    setAside: { bad_record: 6 },
    ack: "81 a3'ack' a1'c'",
  },
  {
    name: 'packed, records that are text and nil',
    frame: "93 a1't' ac 92 01 a1'x' 92 02 80 92 03 c0 c0 c0 81 a5'chunk' a1'c'",
    records: [{}],
    times: [2000],
    setAside: { bad_record: 2, bad_entry: 2 },
    ack: "81 a3'ack' a1'c'",
  },
  {
    name: 'forward, entries that are none',
    frame: "93 a1't' 96 c0 a1'x' 80 90 91 01 92 01 81 a1'k' 01 81 a5'chunk' a1'c'",
    records: [{ k: 1 }],
    setAside: { bad_entry: 5 },
    ack: "81 a3'ack' a1'c'",
  },
  {
    name: 'forward, nothing taken',
    frame: "93 a1't' 91 92 01 c0 81 a5'chunk' a1'c'",
    records: [],
    setAside: { bad_record: 1 },
    ack: "81 a3'ack' a1'c'",
  },
  {
    name: 'an entry with more than time and record',
    frame: "92 a1't' 92 93 01 81 a1'k' 01 a1'x' 92 02 80",
    records: [{ k: 1 }, {}],
    times: [1000, 2000],
    setAside: {},
  },
  {
    name: 'the header of an entry has more than time and metadata, or nothing',
    frame: "92 a1't' 92 92 93 01 80 01 81 a1'k' 01 92 90 80",
    records: [{ k: 1 }, {}],
    times: [1000, Number.NaN],
  },
  {
    name: 'keys that are maps and arrays',
    frame: "92 a1't' 93 92 01 81 80 01 92 02 81 a1'k' 81 90 01 92 03 81 a1'k' 01",
    records: [{ '{}': 1 }, { k: { '[]': 1 } }, { k: 1 }],
    repairs: { key_not_string: 2, nested_as_text: 2 },
  },
  {
    name: 'nested too deep',
    frame: `92 a1't' 92 92 01 82 a1'k' ${'91'.repeat(64)} 01 a1'j' 02 92 02 81 a1'k' 01`,
    records: [{ k: nested('[1]', 63), j: 2 }, { k: 1 }],
    times: [1000, 2000],
    repairs: { nested_as_text: 1 },
  },
  {
    name: 'nested too deep and too large to be kept as text',
    frame: `92 a1't' 92 92 01 81 a1'k' ${'91'.repeat(63)} 92 02 c6 00100000 'x'*1048576 92 02 81 a1'k' 01`,
    records: [{ k: 1 }],
    times: [2000],
    setAside: { too_deep: 1 },
  },
  {
    name: 'metadata nested too deep',
    frame: `92 a1't' 91 92 92 01 ${'91'.repeat(64)} 01 80`,
    records: [{ metadata: nested('[1]', 63) }],
    repairs: { nested_as_text: 1 },
  },
  { name: 'an unknown option of any depth', frame: `94 a1't' 01 80 81 a1'x' ${'91'.repeat(200)} 01`, records: [{}] },
  // Times that are none.
  {
    name: 'message, a number in digits as time',
    frame: "94 a1't' aa'1795972067' 81 a3'log' a1'x' 81 a5'chunk' a1'c'",
    records: [{ log: 'x' }],
    times: [1795972067000],
    repairs: { bad_time: 1 },
    ack: "81 a3'ack' a1'c'",
  },
  {
    name: 'message, text as time, no option',
    frame: "93 a1't' a9'yesterday' 81 a3'log' a1'x'",
    records: [{ log: 'x' }],
    times: [Number.NaN],
    repairs: { bad_time: 1 },
  },
  {
    name: 'message, empty text as time',
    frame: "94 a1't' a0 81 a3'log' a1'x' c0",
    records: [{ log: 'x' }],
    times: [Number.NaN],
  },
  {
    name: 'message, true as time',
    frame: "93 a1't' c3 81 a1'k' 01",
    records: [{ k: 1 }],
    times: [Number.NaN],
    repairs: { bad_time: 1 },
  },
  {
    name: 'digits as time of an entry',
    frame: "92 a1't' 91 92 ac'1795972067.5' 80",
    times: [1795972067500],
    repairs: { bad_time: 1 },
  },
  { name: 'a map as time of an entry', frame: "92 a1't' 91 92 81 01 02 80", records: [{}], times: [Number.NaN] },
  // The time with metadata, as entries have it.
  {
    name: 'message, time with metadata',
    frame: "94 a1't' 92 d700 691ede8f 1dcd6500 80 81 a1'k' 01 81 a5'chunk' a1'c'",
    records: [{ k: 1 }],
    times: [1763630735500],
    setAside: {},
    ack: "81 a3'ack' a1'c'",
  },
  {
    name: 'message, integer time with metadata, no option',
    frame: "93 a1't' 92 01 81 a1'm' 01 81 a1'k' 01",
    records: [{ k: 1, metadata: { m: 1 } }],
    times: [1000],
  },
  {
    name: 'forward, two entries that are none and no metadata',
    frame: "93 a1't' 92 01 c0 81 a5'chunk' a1'c'",
    records: [],
    setAside: { bad_entry: 2 },
    ack: "81 a3'ack' a1'c'",
  },
  // No frames.
  { name: 'array of one', frame: "91 a1't'", error: 'bad_frame' },
  { name: 'empty array', frame: '90', error: 'bad_frame' },
  { name: 'no record', frame: "92 a1't' 01", error: 'bad_frame' },
  { name: 'tag is a number', frame: '93 01 01 80', error: 'bad_tag' },
  { name: 'tag is nil', frame: '93 c0 01 80', error: 'bad_tag' },
  { name: 'time is a map', frame: "93 a1't' 80 80", error: 'bad_frame' },
  { name: 'packed, and nothing of it an entry', frame: "92 a1't' a3'now'", error: 'bad_frame' },
  { name: 'option is a number', frame: "94 a1't' 01 80 05", error: 'bad_option' },
  { name: 'chunk is a number', frame: "94 a1't' 01 80 81 a5'chunk' 05", error: 'bad_option' },
  { name: 'option name is a number', frame: "94 a1't' 01 80 81 05 05", error: 'bad_option' },
  { name: 'metrics of Fluent Bit', frame: "93 a1't' a1 80 81 ad'fluent_signal' 01", error: 'unsupported_signal' },
  { name: 'unknown compression', frame: "93 a1't' a1 80 81 aa'compressed' a3'lz4'", error: 'unsupported_compression' },
  { name: 'gzip that is none', frame: "93 a1't' a1 80 81 aa'compressed' a4'gzip'", error: 'bad_compression' },
  { name: 'zstd that is none', frame: "93 a1't' a1 80 81 aa'compressed' a4'zstd'", error: 'bad_compression' },
  // Entries that lie: no scanner has seen them.
  { name: 'packed ends in an entry', frame: "92 a1't' a2 92 01", error: 'truncated' },
  { name: 'packed ends in a text', frame: "92 a1't' a6 92 01 81 a1'k' a2", error: 'truncated' },
  { name: 'packed text of 4 GB', frame: "92 a1't' aa 92 01 81 a1'k' dbffffffff", error: 'truncated' },
  { name: 'packed array of 4 billion', frame: "92 a1't' aa 92 01 81 a1'k' ddffffffff", error: 'truncated' },
  { name: 'packed map of 4 billion', frame: "92 a1't' a7 92 01 dfffffffff", error: 'truncated' },
  { name: 'packed ends in a number', frame: "92 a1't' a7 92 01 81 a1'k' cd 01", error: 'truncated' },
  { name: 'packed ends in a length', frame: "92 a1't' a7 92 01 81 a1'k' da 01", error: 'truncated' },
  { name: 'packed ends in an EventTime', frame: "92 a1't' a6 92 d700 691ede", error: 'truncated' },
  { name: 'packed with 0xc1', frame: "92 a1't' a6 92 01 81 a1'k' c1", error: 'invalid_byte' },
  { name: 'nested as deep as may be', frame: `93 a1't' 01 81 a1'k' ${'91'.repeat(63)} 01` },
];
