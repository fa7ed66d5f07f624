import { LongshoreError } from '../../core/errors.ts';
import type { SourceFile } from '../reading.ts';
import type { Directive, Param } from './ast.ts';
import { embeddedRuby } from './ruby.ts';

const MAX_DEPTH = 32;
const MAX_INCLUDES = 200;

/** Finds the files that `@include` names, relative to the one that names them; undefined where there is none. */
export type Include = (path: string, from: string) => readonly SourceFile[] | undefined;

interface Open {
  readonly name: string;
  readonly argument: string;
  readonly line: number;
  readonly comments: readonly string[];
  readonly params: Param[];
  readonly children: Directive[];
}

/** What could not be found or is not known, beside the directives. */
export interface Parsed {
  readonly directives: readonly Directive[];
  readonly params: readonly Param[];
  readonly notFound: readonly { readonly path: string; readonly where: string }[];
}

/** Reads a configuration of Fluentd with what it includes. Throws LS_IMPORT_SYNTAX with `file:line:column`. */
export function parseFluentd(source: SourceFile, include: Include): Parsed {
  const notFound: { path: string; where: string }[] = [];
  const top: Open = { name: '', argument: '', line: 0, comments: [], params: [], children: [] };
  let files = 0;
  const read = (file: SourceFile, into: Open, depth: number): void => {
    if (depth > MAX_DEPTH || ++files > MAX_INCLUDES)
      throw new LongshoreError('LS_IMPORT_SYNTAX', 'files include one another without end.', { where: file.path });
    new FileParser(file, into, (path, inner, line) => {
      const found = include(path, file.path);
      if (found === undefined || found.length === 0) notFound.push({ path, where: `${file.path}:${line}` });
      for (const one of found ?? []) read(one, inner, depth + 1);
    }).run();
  };
  read(source, top, 0);
  return { directives: top.children, params: top.params, notFound };
}

class FileParser {
  readonly #file: string;
  readonly #lines: readonly string[];
  readonly #include: (path: string, into: Open, line: number) => void;
  readonly #open: Open[];
  #at = 0;
  #comments: string[] = [];

  constructor(file: SourceFile, into: Open, include: (path: string, into: Open, line: number) => void) {
    this.#file = file.path;
    this.#lines = file.text.replace(/^\ufeff/, '').split(/\r?\n/);
    this.#open = [into];
    this.#include = include;
  }

  run(): void {
    const outermost = this.#open.length;
    while (this.#at < this.#lines.length) this.#line(this.#lines[this.#at]!);
    const left = this.#open[this.#open.length - 1]!;
    if (this.#open.length > outermost)
      throw this.#mistake(`<${left.name}> is not closed.`, `Write </${left.name}> at its end.`, left.line, 1);
  }

  #line(line: string): void {
    const text = line.trim();
    const indent = line.length - line.trimStart().length;
    this.#at++;
    if (text === '') {
      this.#comments = [];
      return;
    }
    if (text.startsWith('#')) {
      this.#comments.push(text.slice(1).replace(/^ /, ''));
      return;
    }
    const closing = /^<\/\s*([\w.@-]+)\s*>/.exec(text);
    if (closing !== null) {
      this.#close(closing[1]!, indent);
      return;
    }
    const opening = /^<\s*([\w.@-]+)(?:\s+(.*?))?\s*>\s*(?:#.*)?$/.exec(text);
    if (opening !== null) {
      this.#begin(opening[1]!, opening[2] ?? '');
      return;
    }
    if (text.startsWith('<'))
      throw this.#mistake(
        'this begins like a directive and is none.',
        'Write <name> or <name pattern>.',
        this.#at,
        indent + 1,
      );
    const included = /^(?:@include|include)\s+(.+?)\s*(?:\s#.*)?$/.exec(text);
    if (included !== null) {
      this.#comments = [];
      this.#include(included[1]!.replace(/^(['"])(.*)\1$/, '$2'), this.#open[this.#open.length - 1]!, this.#at);
      return;
    }
    this.#param(text, indent);
  }

  #begin(name: string, argument: string): void {
    if (this.#open.length > MAX_DEPTH)
      throw this.#mistake(`this is nested deeper than ${MAX_DEPTH} levels.`, undefined, this.#at, 1);
    this.#open.push({ name, argument, line: this.#at, comments: this.#takeComments(), params: [], children: [] });
  }

  #close(name: string, indent: number): void {
    const last = this.#open[this.#open.length - 1]!;
    if (this.#open.length < 2)
      throw this.#mistake(`</${name}> closes nothing.`, `Is there a <${name}> above?`, this.#at, indent + 1);
    if (last.name !== name)
      throw this.#mistake(
        `</${name}> stands where <${last.name}> of line ${last.line} is open.`,
        `Write </${last.name}> before.`,
        this.#at,
        indent + 1,
      );
    this.#open.pop();
    this.#comments = [];
    this.#open[this.#open.length - 1]!.children.push({
      name: last.name,
      argument: last.argument,
      params: last.params,
      children: last.children,
      at: { file: this.#file, line: last.line },
      comments: last.comments,
    });
  }

