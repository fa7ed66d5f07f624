import type { QueryNode } from '../../../src/core/contracts.ts';
import { filtersToQuery } from '../../../src/store/query/filters.ts';
import { parseQuery } from '../../../src/store/query/parse.ts';
import {
  ADDRESSES,
  chance,
  FIELDS,
  type Leaf,
  NUMBER_TEXTS,
  NUMBERS,
  OTHER_NAMES,
  pick,
  type Random,
  TEXTS,
} from './documents.ts';

/** A query as it was written, and what it was read as. */
export interface Asked {
  readonly written: string;
  readonly query: QueryNode;
}

/** Undefined when what was made up is no query: an unbalanced expression, a level that does not exist. */
export function randomAsked(random: Random, leaves: readonly Leaf[]): Asked | undefined {
  const kind = random();
  const given: unknown =
    kind < 0.5
      ? text(random, leaves, true)
      : kind < 0.7
        ? { query_string: { query: text(random, leaves, false) } }
        : clause(random, leaves, 0);
  const written = typeof given === 'string' ? given : JSON.stringify([given]);
  try {
    return { written, query: typeof given === 'string' ? parseQuery(given) : filtersToQuery([given]) };
  } catch {
    return undefined;
  }
}

/** A field and a value that it may have: mostly those of an event, or nearly. */
function target(random: Random, leaves: readonly Leaf[]): Leaf {
  const leaf = pick(random, leaves);
  const path = chance(random, 0.75)
    ? leaf.path
    : pick(random, [
        ...FIELDS,
        ...OTHER_NAMES,
        'level',
        'service',
        'message',
        'ip_address',
        'response_time',
        'a.b.name',
        'items.name',
        'items.n',
        'labels.list.n',
      ]);
  if (chance(random, 0.7)) return { path, value: near(random, leaf.value) };
  return {
    path,
    value: pick<Leaf['value']>(random, [
      ...TEXTS,
      ...NUMBERS,
      ...NUMBER_TEXTS,
      ...ADDRESSES,
      true,
      false,
      'error',
      'warn',
    ]),
  };
}

function near(random: Random, value: Leaf['value']): Leaf['value'] {
  if (typeof value === 'number') return chance(random, 0.8) ? value : value + pick(random, [1, -1, 0.5]);
  if (typeof value !== 'string' || chance(random, 0.6)) return value;
  const chars = [...value];
  const [from, to] = [Math.floor(random() * chars.length), Math.floor(random() * (chars.length + 1))];
  const part = chars.slice(Math.min(from, to), Math.max(from, to)).join('');
  return chance(random, 0.5) ? part.toUpperCase() : part;
}

// Texts, as they are typed.

