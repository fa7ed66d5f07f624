import { isoTime } from '../../../base/time/iso.ts';
import { type Fields, isFields, newFields } from '../../../core/event.ts';

/*
 * A small reading of Logstash's own filters, written apart from what converts them: an import is right when both give the
 * same events. It takes the tree of the configuration, never what the conversion made of it.
 */

/** An event as Logstash has it. */
export class LogstashEvent {
  readonly fields: Fields;
  /** `@timestamp` when a filter set it. */
  time: number | undefined;
  isCancelled = false;

  /** Epoch milliseconds. */
  readonly #arrival: number;

  constructor(record: Fields, arrival: number) {
    this.fields = record;
    this.#arrival = arrival;
  }

  get(path: readonly string[]): unknown {
    if (path.length === 1 && path[0] === '@timestamp')
      return this.time === undefined ? (this.fields['@timestamp'] ?? isoTime(this.#arrival)) : isoTime(this.time);
    let value: unknown = this.fields;
    for (const name of path) {
      if (Array.isArray(value)) value = value.at(Number(name));
      else if (isFields(value) && Object.hasOwn(value, name)) value = value[name];
      else return undefined;
    }
    return value;
  }

  has(path: readonly string[]): boolean {
    return this.get(path) !== undefined;
  }

  set(path: readonly string[], value: unknown): void {
    let at = this.fields;
    for (const name of path.slice(0, -1)) {
      const inner = Object.hasOwn(at, name) ? at[name] : undefined;
      const made = isFields(inner) ? inner : newFields();
      at[name] = made;
      at = made;
    }
    at[path[path.length - 1]!] = value;
  }

  remove(path: readonly string[]): unknown {
    const parent = path.length === 1 ? this.fields : this.get(path.slice(0, -1));
    const last = path[path.length - 1]!;
    if (!isFields(parent) || !Object.hasOwn(parent, last)) return undefined;
    const value = parent[last];
    delete parent[last];
    return value;
  }

  /** The tag of a failure is there once. */
  tag(tag: string): void {
    const tags = this.#tags();
    if (!tags.includes(tag)) this.set(['tags'], [...tags, tag]);
  }

  addTag(tag: string): void {
    this.set(['tags'], [...this.#tags(), tag]);
  }

  removeTag(tag: string): void {
    if (this.has(['tags']))
      this.set(
        ['tags'],
        this.#tags().filter(one => one !== tag),
      );
  }

  #tags(): unknown[] {
    const tags = this.get(['tags']);
    return tags === undefined || tags === null ? [] : Array.isArray(tags) ? tags : [tags];
  }

  /** `%{field}`; a field that is not there stays as it is written. */
  sprintf(text: string): string {
    return text.replace(/%\{([^}]+)\}/g, (whole, inner: string) => {
      if (inner.startsWith('+')) return this.#date(inner.slice(1)) ?? whole;
      const value = this.get(pathOf(inner));
      return value === undefined || value === null ? whole : asText(value);
    });
  }

  #date(format: string): string | undefined {
    const own = this.fields['@timestamp'];
    const given = this.time ?? (own === undefined ? this.#arrival : Date.parse(String(own)));
    if (Number.isNaN(given)) return undefined;
    const iso = isoTime(Math.floor(given));
    const parts: Record<string, string> = {
      Y: iso.slice(0, 4),
      y: iso.slice(0, 4),
      M: iso.slice(5, 7),
      d: iso.slice(8, 10),
      H: iso.slice(11, 13),
      m: iso.slice(14, 16),
      s: iso.slice(17, 19),
    };
    return format.replace(/([YyMdHms])\1*/g, (_, letter: string) => parts[letter]!);
  }
}

export function asText(value: unknown): string {
  if (Array.isArray(value)) return value.map(asText).join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function pathOf(reference: string): string[] {
  const found = [...reference.matchAll(/\[([^[\]]+)\]/g)].map(match => match[1]!);
  return found.length > 0 && reference.startsWith('[') ? found : [reference];
}
