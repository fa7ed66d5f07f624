import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Fields, newFields } from '../../src/core/event.ts';
import { DECLARED_FIELDS } from '../../src/core/schema/fields.ts';
import { MAPPING, RESERVED_NAMES } from '../../src/core/schema/mapping.ts';
import { TIME_NAMES } from '../../src/core/schema/time-names.ts';
import { createAdmit } from '../../src/schema/admit.ts';
import { createConform } from '../../src/schema/conform.ts';
import { jsonOf } from '../../src/schema/json.ts';
import { parseStored, serialise } from '../../src/schema/serialise.ts';
import { seeded as random } from '../support/chance.ts';
import { compileEventSchema } from './validate.ts';

const admit = createAdmit();

const problemsOf = compileEventSchema(readFileSync(new URL('../../config/schema.json', import.meta.url), 'utf8'));
const RECEIVED = Date.UTC(2026, 10, 20, 14);

const NAMES = [
  ...Object.keys(DECLARED_FIELDS),
  ...Object.keys(DECLARED_FIELDS).map(name => `${name}.x`),
  ...MAPPING.flatMap(({ from }) => from),
  ...MAPPING.flatMap(({ from }) => from.map(path => path.split('.')[0]!)),
  ...RESERVED_NAMES,
  ...TIME_NAMES.map(({ name }) => name),
  ...[
    '@timestamp',
    '@timestamp.x',
    '__proto__',
    'constructor',
    'toString',
    '',
    ' ',
    '.',
    '..',
    '../x',
    'a..b',
    '.a',
    'a.',
    'a\nb',
    'a\0b',
    '\u2028',
  ],
  ...[
    '\ud800',
    'x'.repeat(1000),
    '한'.repeat(300),
    'a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t',
    '"',
    // Not a backslash alone: V8 13.6 takes the name `"` for it when that stood in the same place of the text before.
    '\\x',
    '0',
    '17',
    'a',
    'b',
    'verb',
    'response',
  ],
];

/** A record in which every text contains a token of its own; the tokens are collected. */
function hostileRecord(next: () => number, tokens: string[]): Fields {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const token = () => {
    tokens.push(`tok${tokens.length}en`);
    return tokens.at(-1)!;
  };
  const text = () =>
    pick([
      () => token(),
      () => `"${token()}\\\n\u0000\ud800\u2028`,
      () => `ERROR ${token()} 한글 🚢`,
      () => `{"${token()}":1}`,
      () => `${token()}: ${'x'.repeat(300)}`,
    ])();
  const value = (depth: number): unknown =>
    pick<() => unknown>([
      text,
      text,
      () => next() * 1e6,
      () =>
        pick([0, -0, 1e21, 1e308, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -1, 50, 1795182936, 1795182936123]),
      () =>
        pick([
          true,
          false,
          null,
          undefined,
          '',
          '-',
          'error',
          '2026-11-20T13:00:00Z',
          '20/Nov/2026:13:55:36 +0000',
          '0.5s',
        ]),
      () => BigInt(Math.floor(next() * 1e9)) ** 3n,
      () => new Date(pick([0, RECEIVED, Number.NaN, 8.64e15])),
      () => new Uint8Array(Buffer.from(`${token()}\xff\xec`, 'latin1')),
      () => (depth > 4 ? [] : Array.from({ length: Math.floor(next() * 4) }, () => value(depth + 1))),
      () => (depth > 4 ? newFields() : object(depth + 1)),
      () => (depth > 4 ? newFields() : object(depth + 1)),
    ])();
  const object = (depth: number): Fields => {
    const fields = newFields();
    for (let i = Math.floor(next() * (depth === 0 ? 25 : 5)); i > 0; i--) {
      // Nested names that make up the mapping table's paths, too.
      fields[next() < 0.3 ? pick(NAMES).split('.').at(-1)! : pick(NAMES)] = value(depth);
    }
    return fields;
  };
  return object(0);
}

test('whatever comes in, what goes out fits the schema, and no text is lost', () => {
  const conform = createConform({ max_depth: 4 });
  for (let seed = 0; seed < 3000; seed++) {
    const next = random(seed);
    const tokens: string[] = [];
    const record = hostileRecord(next, tokens);
    // Values that were overwritten when a name came twice are not in the record.
    const before = jsonOf(record);
    const brought = tokens.filter(one => contains(record, one));
    const meta = {
      tag: 'docker.\u0000/../x',
      time: next() < 0.2 ? Number.NaN : next() * 2e13,
      receivedAt: RECEIVED + next(),
    };
    const event = conform(admit(record, meta), meta);
    const line = serialise(event, 'id', seed, 'embedded');
    expect(line.endsWith('}\n') && !line.slice(0, -1).includes('\n') && line.isWellFormed(), `seed ${seed}`).toBe(true);
    expect(line, `seed ${seed}`).not.toMatch(/\\u[dD][89a-fA-F]/);
    const { _id, _index, seq, ...stored } = parseStored(line, event.day);
    expect(problemsOf(stored), `seed ${seed}`).toEqual([]);
    expect(Math.abs(event.time - RECEIVED), `seed ${seed}`).toBeLessThanOrEqual(13 * 86_400_000);
    const both = parseStored(serialise(event, 'id', seed, 'elasticsearch'), event.day);
    expect(both, `seed ${seed}`).toEqual({ _id, _index, seq, ...stored });
    const lost = brought.filter(one => !line.includes(one));
    expect(lost, `seed ${seed}: ${before} ${line}`).toEqual([]);
  }
});

function contains(value: unknown, token: string): boolean {
  if (typeof value === 'string') return value.includes(token);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1').includes(token);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(inner => contains(inner, token));
}
