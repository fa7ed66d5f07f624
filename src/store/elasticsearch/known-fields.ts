import { isFields } from '../../core/event.ts';
import type { Elastic } from './client.ts';

const FRESH_MS = 5_000;
const MAX_INDICES = 32;

/** Which fields an index maps, asked for at most every few seconds: only documents beyond the budget need it. */
export class KnownFields {
  readonly #elastic: Elastic;
  readonly #cached = new Map<string, { at: number; fields: ReadonlySet<string> }>();

  constructor(elastic: Elastic) {
    this.#elastic = elastic;
  }

  /** Undefined when Elasticsearch does not say. */
  async of(index: string, signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
    const now = performance.now();
    const cached = this.#cached.get(index);
    if (cached !== undefined && now - cached.at < FRESH_MS) return cached.fields;
    try {
      const { status, body } = await this.#elastic.request({
        method: 'GET',
        path: `/${encodeURIComponent(index)}/_mapping?filter_path=*.mappings.properties`,
        signal,
      });
      if (status !== 200) return undefined;
      const fields = new Set<string>();
      for (const entry of Object.values(body as { [name: string]: { mappings?: { properties?: unknown } } })) {
        collect(fields, '', entry.mappings?.properties);
      }
      if (this.#cached.size >= MAX_INDICES) this.#cached.clear();
      this.#cached.set(index, { at: now, fields });
      return fields;
    } catch {
      return undefined;
    }
  }
}

function collect(fields: Set<string>, prefix: string, properties: unknown): void {
  if (!isFields(properties)) return;
  for (const name of Object.keys(properties)) {
    const mapping = properties[name];
    if (!isFields(mapping)) continue;
    if ('properties' in mapping) collect(fields, `${prefix}${name}.`, mapping['properties']);
    else fields.add(prefix + name);
  }
}
