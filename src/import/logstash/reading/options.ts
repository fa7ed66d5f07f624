import type { Plugin, Value } from '../ast.ts';

/** Options of a plugin as plain values, for the reading. */
export class PluginOptions {
  readonly #plugin: Plugin;
  readonly #expand: (text: string) => string;

  constructor(plugin: Plugin, expand: (text: string) => string) {
    this.#plugin = plugin;
    this.#expand = expand;
  }

  has(name: string): boolean {
    return this.#plugin.options.some(([option]) => option === name);
  }

  text(name: string): string | undefined {
    const values = this.list(name);
    return values[0];
  }

  list(name: string): string[] {
    return this.#all(name).flatMap(value => this.#texts(value));
  }

  /** Names and values, in order. */
  hash(name: string): (readonly [string, string[]])[] {
    return this.#all(name).flatMap(value => {
      if (value.kind === 'hash')
        return value.entries.map(([key, inner]) => [this.#expand(key), this.#texts(inner)] as const);
      if (value.kind !== 'list') return [];
      const out: (readonly [string, string[]])[] = [];
      for (let i = 0; i + 1 < value.items.length; i += 2)
        out.push([this.#texts(value.items[i]!)[0] ?? '', this.#texts(value.items[i + 1]!)]);
      return out;
    });
  }

  #all(name: string): Value[] {
    return this.#plugin.options.filter(([option]) => option === name).map(([, value]) => value);
  }

  #texts(value: Value): string[] {
    if (value.kind === 'list') return value.items.flatMap(item => this.#texts(item));
    if (value.kind === 'hash') return [];
    return [this.#expand(value.kind === 'plugin' ? value.plugin.name : value.text)];
  }
}
