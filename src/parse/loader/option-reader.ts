import { didYouMean } from '../../base/text/did-you-mean.ts';
import { parseBytes } from '../../base/text/size.ts';
import type { Located } from '../../base/yaml/located.ts';
import { type Shape, typeName } from '../../base/yaml/shape.ts';
import type { ErrorCode } from '../../core/codes.ts';
import { LongshoreError } from '../../core/errors.ts';
import { FieldPath } from '../field-path.ts';
import { plainValue } from '../plain-numbers.ts';
import { compileTemplate, compileValue, type FieldTemplate, type MediaType, type ValueTemplate } from '../template.ts';

/** What one question about an option says of it. */
export interface OptionFact {
  /** `any`: it is looked at as it is. */
  readonly type: 'text' | 'boolean' | 'number' | 'texts' | 'map of texts' | 'any';
  /** Undefined: it has to be there, or nothing stands for it. */
  readonly fallback: unknown;
  readonly isRequired: boolean;
  readonly choices: readonly string[] | undefined;
}

/** A list of mistakes that also knows who read: for whoever wants to know what options there are. */
export class Probe extends Array<LongshoreError> {
  readonly readers: OptionReader[] = [];
}

const TEXT: Shape = { type: 'string' };
const TEXTS: Shape = { type: 'array', items: TEXT };

/**
 * Reads the options of one mapping, by name and type. Mistakes are collected, not thrown: a wrong or missing option gives a
 * harmless stand-in, and the load fails at its end with all of them. `finish` names what nobody asked for.
 */
export class OptionReader {
  readonly what: string;
  readonly where: string;
  readonly problems: LongshoreError[];
  readonly #entries: ReadonlyMap<string, Located>;
  /** What was asked for; what nothing more than `has` or `located` asked for is `any`. */
  readonly facts = new Map<string, OptionFact>();

  /** `what` names the mapping in sentences: `processor grok`. */
  constructor(what: string, source: Located, problems: LongshoreError[]) {
    this.what = what;
    this.where = source.keyWhere;
    this.problems = problems;
    this.#entries = source.entries ?? new Map();
    if (problems instanceof Probe) problems.readers.push(this);
    if (source.entries === undefined && source.kind !== 'nothing')
      this.problem('LS_PIPELINE_OPTION', `${what} takes a mapping of options, not a ${source.kind}.`);
  }

  has(name: string): boolean {
    if (!this.facts.has(name)) this.#note(name, 'any');
    return this.#entries.has(name);
  }

  located(name: string): Located | undefined {
    if (!this.facts.has(name)) this.#note(name, 'any');
    return this.#entries.get(name);
  }

  /** Says what an option may be that is looked at otherwise. */
  oneOf(name: string, choices: readonly string[]): void {
    this.#note(name, 'text', this.facts.get(name)?.fallback, this.facts.get(name)?.isRequired === true, choices);
  }

  string(name: string): string;
  string(name: string, otherwise: string): string;
  string(name: string, otherwise: undefined): string | undefined;
  string(name: string, ...otherwise: (string | undefined)[]): string | undefined {
    this.#note(name, 'text', otherwise[0], otherwise.length === 0);
    const entry = this.located(name);
    if (entry === undefined || entry.value === null)
      return otherwise.length > 0 ? otherwise[0] : this.#missing(name, '');
    if (entry.kind === 'mapping' || entry.kind === 'list') return this.#wrong(entry, name, TEXT, '');
    return String(entry.value);
  }

  boolean(name: string, otherwise: boolean): boolean {
    this.#note(name, 'boolean', otherwise);
    const entry = this.located(name);
    if (entry === undefined || entry.value === null) return otherwise;
    if (entry.value === true || entry.value === 'true') return true;
    if (entry.value === false || entry.value === 'false') return false;
    return this.#wrong(entry, name, { type: 'boolean' }, otherwise);
  }

  number(name: string, otherwise: number): number {
    this.#note(name, 'number', otherwise);
    const entry = this.located(name);
    if (entry === undefined || entry.value === null) return otherwise;
    const value = typeof entry.value === 'string' ? parseBytes(entry.value) : plainValue(entry.value);
    if (typeof value === 'number' && value >= 0) return value;
    return this.#wrong(entry, name, { type: 'number' }, otherwise);
  }

  choice<T extends string>(name: string, allowed: readonly T[], otherwise: T): T {
    const entry = this.located(name);
    const value = this.string(name, otherwise);
    this.#note(name, 'text', otherwise, false, allowed);
    if (allowed.includes(value as T)) return value as T;
    this.problem(
      'LS_PIPELINE_OPTION',
      `${this.what}: \`${name}\` cannot be "${value}".`,
      didYouMean(value, allowed, '"') ?? `It is one of ${allowed.join(', ')}.`,
      entry?.where,
    );
    return otherwise;
  }