  #param(text: string, indent: number): void {
    const [, name, rest = ''] = /^([^\s"'<>[\]{}#]+)(?:\s+(.*))?$/.exec(text) ?? [];
    if (name === undefined)
      throw this.#mistake(
        'a parameter is a name and a value.',
        'Write for example `port 24224`.',
        this.#at,
        indent + 1,
      );
    const line = this.#at;
    this.#comments = [];
    const { value, json } = this.#value(rest.trim(), line, indent + 1);
    this.#open[this.#open.length - 1]!.params.push({ name, text: value, json, at: { file: this.#file, line } });
  }

  #value(rest: string, line: number, column: number): { value: string; json: unknown } {
    const first = rest[0];
    if (first === '"' || first === "'") return { value: this.#quoted(rest, first, line, column), json: undefined };
    if (first === '[' || first === '{') {
      const found = this.#json(rest);
      if (found !== undefined) return found;
    }
    return { value: rest.replace(/(?:^|\s)#.*$/, '').trim(), json: undefined };
  }

  /** A text in quotes, which may go on over several lines. */
  #quoted(rest: string, quote: string, line: number, column: number): string {
    let text = rest;
    let out = '';
    for (let i = 1; ; i++) {
      if (i >= text.length) {
        if (this.#at >= this.#lines.length)
          throw this.#mistake(
            `the text that begins with ${quote} is not closed.`,
            `Put a ${quote} at its end.`,
            line,
            column,
          );
        text += `\n${this.#lines[this.#at++]!}`;
      }
      const char = text[i]!;
      if (char === '\\' && i + 1 < text.length) {
        const next = text[++i]!;
        if (quote === "'") out += next === "'" || next === '\\' ? next : `\\${next}`;
        else if (next !== '\n') out += ESCAPES[next] ?? next;
      } else if (quote === '"' && char === '#' && text[i + 1] === '{') {
        const end = text.indexOf('}', rubyEnd(text, i + 2));
        if (end < 0) throw this.#mistake('#{ is not closed.', 'Put a } at its end.', line, column);
        out += embeddedRuby(text.slice(i + 2, end)) ?? text.slice(i, end + 1);
        i = end;
      } else if (char === quote) return out;
      else out += char;
    }
  }

  /** A list or mapping in JSON, over several lines where it has to be; undefined: it is none. */
  #json(rest: string): { value: string; json: unknown } | undefined {
    let text = rest;
    const start = this.#at;
    for (let lines = 0; lines < MAX_JSON_LINES; lines++) {
      const plain = text
        .replace(/\n\s*#[^\n]*/g, '')
        .replace(/,(\s*[\]}])/g, '$1')
        .trim();
      if (/[\]}]$/.test(plain.replace(/\s#[^"']*$/, '').trim())) {
        const found = parsed(plain) ?? parsed(plain.replace(/\s#[^"']*$/, '').trim());
        if (found !== undefined) {
          const json = withRuby(found.value);
          return { value: JSON.stringify(json), json };
        }
      }
      if (this.#at >= this.#lines.length) break;
      text += `\n${this.#lines[this.#at++]!}`;
    }
    this.#at = start;
    return undefined;
  }

  #takeComments(): string[] {
    const taken = this.#comments;
    this.#comments = [];
    return taken;
  }

  #mistake(what: string, fix: string | undefined, line: number, column: number): LongshoreError {
    return new LongshoreError('LS_IMPORT_SYNTAX', what, { where: `${this.#file}:${line}:${column}`, fix });
  }
}

const MAX_JSON_LINES = 500;
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', f: '\f', b: '\b', '0': '\0' };

/** Where the text inside of `#{...}` may end: braces in it are passed over. */
function rubyEnd(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '{') depth++;
    else if (text[i] === '}' && depth-- === 0) return i;
  }
  return text.length;
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function withRuby(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replace(/#\{([^}]*)\}/g, (whole, inner: string) => embeddedRuby(inner) ?? whole);
  if (Array.isArray(value)) return value.map(withRuby);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withRuby(inner)]));
}
