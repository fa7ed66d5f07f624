import { didYouMean } from '../text/did-you-mean.ts';

/** What a value must be: the part of JSON schema that is used here. */
export interface Shape {
  readonly type?: ValueType | readonly ValueType[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** A number that may be written as `10GB`. */
  readonly format?: 'bytes';
  readonly items?: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | Shape;
}

/** How each type is called in sentences, and how to write one. */
const TYPES = {
  string: { name: 'a text', form: "Write a text; one that looks like a number goes between quotes: '9880'." },
  integer: { name: 'a whole number', form: 'Write a whole number, without quotes or units.' },
  number: { name: 'a number', form: 'Write a number, without quotes or units.' },
  boolean: { name: 'true or false', form: 'Write true or false, without quotes.' },
  array: { name: 'a list', form: 'Write a list: [a, b], or lines that begin with a dash.' },
  object: { name: 'a mapping', form: 'Write a mapping: lines `name: value` below it, indented.' },
} as const;

export type ValueType = keyof typeof TYPES;

/** What is wrong with a value, to go on after its name: `must be a whole number`. */
export interface Misfit {
  readonly what: string;
  /** How a value of the right type is written. */
  readonly form?: string | undefined;
  /** `Did you mean 'warn'?` */
  readonly near?: string | undefined;
}

/** Looks at a value itself: what is inside of it has shapes of its own. Undefined when it fits. */
export function misfit(value: unknown, shape: Shape): Misfit | undefined {
  const types = [shape.type ?? []].flat();
  if (types.length > 0 && !types.some(type => hasType(value, type)))
    return { what: `must be ${typeName(shape)}`, form: types.length === 1 ? TYPES[types[0]!].form : undefined };
  const allowed = shape.enum ?? (shape.const === undefined ? undefined : [shape.const]);
  if (allowed?.includes(value) === false) {
    const words = allowed.filter(one => typeof one === 'string');
    const near = typeof value === 'string' ? didYouMean(value, words, "'") : undefined;
    return { what: `must be ${allowed.map(one => JSON.stringify(one)).join(' or ')}`, near };
  }
  const what =
    typeof value === 'number'
      ? outOfRange(value, shape)
      : typeof value === 'string'
        ? (wrongLength(value.length, 'characters', shape.minLength, shape.maxLength) ?? otherPattern(value, shape))
        : Array.isArray(value)
          ? wrongLength(value.length, 'items', shape.minItems, shape.maxItems)
          : undefined;
  return what === undefined ? undefined : { what };
}

/** `a text or a list of texts` */
export function typeName({ type = [], items, additionalProperties: entries }: Shape): string {
  const inner = (of: Shape | false | undefined): string => (of !== false && of?.type === 'string' ? ' of texts' : '');
  const names = [type].flat().map(one => {
    const { name } = TYPES[one];
    return one === 'array' ? name + inner(items) : one === 'object' ? name + inner(entries) : name;
  });
  return names.join(' or ');
}

function hasType(value: unknown, type: ValueType): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function outOfRange(value: number, { minimum, exclusiveMinimum, maximum }: Shape): string | undefined {
  if (minimum !== undefined && value < minimum) return `must be >= ${minimum}`;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return `must be > ${exclusiveMinimum}`;
  return maximum !== undefined && value > maximum ? `must be <= ${maximum}` : undefined;
}

function wrongLength(length: number, of: string, least = 0, most = Number.POSITIVE_INFINITY): string | undefined {
  if (length < least) return `must NOT have fewer than ${least} ${of}`;
  return length > most ? `must NOT have more than ${most} ${of}` : undefined;
}

/** Without the password of a URL. */
function otherPattern(value: string, { pattern }: Shape): string | undefined {
  if (pattern === undefined || new RegExp(pattern, 'u').test(value)) return undefined;
  return `must match pattern "${pattern}", and is ${JSON.stringify(value).replace(/\/\/[^/@]*@/, '//...@')}`;
}
