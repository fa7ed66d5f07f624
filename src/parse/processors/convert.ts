import { exactInteger } from '../../base/text/exact.ts';
import { isIp } from '../ip.ts';
import type { OptionReader } from '../loader/option-reader.ts';
import type { ProcessorKind } from '../processor.ts';
import { subject } from './subject.ts';

const TYPES = ['integer', 'long', 'float', 'double', 'string', 'boolean', 'ip', 'auto'] as const;
type Type = (typeof TYPES)[number];

/** `convert`: field, type, target_field, ignore_missing. A list is converted item by item. */
export const convert: ProcessorKind = {
  name: 'convert',
  build(options) {
    const source = options.path('field');
    if (!options.has('type'))
      options.problem('LS_PIPELINE_MISSING_OPTION', 'processor convert needs the option `type`.', 'Add it.');
    const type = typeOf(options);
    const target = options.optionalPath('target_field') ?? source;
    const ignoreMissing = options.boolean('ignore_missing', false);
    const change = CONVERSIONS[type];
    // Reasons never quote values: they are written after the masks.
    const failed = `field [${source.text}] cannot become ${type}`;
    return (event, state) => {
      const value = source.get(event, state);
      if (value === undefined || value === null) return subject(source, value, ignoreMissing);
      const next = Array.isArray(value) ? value.map(change) : change(value);
      if (next === undefined || (Array.isArray(next) && next.includes(undefined))) return failed;
      return target.set(event, state, next);
    };
  },
};

/** What people write who think of other languages. */
const OTHER_NAMES: Record<string, Type> = {
  int: 'integer',
  number: 'double',
  bool: 'boolean',
  str: 'string',
  text: 'string',
  keyword: 'string',
};

/** Any case, as in Elasticsearch. */
function typeOf(options: OptionReader): Type {
  const written = options.string('type', 'auto');
  const type = TYPES.find(one => one === written.toLowerCase());
  if (type !== undefined) return type;
  const meant = Object.hasOwn(OTHER_NAMES, written.toLowerCase()) ? OTHER_NAMES[written.toLowerCase()] : undefined;
  if (meant === undefined) return options.choice('type', TYPES, 'auto');
  options.problem(
    'LS_PIPELINE_OPTION',
    `processor convert: \`type\` cannot be "${written}".`,
    `Did you mean "${meant}"?`,
  );
  return 'auto';
}

/** Undefined: it cannot be converted. */
const CONVERSIONS: Record<Type, (value: unknown) => unknown> = {
  integer: value => {
    const number = wholeNumber(value);
    return typeof number === 'number' && number >= -0x80000000 && number <= 0x7fffffff ? number : undefined;
  },
  long: value => {
    const number = wholeNumber(value);
    return typeof number === 'string' && !fitsLong(number) ? undefined : number;
  },
  float: value => float(value),
  double: value => float(value),
  string: value => (typeof value === 'object' ? JSON.stringify(value) : String(value)),
  boolean: value => {
    if (typeof value === 'boolean') return value;
    const text = String(value).toLowerCase();
    return text === 'true' ? true : text === 'false' ? false : undefined;
  },
  ip: value => (typeof value === 'string' && isIp(value) ? value : undefined),
  auto: value => {
    if (typeof value !== 'string') return value;
    const text = value.toLowerCase();
    if (text === 'true' || text === 'false') return text === 'true';
    return wholeNumber(value) ?? float(value) ?? value;
  },
};

/** Of decimal or `0x` hexadecimal text, or of a number without a fraction; beyond 2^53 the text of its digits. */
function wholeNumber(value: unknown): number | string | undefined {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value;
    return Number.isInteger(value) ? BigInt(value).toString() : undefined;
  }
  if (typeof value !== 'string') return undefined;
  const plain = digits(value);
  if (plain >= 0) return plain;
  if (DECIMAL.test(value)) return exactInteger(value);
  const hex = HEXADECIMAL.exec(value);
  if (hex === null) return undefined;
  return exactInteger(`${hex[1] === '-' ? '-' : ''}${BigInt(hex[2]!)}`);
}
const DECIMAL = /^[-+]?\d+$/;
const HEXADECIMAL = /^([-+]?)(0[xX][0-9a-fA-F]{1,32})$/;

/** A `long` has 64 bits. */
function fitsLong(digits: string): boolean {
  return digits.length <= 20 && BigInt.asIntN(64, BigInt(digits)) === BigInt(digits);
}

/** The usual case, without a regular expression: up to 15 digits; -1 for anything else. */
function digits(text: string): number {
  if (text.length === 0 || text.length > 15) return -1;
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function float(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[fFdD]?\s*$/.test(value))
    return undefined;
  const number = Number.parseFloat(value);
  return Number.isFinite(number) ? number : undefined;
}
