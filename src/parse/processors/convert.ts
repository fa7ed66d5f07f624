import { isIp } from '../ip.ts';
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
    const type = options.choice('type', TYPES, 'auto');
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

/** Undefined: it cannot be converted. */
const CONVERSIONS: Record<Type, (value: unknown) => unknown> = {
  integer: value => {
    const number = wholeNumber(value);
    return number !== undefined && number >= -0x80000000 && number <= 0x7fffffff ? number : undefined;
  },
  long: value => wholeNumber(value),
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

/** Decimal or `0x` hexadecimal text; whole numbers beyond 2^53 cannot be held exactly and are refused. */
function wholeNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : undefined;
  if (typeof value === 'string') {
    const plain = digits(value);
    if (plain >= 0) return plain;
  }
  if (typeof value !== 'string' || !/^[-+]?(?:\d+|0[xX][0-9a-fA-F]+)$/.test(value)) return undefined;
  const number = /^[-+]/.test(value) ? Number(value.slice(1)) * (value[0] === '-' ? -1 : 1) : Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
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
