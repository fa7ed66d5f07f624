import type { ValueKind } from './kind.ts';

const ZONED = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d(?::?\d\d)?)$/;

export const VALUES: readonly ValueKind[] = [
  {
    name: 'same-instant-in-utc',
    isSame: (expected, got) =>
      isText(expected) &&
      isText(got) &&
      ZONED.test(expected) &&
      got.endsWith('Z') &&
      (Date.parse(expected) === Date.parse(got) || isLocalMeanTime(expected, got)) &&
      fractionOf(expected) === fractionOf(got),
  },
  {
    name: 'long-integers-leave-as-digits',
    isSame: (expected, got) =>
      isText(got) &&
      (typeof expected === 'bigint'
        ? got === String(expected)
        : typeof expected === 'number' &&
          /^-?\d{19,}$/.test(got) &&
          Math.fround(expected) === Math.fround(Number(got))),
  },
  {
    name: 'processors-with-conditions-keep-their-type',
    isSame: (expected, got) =>
      isText(expected) &&
      isText(got) &&
      expected.includes('conditional') &&
      new RegExp(`^${expected.split('conditional').map(RegExp.escape).join('[a-z_]+')}$`).test(got),
  },
  {
    // Java matches nothing in the middle of a character as well.
    name: 'characters-stay-whole',
    isSame: (expected, got) =>
      isText(expected) &&
      isText(got) &&
      !expected.isWellFormed() &&
      got.isWellFormed() &&
      expected.replace(/([\ud800-\udbff])[^\ud800-\udfff]+(?=[\udc00-\udfff])/g, '$1') === got,
  },
  {
    name: 'numbers-print-plainly',
    isSame: (expected, got) =>
      isText(expected) && isText(got) && (sameNumbers(expected, got) || got === printedPlainly(expected)),
  },
  {
    // What is no finite number; JSON of a document has no such value either.
    name: 'numbers-are-finite',
    isSame: (expected, got) =>
      isText(expected) &&
      /^(?:NaN|-?Infinity)$/.test(expected) &&
      (got === null || typeof got === 'number' || isText(got)),
  },
  {
    name: 'floats-keep-their-digits',
    isSame: (expected, got) =>
      typeof expected === 'number' && typeof got === 'number' && Math.fround(expected) === Math.fround(got),
  },
  {
    name: 'objects-print-as-json',
    isSame: (expected, got) =>
      isText(expected) &&
      isText(got) &&
      [javaMap, javaTop, javaList].some(
        print =>
          sameNumbers(expected, withJson(got, print)) ||
          sameNumbers(decoded(expected), withJson(decoded(got), print)) ||
          // Between points a number cannot be told from what stands beside it.
          printedPlainly(expected) === withJson(got, print),
      ),
  },
];

/** Of times when offsets had seconds: an offset with minutes alone cannot say them. */
function isLocalMeanTime(expected: string, got: string): boolean {
  return Date.parse(expected) < Date.UTC(1930, 0) && Math.abs(Date.parse(expected) - Date.parse(got)) < 60_000;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Below a millisecond; zeros at the end say nothing. */
function fractionOf(time: string): string {
  return (/[.,](\d+)/.exec(time)?.[1] ?? '').slice(3).replace(/0+$/, '');
}

/** The texts are the same when the numbers in them are compared by value: `1.0E10` and `10000000000`. */
function sameNumbers(expected: string, got: string): boolean {
  const [a, b] = [expected.split(NUMBER), got.split(NUMBER)];
  return a.length === b.length && a.every((part, i) => (i % 2 === 0 ? part === b[i] : Number(part) === Number(b[i])));
}
/** Numbers of Java anywhere in a text, also where words follow. */
const printedPlainly = (text: string): string =>
  text.replace(/-?\d+\.\d+(?:E-?\d+)?/g, number => String(Number(number)));

const NUMBER = /(-?(?<![\w.])\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.]))/;

/** Of `{{#url}}`. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** Each object or list of JSON in a text (escaped or not) printed otherwise. */
function withJson(text: string, print: (value: unknown) => string): string {
  for (const start of text.matchAll(/[{[]/g))
    for (let end = text.length; end > start.index + 1; end--) {
      const written = text.slice(start.index, end);
      const json = /[}\]]$/.test(written) ? parsed(written) : undefined;
      if (json === undefined) continue;
      // What was escaped as a whole stays so.
      const printed = json.isEscaped ? JSON.stringify(print(json.value)).slice(1, -1) : print(json.value);
      return text.slice(0, start.index) + printed + withJson(text.slice(end), print);
    }
  return text;
}

function parsed(text: string): { value: object; isEscaped: boolean } | undefined {
  for (const isEscaped of [false, true]) {
    try {
      const value: unknown = JSON.parse(isEscaped ? JSON.parse(`"${text}"`) : text);
      if (typeof value === 'object' && value !== null) return { value, isEscaped };
    } catch {
      // Not JSON in this form.
    }
  }
  return undefined;
}

/** As templates print: a list is a map of its places. */
function javaMap(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${javaMap(item)}`)
    .join(', ')}}`;
}

/** The same of one list; what is in it prints as everywhere. */
function javaTop(value: unknown): string {
  return Array.isArray(value) ? `{${value.map((item, i) => `${i}=${javaList(item)}`).join(', ')}}` : javaList(value);
}

/** As everything else prints. */
function javaList(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(javaList).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${javaList(item)}`)
    .join(', ')}}`;
}
