import { readFile } from 'node:fs/promises';
import type { Predicate, QueryNode } from '../../../core/contracts.ts';
import { isObjectField, kindOf } from '../../query/fields.ts';
import { mayBeInFields } from '../../query/found-columns.ts';
import { type Plan, planQuery } from '../../query/plan.ts';
import { compilePredicate } from '../../query/predicate.ts';
import { tallyPath } from '../layout.ts';
import type { Segment, Source } from './catalogue.ts';
import { withRest } from './forms.ts';
import { eachCell, type FieldTally, LEVEL, Tally, talliedValue } from './tally.ts';

/** Epoch milliseconds, both inclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

type SomeSpan = { readonly [side in keyof Span]?: number | undefined };

/** What the tally of a segment says of a query. */
export interface Tallied {
  /** Calls `take` with events that lie in one step of time (where it begins) and have one value of `by`, null without one. */
  each(take: (time: number, by: string | null, events: number) => void): void;
  /** What has to be read: where a span begins or ends within a step. */
  readonly edges: readonly Span[];
}

/** Counts the matches of a query by what the tallies of segments know: it may ask for the level and for one other field. */
export class TalliedQuery {
  readonly #by: string | undefined;
  /** Undefined: no tally can answer it. */
  readonly #fields: ReadonlySet<string> | undefined;
  readonly #query: QueryNode;
  #predicate: Predicate | undefined;

  constructor(query: QueryNode, by?: string) {
    this.#query = query;
    this.#by = by;
    this.#fields = fieldsOf(query, by);
  }

  /** `stepMs`: times have to be known no better than by these steps since 1970. Undefined: the segment has to be read. */
  async of(source: Source, range: SomeSpan, stepMs?: number): Promise<Tallied | undefined> {
    if (source.kind === 'chunk' || source.tallied !== true || this.#fields === undefined) return undefined;
    const tally = await tallies.get(source);
    if (tally === undefined) return undefined;
    let chosen = tally.fields.get(LEVEL)!;
    for (const field of this.#fields) {
      if (field === LEVEL || isAbsent(field, source)) continue;
      const found = tally.fields.get(field);
      if (found === undefined || (chosen.name !== LEVEL && chosen !== found) || hasBelow(field, source))
        return undefined;
      chosen = found;
    }
    if (stepMs !== undefined && stepMs % chosen.stepMs !== 0) return undefined;
    const cut = cutSpan(source, range, chosen.stepMs);
    return cut && { edges: cut.edges, each: take => this.#each(tally, chosen, cut, take) };
  }

  #each(
    { levels }: Tally,
    field: FieldTally,
    { first, last }: Cut,
    take: (time: number, by: string | null, events: number) => void,
  ): void {
    const by = this.#by;
    const holds = new Map<number, boolean>();
    eachCell(field, (value, level, step, events) => {
      if (step < first || step > last) return;
      const pair = value * levels.length + level;
      let does = holds.get(pair);
      if (does === undefined) {
        does = this.#holds(levels[level] ?? null, field, field.values[value] ?? null);
        holds.set(pair, does);
      }
      if (!does) return;
      const text = by === LEVEL ? levels[level] : by === field.name ? field.values[value] : null;
      take(step * field.stepMs, text ?? null, events);
    });
  }

  #holds(level: string | null, { name, type }: FieldTally, value: string | null): boolean {
    this.#predicate ??= compilePredicate(this.#query, 0);
    const event: { [field: string]: unknown } = Object.create(null);
    if (level !== null) event[LEVEL] = level;
    if (value !== null && name !== LEVEL) event[name] = talliedValue(value, type);
    return this.#predicate(event);
  }
}

/** Sources of which only the same span has to be read. */
export class Edges {
  readonly #known = new Map<string, { span: Span; sources: Source[] }>();

  add(source: Source, { edges }: Tallied): void {
    for (const span of edges) {
      const name = `${span.from} ${span.to}`;
      const same = this.#known.get(name);
      if (same === undefined) this.#known.set(name, { span, sources: [source] });
      else same.sources.push(source);
    }
  }