  /** A list of texts; a single text is a list of one. */
  strings(name: string, otherwise?: string[]): string[] {
    this.#note(name, 'texts', otherwise, otherwise === undefined);
    const entry = this.located(name);
    if (entry === undefined || entry.value === null) return otherwise ?? this.#missing(name, []);
    if (entry.items === undefined)
      return entry.entries === undefined ? [String(entry.value)] : this.#wrong(entry, name, TEXTS, []);
    const bad = entry.items.find(item => item.entries !== undefined || item.items !== undefined);
    return bad === undefined ? entry.items.map(item => String(item.value)) : this.#wrong(bad, name, TEXTS, []);
  }

  /** A mapping of texts. */
  stringMap(name: string): Record<string, string> {
    const out: Record<string, string> = Object.create(null);
    this.#note(name, 'map of texts');
    const entry = this.located(name);
    if (entry === undefined || entry.value === null) return out;
    if (entry.entries === undefined)
      return this.#wrong(entry, name, { type: 'object', additionalProperties: TEXT }, out);
    for (const [key, item] of entry.entries) {
      if (item.entries !== undefined || item.items !== undefined) this.#wrong(item, `${name}.${key}`, TEXT, '');
      else out[key] = String(item.value);
    }
    return out;
  }

  /** A field's path. */
  path(name: string, otherwise?: string): FieldPath {
    const text = otherwise === undefined ? this.string(name) : this.string(name, otherwise);
    return new FieldPath(text === '' ? (otherwise ?? '') : text);
  }

  optionalPath(name: string): FieldPath | undefined {
    return this.has(name) ? this.path(name) : undefined;
  }

  template(name: string, otherwise?: string, mediaType?: MediaType): FieldTemplate {
    const text = otherwise === undefined ? this.string(name) : this.string(name, otherwise);
    return this.#compiled(name, () => compileTemplate(text, mediaType), { constant: '', render: () => '' });
  }

  value(name: string, mediaType?: MediaType): ValueTemplate {
    this.#note(name, 'any', undefined, true);
    const entry = this.located(name);
    if (entry === undefined) return this.#missing(name, () => undefined);
    return this.#compiled(
      name,
      () => compileValue(entry.value, mediaType),
      () => undefined,
    );
  }

  /** Runs what may throw on the option's value; a LongshoreError gets the option's line. */
  attempt<T>(name: string, make: () => T): T | undefined {
    return this.#compiled<T | undefined>(name, make, undefined);
  }

  problem(code: ErrorCode, what: string, fix?: string, where: string = this.where): void {
    this.problems.push(new LongshoreError(code, what, { where, fix }));
  }

  /** Call when everything was asked for: what is left is unknown. */
  finish(): void {
    for (const [name, entry] of this.#entries) {
      if (this.facts.has(name)) continue;
      this.problem(
        'LS_PIPELINE_UNKNOWN_OPTION',
        `${this.what} has no option \`${name}\`.`,
        didYouMean(name, this.facts.keys(), '`') ?? `It has ${[...this.facts.keys()].sort().join(', ')}.`,
        entry.keyWhere,
      );
    }
  }

  #note(
    name: string,
    type: OptionFact['type'],
    fallback?: unknown,
    isRequired = false,
    choices?: readonly string[],
  ): void {
    const before = this.facts.get(name);
    // Whoever looks at a choice again knows less of it.
    if (before?.choices !== undefined && choices === undefined) return;
    this.facts.set(name, { type, fallback, isRequired, choices });
  }

  #compiled<T>(name: string, make: () => T, otherwise: T): T {
    try {
      return make();
    } catch (error) {
      const where = this.#entries.get(name)?.where ?? this.where;
      const what = error instanceof LongshoreError ? error.what : String((error as Error).message);
      const fix = error instanceof LongshoreError ? error.fix : undefined;
      const code = error instanceof LongshoreError ? error.code : 'LS_PIPELINE_OPTION';
      this.problems.push(new LongshoreError(code, `${this.what}: \`${name}\`: ${what}`, { where, fix, cause: error }));
      return otherwise;
    }
  }

  #missing<T>(name: string, otherwise: T): T {
    this.problem('LS_PIPELINE_MISSING_OPTION', `${this.what} needs the option \`${name}\`.`, 'Add it.');
    return otherwise;
  }

  #wrong<T>(entry: Located, name: string, wanted: Shape, otherwise: T): T {
    this.problem(
      'LS_PIPELINE_OPTION',
      `${this.what}: \`${name}\` must be ${typeName(wanted)}, not a ${entry.kind}.`,
      undefined,
      entry.where,
    );
    return otherwise;
  }
}
