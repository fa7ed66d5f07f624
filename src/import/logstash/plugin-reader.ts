import { type Plugin, placeText, type Value } from './ast.ts';
import type { Conversion } from './conversion.ts';

/** Reads the options of a plugin; those that nobody asks for are named. */
export class PluginReader {
  readonly name: string;
  /** `file:line` */
  readonly where: string;
  readonly line: number;
  readonly plugin: Plugin;
  readonly #conversion: Conversion;
  readonly #asked = new Set<string>();

  constructor(plugin: Plugin, conversion: Conversion) {
    this.plugin = plugin;
    this.name = plugin.name;
    this.where = placeText(plugin.at);
    this.line = plugin.at.line;
    this.#conversion = conversion;
  }

  has(name: string): boolean {
    this.#asked.add(name);
    return this.#values(name).length > 0;
  }

  /** Takes note of options that change nothing here. */
  ignore(...names: string[]): void {
    for (const name of names) this.#asked.add(name);
  }

  text(name: string): string | undefined;
  text(name: string, otherwise: string): string;
  text(name: string, otherwise?: string): string | undefined {
    const value = this.#last(name);
    return value === undefined ? otherwise : (this.texts(name)[0] ?? otherwise);
  }

  /** As it is written, for settings, which have variables of their own. */
  raw(name: string): string | undefined {
    const value = this.#last(name);
    return value === undefined ? undefined : scalarText(value);
  }

  boolean(name: string, otherwise: boolean): boolean {
    const text = this.text(name);
    return text === undefined ? otherwise : text === 'true';
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined || text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
  }

  /** A list of texts; a single one is a list of one. */
  texts(name: string): string[] {
    this.#asked.add(name);
    return this.#values(name)
      .flatMap(value => (value.kind === 'list' ? [...value.items] : [value]))
      .map(value => this.#expanded(value));
  }

  rawTexts(name: string): string[] {
    this.#asked.add(name);
    return this.#values(name)
      .flatMap(value => (value.kind === 'list' ? [...value.items] : [value]))
      .map(scalarText);
  }

  /** Pairs of a hash, or of a list in which names and values follow one another. */
  pairs(name: string): { readonly key: string; readonly values: string[]; readonly where: string }[] {
    this.#asked.add(name);
    return this.#values(name).flatMap(value => {
      if (value.kind === 'hash')
        return value.entries.map(([key, inner]) => ({
          key: this.#conversion.expand(key, placeText(inner.at)),
          values: this.#textsOf(inner),
          where: placeText(inner.at),
        }));
      const items = value.kind === 'list' ? value.items : [value];
      const pairs: { key: string; values: string[]; where: string }[] = [];
      for (let i = 0; i + 1 < items.length; i += 2)
        pairs.push({
          key: this.#expanded(items[i]!),
          values: this.#textsOf(items[i + 1]!),
          where: placeText(items[i]!.at),
        });
      return pairs;
    });
  }

  value(name: string): Value | undefined {
    return this.#last(name);
  }

  /** Names the options that nobody asked for. */
  finish(): void {
    const named = new Set<string>();
    for (const [name, value] of this.plugin.options) {
      if (this.#asked.has(name) || named.has(name)) continue;
      named.add(name);
      this.#conversion.leftOut(placeText(value.at), `the option \`${name}\` of \`${this.name}\``);
    }
  }

  #values(name: string): Value[] {
    return this.plugin.options.filter(([option]) => option === name).map(([, value]) => value);
  }

  #last(name: string): Value | undefined {
    this.#asked.add(name);
    const values = this.#values(name);
    return values[values.length - 1];
  }

  #textsOf(value: Value): string[] {
    return value.kind === 'list' ? value.items.map(item => this.#expanded(item)) : [this.#expanded(value)];
  }

  #expanded(value: Value): string {
    return this.#conversion.expand(scalarText(value), placeText(value.at));
  }
}

function scalarText(value: Value): string {
  switch (value.kind) {
    case 'text':
    case 'word':
    case 'number':
      return value.text;
    case 'plugin':
      return value.plugin.name;
    case 'list':
      return value.items.map(scalarText).join(',');
    case 'hash':
      return JSON.stringify(Object.fromEntries(value.entries.map(([key, inner]) => [key, scalarText(inner)])));
  }
}