  [Symbol.iterator](): IterableIterator<{ readonly span: Span; readonly sources: readonly Source[] }> {
    return this.#known.values();
  }
}

/** All that a query and its `by` ask for; undefined when one of these is nothing that is ever tallied. */
function fieldsOf(query: QueryNode, by: string | undefined): ReadonlySet<string> | undefined {
  const fields = new Set<string>(by === undefined ? [] : [by]);
  const collect = (plan: Plan): void => {
    if (plan.op === 'leaf') fields.add(plan.field);
    else if (plan.op === 'not') collect(plan.node);
    else if (plan.op === 'and' || plan.op === 'or') plan.nodes.forEach(collect);
  };
  collect(planQuery(query));
  for (const field of fields) {
    const kind = kindOf(field);
    if (field === '_index' || (kind !== 'keyword' && kind !== 'dynamic') || isObjectField(field.split('.', 1)[0]!))
      return undefined;
  }
  return fields;
}

/** True when no event of the segment has anything there. */
function isAbsent(field: string, { found, rest }: Segment): boolean {
  if (kindOf(field) !== 'dynamic' || found.has(field) || hasBelow(field, { found })) return false;
  return rest !== undefined && rest !== null && !mayBeInFields(field, withRest(found, rest));
}

/** `a.b` is a column: then something is at `a`, too. */
const hasBelow = (field: string, { found }: Pick<Segment, 'found'>): boolean =>
  [...found.keys()].some(key => key.startsWith(`${field}.`));

interface Cut {
  /** Whole steps inside of the span. */
  readonly first: number;
  readonly last: number;
  readonly edges: readonly Span[];
}

/** Undefined when no whole step of the segment lies inside. */
function cutSpan({ minTime, maxTime }: Segment, range: SomeSpan, stepMs: number): Cut | undefined {
  const from = Math.max(minTime, Math.ceil(range.from ?? minTime));
  const to = Math.min(maxTime, Math.floor(range.to ?? maxTime));
  // Where a segment begins and ends there is nothing beyond.
  const first = from === minTime ? Math.floor(from / stepMs) : Math.ceil(from / stepMs);
  const last = to === maxTime ? Math.floor(to / stepMs) : Math.floor((to + 1) / stepMs) - 1;
  if (first > last) return undefined;
  const edges: Span[] = [];
  if (from < first * stepMs) edges.push({ from, to: first * stepMs - 1 });
  if (to >= (last + 1) * stepMs) edges.push({ from: (last + 1) * stepMs, to });
  return { first, last, edges };
}

/** What all tallies in memory may take. */
const MAX_BYTES = 16_000_000;

/** The tallies that were asked last. */
class Tallies {
  readonly #known = new Map<string, Tally>();
  #bytes = 0;

  /** Undefined where there is none that can be read: then the segment itself is. */
  async get(segment: Segment): Promise<Tally | undefined> {
    const { path } = segment;
    let tally = this.#known.get(path);
    if (tally !== undefined) this.#known.delete(path);
    else {
      tally = await readTally(path);
      if (tally === undefined) {
        segment.tallied = undefined;
        return undefined;
      }
      // Another one may have read it meanwhile.
      this.#bytes -= this.#known.get(path)?.bytes ?? 0;
      this.#bytes += tally.bytes;
      this.#known.delete(path);
    }
    this.#known.set(path, tally);
    for (const [oldest, { bytes }] of this.#known) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#known.delete(oldest);
      this.#bytes -= bytes;
    }
    return tally;
  }
}

/** The store is a process of its own: there is one. */
const tallies = new Tallies();

async function readTally(segment: string): Promise<Tally | undefined> {
  try {
    const tally = Tally.fromFile(await readFile(tallyPath(segment)));
    return tally?.fields.has(LEVEL) === true ? tally : undefined;
  } catch {
    return undefined;
  }
}