const escaped = (text: string): string => text.replace(/[\\\s"()[\]{}<>:~^&|!+\-/=*?.,'#@;]/gu, '\\$&');
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
const blank = (random: Random): string => pick(random, ['', '', '', ' ', '\t', '  ']);

function text(random: Random, leaves: readonly Leaf[], isTyped: boolean, depth = 0): string {
  const kind = random();
  if (depth < 3 && kind < 0.3) {
    const [and, or, not] = isTyped
      ? [
          pick(random, ['and', 'AND', '&&', '']),
          pick(random, ['or', 'OR', '||']),
          pick(random, ['not ', 'NOT ', '-', '!']),
        ]
      : [pick(random, ['AND', '&&', '']), 'OR', pick(random, ['NOT ', '-', '+'])];
    const parts = Array.from(
      { length: 1 + Math.floor(random() * 3) },
      () => (chance(random, 0.25) ? not : '') + text(random, leaves, isTyped, depth + 1),
    );
    return `(${parts.join(` ${chance(random, 0.5) ? and : or} `)})`;
  }
  const { path, value } = target(random, leaves);
  const name = isTyped && chance(random, 0.2) ? quoted(path) : path.replace(/[^\p{L}\p{N}_@.]/gu, '\\$&');
  const colon = `${blank(random)}:${blank(random)}`;
  if (kind < 0.36) return word(random, value);
  if (kind < 0.42)
    return chance(random, 0.5) ? `_exists_${colon}${path.replace(/[^\p{L}\p{N}_@.]/gu, '\\$&')}` : `${name}${colon}*`;
  if (kind < 0.5)
    return `${name}${colon}(${word(random, value)} ${isTyped ? 'or' : 'OR'} ${word(random, target(random, leaves).value)})`;
  if (kind < 0.62) return range(random, name, colon, value, target(random, leaves).value);
  return name + colon + word(random, value);
}

function word(random: Random, value: Leaf['value']): string {
  const written = String(value);
  const kind = random();
  if (kind < 0.35 || written === '') return quoted(written);
  if (kind < 0.65) return escaped(written);
  if (kind < 0.75) return `/${expression(random, written).replaceAll('/', '\\/')}/`;
  if (kind < 0.8 && /^[\d.]+$/.test(written)) return `${written}/${pick(random, ['8', '24', '25', '32'])}`;
  return wildcards(random, written, escaped);
}

/** Some of the characters become `*` or `?`. */
function wildcards(random: Random, text: string, asIs: (char: string) => string): string {
  const middle = [...text].map(char => (chance(random, 0.2) ? pick(random, ['*', '?']) : asIs(char))).join('');
  return pick(random, ['', '*']) + middle + pick(random, ['', '*', '?']);
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/"@&<>~#]/g, '\\$&').replace(/\s/g, '.');

function expression(random: Random, text: string): string {
  const part = [...text]
    .slice(0, 8)
    .map(char => (chance(random, 0.2) ? pick(random, ['.', '.*', '[a-z]', '[^0-9]', '(?:x|y)?']) : literal(char)))
    .join('');
  return pick(random, ['', '', '^', '.*']) + part + pick(random, ['', '', '$', '.*', '+']);
}

function range(random: Random, name: string, colon: string, a: Leaf['value'], b: Leaf['value']): string {
  const bound = (value: Leaf['value']): string =>
    /^[\w.-]+$/.test(String(value)) ? String(value) : quoted(String(value));
  const kind = random();
  if (kind < 0.4) return `${name}${colon}${pick(random, ['>', '>=', '<', '<='])}${blank(random)}${bound(a)}`;
  const [low, high] = [chance(random, 0.2) ? '*' : bound(a), chance(random, 0.2) ? '*' : bound(b)];
  return `${name}${colon}${pick(random, ['[', '{'])}${low} TO ${high}${pick(random, [']', '}'])}`;
}

// Clauses, as rules have them.

function clause(random: Random, leaves: readonly Leaf[], depth: number): unknown {
  const { path, value } = target(random, leaves);
  const kind = random();
  if (depth < 3 && kind < 0.3) {
    const some = (): unknown[] =>
      Array.from({ length: 1 + Math.floor(random() * 2) }, () => clause(random, leaves, depth + 1));
    return {
      bool: {
        ...(chance(random, 0.5) ? { [pick(random, ['must', 'filter'])]: some() } : {}),
        ...(chance(random, 0.4) ? { must_not: some() } : {}),
        ...(chance(random, 0.5) ? { should: [...some(), ...some()], minimum_should_match: pick(random, [1, 2]) } : {}),
      },
    };
  }
  const name = chance(random, 0.1) ? `${path}.keyword` : path;
  switch (Math.floor(random() * 9)) {
    case 0:
      return { exists: { field: name } };
    case 1:
      return { term: { [name]: value } };
    case 2:
      return { terms: { [name]: [value, target(random, leaves).value, target(random, leaves).value] } };
    case 3:
      return {
        range: {
          [name]: {
            [pick(random, ['gt', 'gte'])]: value,
            ...(chance(random, 0.5) ? { [pick(random, ['lt', 'lte'])]: target(random, leaves).value } : {}),
          },
        },
      };
    case 4:
      return {
        wildcard: { [name]: wildcards(random, String(value), char => (/[*?\\]/.test(char) ? `\\${char}` : char)) },
      };
    case 5:
      return { prefix: { [name]: [...String(value)].slice(0, 3).join('') } };
    case 6:
      return { regexp: { [name]: expression(random, String(value)) } };
    case 7:
      return { [pick(random, ['match', 'match_phrase'])]: { [name]: value } };
    default:
      return { ids: { values: [`d${Math.floor(random() * 200)}`, `d${Math.floor(random() * 200)}`] } };
  }
}
