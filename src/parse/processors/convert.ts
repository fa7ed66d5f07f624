import { documentDouble, documentLong } from '../../base/number/double.ts';
import { Double } from '../../core/double.ts';
import { isIp } from '../ip.ts';
import type { OptionReader } from '../loader/option-reader.ts';
import type { ProcessorKind } from '../processor.ts';
import { textOf } from '../template.ts';
import { doubleOf, wholeOf } from './numbers.ts';
import { subject } from './subject.ts';

const TYPES = ['integer', 'long', 'float', 'double', 'string', 'boolean', 'ip', 'auto'] as const;
type Type = (typeof TYPES)[number];

/** `convert`: field, type, target_field, ignore_missing. A list is converted item by item. */
export const convert: ProcessorKind = {
  name: 'convert',
  build(options, context) {
    const source = options.path('field');
    if (!options.has('type'))
      options.problem('LS_PIPELINE_MISSING_OPTION', 'processor convert needs the option `type`.', 'Add it.');
    const type = typeOf(options);
    const target = options.optionalPath('target_field') ?? source;
    const ignoreMissing = options.boolean('ignore_missing', false);
    const change = CONVERSIONS[type];
    const makesTyped = type === 'long' || type === 'float' || type === 'double' || type === 'auto';
    // Reasons never quote values: they are written after the masks.
    const failed = `field [${source.text}] cannot become ${type}`;
    if (source.key !== undefined && target.key !== undefined)
      context.plan({
        ...{ kind: 'convert', field: source.key, target: target.key, change, ignoreMissing },
        mostDigits: type === 'integer' ? 9 : type === 'long' ? 15 : 0,
      });
    return (event, state) => {
      const value = source.get(event, state);
      if (value === undefined || value === null) return subject(source, value, ignoreMissing);
      const isList = Array.isArray(value);
      const next = isList ? value.map(change) : change(value);
      if (next === undefined || (isList && (next as unknown[]).includes(undefined))) return failed;
      if (makesTyped && (isList || isTyped(next))) state.hasTypedNumbers = true;
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
  options.oneOf('type', TYPES);
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

function isTyped(value: unknown): boolean {
  return typeof value === 'bigint' || value instanceof Double;
}

/** Undefined: it cannot be converted. */
const CONVERSIONS: Record<Type, (value: unknown) => unknown> = {
  integer: value => {
    const number = wholeOf(value);
    return typeof number === 'number' && number >= -0x80000000 && number <= 0x7fffffff ? number : undefined;
  },
  long: value => longOf(wholeOf(value)),
  float: value => floatOf(value),
  double: value => floatOf(value),
  string: textOf,
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
    const whole = wholeOf(value);
    if (typeof whole === 'number' && whole >= -0x80000000 && whole <= 0x7fffffff) return whole;
    // Beyond 64 bits it keeps its digits.
    return longOf(whole) ?? whole ?? floatOf(value) ?? value;
  },
};

/** A `long` has 64 bits. */
function longOf(whole: number | bigint | undefined): number | bigint | undefined {
  if (whole === undefined) return undefined;
  const exact = BigInt(whole);
  return Number.isSafeInteger(whole) || BigInt.asIntN(64, exact) === exact ? documentLong(exact) : undefined;
}

function floatOf(value: unknown): number | Double | undefined {
  const number = doubleOf(value);
  return number === undefined ? undefined : documentDouble(number);
}
