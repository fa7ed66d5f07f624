import { GoTemplateError } from './errors.ts';

/** What templates work with: Go's values as far as they come up. An int is a number; undefined is no value, null is nil. */
export type Value =
  | string
  | number
  | boolean
  | null
  | undefined
  | GoFloat
  | GoMap
  | GoSlice
  | GoStruct
  | GoTime
  | GoHtml;

export class GoFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A text that is HTML already. */
export class GoHtml {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Called with its arguments. Throws GoTemplateError for wrong ones. */
export type Method = (...args: readonly Value[]) => Value;
export type Methods = Readonly<Record<string, Method>>;

/** Names and texts. A name that it does not have is ``. Made when it is looked at: there may be many, of which few are. */
export class GoMap {
  readonly type = 'template.KV';
  readonly #make: () => ReadonlyMap<string, string>;
  readonly #methodsOf: (entries: ReadonlyMap<string, string>) => Methods;
  #entries: ReadonlyMap<string, string> | undefined;

  constructor(
    make: () => ReadonlyMap<string, string>,
    methodsOf: (entries: ReadonlyMap<string, string>) => Methods = () => ({}),
  ) {
    this.#make = make;
    this.#methodsOf = methodsOf;
  }

  get entries(): ReadonlyMap<string, string> {
    this.#entries ??= this.#make();
    return this.#entries;
  }

  get methods(): Methods {
    return this.#methodsOf(this.entries);
  }

  get keys(): string[] {
    return [...this.entries.keys()].sort();
  }
}

export class GoSlice {
  readonly type: string;
  readonly items: readonly Value[];
  readonly methods: Methods;

  constructor(items: readonly Value[], type = '[]string', methods: Methods = {}) {
    this.items = items;
    this.type = type;
    this.methods = methods;
  }
}

export class GoStruct {
  readonly type: string;
  readonly fields: Readonly<Record<string, Value>>;

  constructor(type: string, fields: Readonly<Record<string, Value>>) {
    this.type = type;
    this.fields = fields;
  }
}

/** An instant in UTC. */
export class GoTime {
  /** Epoch milliseconds; undefined is the first instant of year 1. */
  readonly ms: number | undefined;
  /** The part of a second as written, up to nine digits. */
  readonly fraction: string;

  constructor(ms: number | undefined, fraction?: string) {
    this.ms = ms;
    this.fraction = (
      fraction ?? (ms === undefined ? '' : String(((ms % 1000) + 1000) % 1000).padStart(3, '0'))
    ).replace(/0+$/, '');
  }
}

export function typeOf(value: Value): string {
  if (value === undefined || value === null) return 'nil';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'int';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof GoFloat) return 'float64';
  if (value instanceof GoTime) return 'time.Time';
  return value instanceof GoHtml ? 'template.HTML' : value.type;
}

/** Whether `if` takes it for true. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return false;
  if (value instanceof GoFloat) return value.value !== 0;
  if (value instanceof GoMap) return value.entries.size > 0;
  if (value instanceof GoSlice) return value.items.length > 0;
  return !(value instanceof GoHtml) || value.text !== '';
}

/** As Go's fmt prints it with %v. */
export function shown(value: Value): string {
  if (value === undefined) return '<no value>';
  if (value === null) return '<nil>';
  if (typeof value === 'string') return value;
  if (value instanceof GoFloat) return floatText(value.value);
  if (value instanceof GoHtml) return value.text;
  if (value instanceof GoTime) return timeText(value);
  if (value instanceof GoMap) return `map[${value.keys.map(key => `${key}:${value.entries.get(key)}`).join(' ')}]`;
  if (value instanceof GoSlice) return `[${value.items.map(shown).join(' ')}]`;
  if (value instanceof GoStruct) return `{${Object.values(value.fields).map(shown).join(' ')}}`;
  return String(value);
}

/** As %v prints a float: the shortest form, with an exponent from 1e21 on and below 1e-4. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) return goExponent(value.toExponential());
  return String(value);
}

/** Go's exponents have two digits. */
export const goExponent = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2');

function timeText({ ms, fraction }: GoTime): string {
  const text = ms === undefined ? '0001-01-01 00:00:00' : new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  return `${text}${fraction === '' ? '' : `.${fraction}`} +0000 UTC`;
}

export function textArgument(value: Value, of: string): string {
  if (typeof value === 'string') return value;
  throw new GoTemplateError(`${of}: wrong type of argument: string wanted, ${typeOf(value)} given`);
}

export function numberArgument(value: Value, of: string): number {
  if (typeof value === 'number') return value;
  throw new GoTemplateError(`${of}: wrong type of argument: int wanted, ${typeOf(value)} given`);
}

export function argumentCount(args: readonly Value[], least: number, most: number, of: string): void {
  if (args.length < least || args.length > most)
    throw new GoTemplateError(
      `${of}: wrong number of arguments: ${least === most ? least : `at least ${least}`} wanted, ${args.length} given`,
    );
}
