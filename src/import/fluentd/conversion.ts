import { leftOut, type Remark, type Step } from '../model.ts';
import { type Directive, expanded, type Param, placeText } from './ast.ts';

export interface FluentdOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Files that a parameter names, such as grok's patterns. */
  readonly files: (path: string) => readonly { readonly path: string; readonly text: string }[] | undefined;
  readonly processors: ReadonlySet<string>;
}

export { readTemporary, TEMPORARY, temporary } from '../painless.ts';

/** State of one conversion. */
export class FluentdConversion {
  readonly options: FluentdOptions;
  readonly remarks: Remark[] = [];
  readonly #said = new Set<string>();

  constructor(options: FluentdOptions) {
    this.options = options;
  }

  leftOut(where: string, what: string, hint?: string): Step {
    const { step, remark } = leftOut(where, what, hint);
    this.remarks.push(remark);
    return step;
  }

  changed(where: string, what: string, hint?: string): void {
    this.remarks.push({ kind: 'changed', where, what, hint });
  }

  /** The same remark once. */
  changedOnce(where: string, what: string, hint?: string): void {
    if (this.#said.has(what)) return;
    this.#said.add(what);
    this.changed(where, what, hint);
  }

  expand(text: string, where: string): string {
    return expanded(text, this.options.env, name =>
      this.changed(
        where,
        `the variable ${name} is not set, and nothing stands in its place.`,
        `Set ${name} and import again: pipelines have no variables.`,
      ),
    );
  }
}

/** Reads the parameters of a directive; those that nobody asks for are named. */
export class Params {
  readonly directive: Directive;
  readonly where: string;
  readonly line: number;
  readonly type: string;
  readonly #conversion: FluentdConversion;
  readonly #asked = new Set<string>(['@type', 'type', '@id', '@log_level', 'log_level', 'format']);
  readonly #children = new Set<string>();

  constructor(directive: Directive, conversion: FluentdConversion) {
    this.directive = directive;
    this.#conversion = conversion;
    this.where = placeText(directive.at);
    this.line = directive.at.line;
    this.type = this.text('@type') ?? this.text('type') ?? '';
  }

  param(name: string): Param | undefined {
    this.#asked.add(name);
    return this.directive.params.findLast(param => param.name === name);
  }

  has(name: string): boolean {
    return this.param(name) !== undefined;
  }

  /** With variables replaced. */
  text(name: string): string | undefined {
    const param = this.param(name);
    return param === undefined ? undefined : this.#conversion.expand(param.text, placeText(param.at));
  }

  /** With variables as they are, for settings. */
  raw(name: string): string | undefined {
    return this.param(name)?.text;
  }

  boolean(name: string, otherwise: boolean): boolean {
    const text = this.text(name);
    return text === undefined ? otherwise : text === '' || text === 'true' || text === 'yes';
  }

  /** A list: JSON, or words between commas. */
  list(name: string): string[] {
    const param = this.param(name);
    if (param === undefined) return [];
    if (Array.isArray(param.json)) return param.json.map(String);
    return this.text(name)!
      .split(',')
      .map(one => one.trim())
      .filter(one => one !== '');
  }

  children(name: string): readonly Directive[] {
    this.#children.add(name);
    return this.directive.children.filter(one => one.name === name);
  }

  ignore(...names: string[]): void {
    for (const name of names) {
      this.#asked.add(name);
      this.#children.add(name);
    }
  }

  ignoreAll(): void {
    for (const { name } of this.directive.params) this.#asked.add(name);
    for (const { name } of this.directive.children) this.#children.add(name);
  }

  finish(): void {
    const of = `${this.directive.name} ${this.type}`.trim();
    for (const { name, at } of this.directive.params)
      if (!this.#asked.has(name)) this.#conversion.leftOut(placeText(at), `\`${name}\` of ${of}`);
    for (const { name, at } of this.directive.children)
      if (!this.#children.has(name)) this.#conversion.leftOut(placeText(at), `<${name}> of ${of}`);
  }
}

/** Docker's driver sends `log` and `source`; events here have them as `message` and `stream`. */
const ARRIVING: Readonly<Record<string, string>> = { log: 'message', source: 'stream' };

/** A field's path: `key`, `$.a.b`, `$['a']['b']`. */
export function fieldOf(key: string): string {
  const text = key.trim();
  const parts = text.startsWith('$')
    ? [...text.matchAll(/\.([^.[\]]+)|\[\s*(?:'([^']*)'|"([^"]*)"|(\d+))\s*\]/g)].map(
        ([, dotted, single, double, index]) => dotted ?? single ?? double ?? index!,
      )
    : [text];
  const [first = '', ...rest] = parts;
  return [Object.hasOwn(ARRIVING, first) ? ARRIVING[first] : first, ...rest].join('.');
}
