import { readFile } from 'node:fs/promises';
import type { QueryNode } from '../../../core/contracts.ts';
import { NEVER, toDuckdb } from '../../query/duckdb.ts';
import type { FoundColumns } from '../../query/found-columns.ts';
import { requirementsOf } from '../../query/required.ts';
import { filterPath } from '../layout.ts';
import type { Segment, Source } from './catalogue.ts';
import { withRest } from './forms.ts';
import type { Span } from './gram-blocks.ts';
import { type Asked, askedOf, WordFilter } from './word-filter.ts';

/** Leaves out the segments that have nothing of what a query asks for, as their filters and their columns say. */
export class Sieve {
  readonly #query: QueryNode;
  readonly #asked: Asked;
  readonly #known = new Map<Source, boolean>();
  readonly #spans = new Map<Source, readonly Span[]>();
  readonly #forms = new Map<FoundColumns, boolean>();

  constructor(query: QueryNode) {
    this.#query = query;
    this.#asked = askedOf(requirementsOf(query));
  }

  async may(source: Source): Promise<boolean> {
    if (source.kind === 'chunk') return true;
    let may = this.#known.get(source);
    if (may === undefined) {
      may = await this.#ask(source);
      this.#known.set(source, may);
    }
    return may;
  }

  /** Times of the events of a source that may have what is asked for, when it was let through; undefined: any. */
  spansOf(source: Source): readonly Span[] | undefined {
    return this.#spans.get(source);
  }

  /** One after the other, as they are taken: a page that is full asks no further filter. */
  async *of(sources: Iterable<Source>): AsyncGenerator<Source> {
    for (const source of sources) if (await this.may(source)) yield source;
  }

  async all(sources: Iterable<Source>): Promise<Source[]> {
    const found: Source[] = [];
    for await (const source of this.of(sources)) found.push(source);
    return found;
  }

  async #ask(segment: Segment): Promise<boolean> {
    if (this.#asked.length > 0 || segment.rest === undefined) {
      const filter = await filters.get(segment.path);
      if (segment.rest === undefined) segment.rest = filter?.names ?? null;
      if (filter?.may(this.#asked) === false) return false;
      const spans = filter?.spans(this.#asked);
      if (spans?.length === 0) return false;
      if (spans !== undefined) this.#spans.set(segment, spans);
      filters.shrink();
    }
    const form = withRest(segment.found, segment.rest ?? undefined);
    let holds = this.#forms.get(form);
    if (holds === undefined) {
      holds = toDuckdb(this.#query, 0, form).sql !== NEVER;
      this.#forms.set(form, holds);
    }
    return holds;
  }
}

/** What all filters in memory may take. */
const MAX_BYTES = 32_000_000;

/** The filters that were asked last. */
class Filters {
  readonly #known = new Map<string, WordFilter>();

  /** Undefined where there is none, or none that can be read: then the segment itself is. */
  async get(segment: string): Promise<WordFilter | undefined> {
    const filter = this.#known.get(segment) ?? (await readFilter(segment));
    if (filter === undefined) return undefined;
    this.#known.delete(segment);
    this.#known.set(segment, filter);
    return filter;
  }

  /** After filters were asked: what they are asked for is in memory since then. */
  shrink(): void {
    let bytes = 0;
    for (const filter of this.#known.values()) bytes += filter.bytes;
    for (const [segment, filter] of this.#known) {
      if (bytes <= MAX_BYTES) return;
      this.#known.delete(segment);
      bytes -= filter.bytes;
    }
  }
}

/** The store is a process of its own: there is one. */
const filters = new Filters();

export async function readFilter(segment: string): Promise<WordFilter | undefined> {
  try {
    return WordFilter.fromFile(await readFile(filterPath(segment)));
  } catch {
    return undefined;
  }
}
