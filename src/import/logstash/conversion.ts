import { patternSource } from '../../parse/grok/grok.ts';
import type { Remark, Step } from '../model.ts';
import { leftOut } from '../model.ts';
import { temporary } from '../painless.ts';
import { javaFormat, pieces, withVariables } from './references.ts';

/** What an import of Logstash may ask its surroundings for. */
export interface LogstashOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of grok's fields: `disabled` those of Logstash 7 and before, `v1` those that Logstash 8 has by default. */
  readonly ecs: 'disabled' | 'v1';
  /** The files of a folder, or a file, named in the configuration; undefined where there is none. */
  readonly files: (path: string) => readonly { readonly path: string; readonly text: string }[] | undefined;
  /** Processors that there are. */
  readonly processors: ReadonlySet<string>;
}

export { readTemporary, TEMPORARY, temporary } from '../painless.ts';

/** State of one conversion: what was found, and steps that others need before them. */
export class Conversion {
  readonly options: LogstashOptions;
  readonly remarks: Remark[] = [];
  /** Fields that may be there already when a filter runs, from filters before it. */
  #written = new Set<string>();
  readonly #times = new Map<string, string>();
  #before: Step[] = [];
  /** Events arrive with fields of any name: from JSON. */
  isStructured = false;
  /** How lines are joined, where a filter says so. */
  multiline: Record<string, unknown> | undefined = undefined;

  constructor(options: LogstashOptions) {
    this.options = options;
  }

  /** A comment in the place of what is missing, and the remark. */
  leftOut(where: string, what: string, hint?: string): Step {
    const { step, remark } = leftOut(where, what, hint);
    this.remarks.push(remark);
    return step;
  }

  changed(where: string, what: string, hint?: string): void {
    this.remarks.push({ kind: 'changed', where, what, hint });
  }

  /** A text with Logstash's references as a template. */
  template(text: string, where: string): string {
    return pieces(text)
      .map(piece => {
        if (piece.kind === 'field') return `{{{${piece.path}}}}`;
        if (piece.kind === 'time') return `{{{${this.#time(piece.format)}}}}`;
        if (piece.text.includes('{{'))
          this.changed(where, 'the text has {{ in it, which begins a field here.', 'Write the text in another way.');
        return piece.text;
      })
      .join('');
  }

  /** Steps that `template` needs before the one it is for. */
  takeBefore(): Step[] {
    const taken = this.#before;
    this.#before = [];
    this.#times.clear();
    return taken;
  }

  /** The text with variables of the environment replaced. */
  expand(text: string, where: string): string {
    return withVariables(text, (name, fallback) => {
      const value = this.options.env[name] ?? fallback;
      if (value === undefined)
        this.changed(
          where,
          `the variable ${name} is not set, and stays as it is written.`,
          `Set ${name} and import again, or write its value into the pipeline: pipelines have no variables.`,
        );
      else this.changed(where, `the variable ${name} is replaced by its value: pipelines have no variables.`);
      return value;
    });
  }

  /** A regular expression with grok's names in it, as one without. */
  grokPattern(pattern: string, where: string, depth = 0): string {
    return pattern.replace(/%\{(\w+)(?::[^}]*)?\}/g, (whole, name: string) => {
      const source = depth > 20 ? undefined : patternSource(name);
      if (source === undefined) {
        this.leftOut(where, `the pattern ${whole}`, 'Write the expression itself.');
        return whole;
      }
      return `(?:${this.grokPattern(source, where, depth + 1)})`;
    });
  }

  noteWritten(fields: Iterable<string>): void {
    for (const field of fields) this.#written.add(field);
  }

  /** Runs each of several ways that exclude one another: none sees what another one writes, and what follows sees all. */
  apart<T>(ways: readonly (() => T)[]): T[] {
    const before = this.#written;
    const after = new Set(before);
    const results = ways.map(way => {
      this.#written = new Set(before);
      const result = way();
      for (const field of this.#written) after.add(field);
      return result;
    });
    this.#written = after;
    return results;
  }

  /** True when something before may have written this field. */
  mayExist(path: string): boolean {
    return this.isStructured || this.#written.has('*') || this.isNamed(path);
  }

  /** True when it surely may be there: something before writes it, or every event has it. */
  isNamed(path: string): boolean {
    if (ARRIVING.has(path.split('.')[0]!)) return true;
    return [...this.#written].some(
      other => other === path || other.startsWith(`${path}.`) || path.startsWith(`${other}.`),
    );
  }

  #time(format: string): string {
    const known = this.#times.get(format);
    if (known !== undefined) return known;
    const name = temporary(format.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, '') || 'time');
    this.#times.set(format, name);
    this.#before.push({
      processor: 'date',
      options: {
        field: '@timestamp',
        formats: ['ISO8601'],
        target_field: name,
        timezone: 'UTC',
        output_format: format === '%s' ? 'epoch_second' : javaFormat(format),
      },
    });
    return name;
  }
}

/** Fields that come with events, whatever a filter does. */
const ARRIVING: ReadonlySet<string> = new Set([
  ...['message', 'tags', 'tag', 'type', 'host', 'path', 'log', 'fields', '@timestamp', '@version'],
  ...['container_name', 'container_id', 'stream', 'image', 'labels', 'kubernetes'],
]);
