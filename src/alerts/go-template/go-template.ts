import { fill, isFunction } from './evaluate.ts';
import { type ParsedTemplate, parseTemplate, type Templates } from './parser.ts';
import type { Value } from './values.ts';

/** Templates that texts may call by name; a later definition takes the place of an earlier one. */
export class TemplateLibrary {
  readonly #named: Templates = new Map();
  readonly #parsed = new Map<string, ParsedTemplate>();

  /** @throws GoTemplateError with the line */
  add(source: string): void {
    for (const [name, body] of parseTemplate(source, isFunction).defined) this.#named.set(name, body);
    this.#parsed.clear();
  }

  /** Fills a text. @throws GoTemplateError */
  render(source: string, data: Value, isHtml = false): string {
    if (!source.includes('{{')) return source;
    let parsed = this.#parsed.get(source);
    if (parsed === undefined) {
      parsed = parseTemplate(source, isFunction);
      if (this.#parsed.size >= MAX_PARSED) this.#parsed.clear();
      this.#parsed.set(source, parsed);
    }
    const named = parsed.defined.size === 0 ? this.#named : new Map([...this.#named, ...parsed.defined]);
    return fill(parsed.body, named, data, isHtml);
  }
}

const MAX_PARSED = 1000;
