import { Double } from '../../../src/base/number/double.ts';
import { type Fields, isFields } from '../../../src/core/event.ts';
import { seeded } from '../../support/chance.ts';
import type { IngestCase, PipelineSource } from './ingest-case.ts';

/** One pipeline, some documents for it, and where it comes from. */
export interface NeighbourCase {
  readonly group: string;
  readonly pipeline: PipelineSource;
  readonly pipelines?: Readonly<Record<string, PipelineSource>>;
  readonly docs: readonly Fields[];
}

/** Options that name fields or other things of the case itself. */
const KEPT = new Set(['field', 'target_field', 'tag', 'description', 'name', 'lang']);
const MOST_CHARACTERS = 2000;

/**
 * Cases that were never recorded, next to those that were: the pipeline of one case with the document of another, with options and
 * values from others of its group, with letters left out, doubled or put in. The same seed gives the same.
 */
export class Neighbours {
  readonly #next: () => number;
  readonly #groups = new Map<string, IngestCase[]>();
  readonly #options = new Map<string, unknown[]>();
  readonly #leaves = new Map<string, unknown[]>();
  readonly #tokens = new Map<string, string[]>();

  constructor(cases: readonly IngestCase[], seed: number) {
    this.#next = seeded(seed);
    for (const one of cases) {
      add(this.#groups, one.group, one);
      this.#gatherOptions(one.pipeline.processors);
      for (const leaf of leavesOf(one.doc)) add(this.#leaves, one.group, leaf);
    }
  }

  groups(): string[] {
    return [...this.#groups.keys()];
  }

  next(group: string, docs = 6): NeighbourCase {
    const cases = this.#groups.get(group)!;
    const one = this.#of(cases);
    const times = this.#of([0, 0, 1, 1, 2, 3]);
    let { pipeline } = one;
    for (let i = 0; i < times; i++) pipeline = this.#otherOptions(pipeline);
    return {
      group,
      pipeline,
      ...(one.pipelines === undefined ? {} : { pipelines: one.pipelines }),
      docs: Array.from({ length: docs }, (_, i) => this.#document(group, one, i === 0 ? one : this.#of(cases))),
    };
  }

  /** The document of another case, its fields called as this one calls them. */
  #document(group: string, one: IngestCase, other: IngestCase): Fields {
    const [mine, theirs] = [Object.keys(one.doc), Object.keys(other.doc)];
    let doc: Fields = {};
    if (mine.some(key => theirs.includes(key)) || mine.length !== 1 || theirs.length !== 1) doc = { ...other.doc };
    else doc[mine[0]!] = other.doc[theirs[0]!];
    if (this.#chance(0.3)) doc = { ...one.doc };
    if (this.#chance(0.6)) doc = this.#change(doc, value => this.#otherValue(group, value)) as Fields;
    return doc;
  }

  /** One leaf is changed. */
  #change(value: unknown, change: (leaf: unknown) => unknown): unknown {
    const leaves = leavesOf(value);
    if (isFields(value) && Object.keys(value).length === 0) return value;
    const at = Math.floor(this.#next() * leaves.length);
    let seen = 0;
    const walk = (inner: unknown): unknown => {
      if (Array.isArray(inner) && inner.length > 0) return inner.map(walk);
      if (isFields(inner) && Object.keys(inner).length > 0)
        return Object.fromEntries(Object.entries(inner).map(([key, item]) => [key, walk(item)]));
      return seen++ === at ? change(inner) : inner;
    };
    return walk(value);
  }

  #otherValue(group: string, value: unknown): unknown {
    const kinds = [
      () => this.#of(this.#leaves.get(group) ?? [value]),
      () => this.#of(this.#leaves.get(group) ?? [value]),
      () => this.#of(VALUES),
    ];
    if (typeof value === 'string') kinds.push(...Array.from({ length: 4 }, () => () => this.#edited(group, value)));
    return this.#of(kinds)();
  }

  #otherOptions(pipeline: PipelineSource): PipelineSource {
    const processors = [...pipeline.processors];
    const at = Math.floor(this.#next() * processors.length);
    const [type, options] = Object.entries(processors[at] ?? {})[0] ?? [];
    if (type === undefined || !isFields(options)) return pipeline;
    processors[at] = { [type]: this.#anOption(type, options) };
    return { ...pipeline, processors };
  }

  #anOption(type: string, options: Fields): Fields {
    const names = Object.keys(options).filter(name => !KEPT.has(name));
    const known = [...this.#options.keys()]
      .filter(key => key.startsWith(`${type}.`))
      .map(key => key.slice(type.length + 1));
    const name = this.#of(names.length > 0 && this.#chance(0.75) ? names : known);
    if (name === undefined) return options;
    if (names.length > 1 && this.#chance(0.1)) return without(options, name);
    const value = options[name];
    if (value !== undefined && this.#chance(0.5))
      return {
        ...options,
        [name]: this.#change(value, leaf => (typeof leaf === 'string' ? this.#edited(`${type}.${name}`, leaf) : leaf)),
      };
    return { ...options, [name]: this.#of(this.#options.get(`${type}.${name}`) ?? [value]) };
  }

  /** The same text with something left out, put in, doubled or exchanged: letters, or words that others have. */
  #edited(pool: string, text: string): string {
    const words = text.match(/[A-Za-z]+|\d+|\s+|[^A-Za-z\d\s]/g) ?? [];
    if (words.length === 0) return this.#of(this.#wordsOf(pool));
    const at = Math.floor(this.#next() * words.length);
    const others = this.#wordsOf(pool);
    const edits: (() => void)[] = [
      () => words.splice(at, 1),
      () => words.splice(at, 0, this.#of(others)),
      () => words.splice(at, 1, this.#of(others)),
      () => words.splice(at, 1, this.#of(others)),
      () => words.splice(at, 0, words[at]!),
      () => words.splice(at, 1, this.#letters(words[at]!)),
      () => words.splice(at, 1, this.#letters(words[at]!)),
    ];
    this.#of(edits)();
    return words.join('').slice(0, MOST_CHARACTERS);
  }

  #letters(word: string): string {
    const at = Math.floor(this.#next() * word.length);
    const letter = word[at]!;
    return this.#of([
      () => word.slice(0, at) + word.slice(at + 1),
      () => word.slice(0, at) + letter + word.slice(at),
      () => (word === word.toUpperCase() ? word.toLowerCase() : word.toUpperCase()),
      () => word.slice(0, at) + String.fromCharCode(letter.charCodeAt(0) + 1) + word.slice(at + 1),
      () => word.slice(0, at) + this.#of([...' .-,:0Z\n"é']) + word.slice(at),
    ])();
  }

  /** The words of all texts of a group, or of an option. */
  #wordsOf(pool: string): string[] {
    const known = this.#tokens.get(pool);
    if (known !== undefined) return known;
    const texts = [...(this.#leaves.get(pool) ?? []), ...(this.#options.get(pool) ?? [])].flatMap(leavesOf);
    const words = texts.flatMap(text =>
      typeof text === 'string' ? (text.match(/[A-Za-z]+|\d+|\s+|[^A-Za-z\d\s]+/g) ?? []) : [],
    );
    const made = words.length > 0 ? [...new Set(words)] : ['x'];
    this.#tokens.set(pool, made);
    return made;
  }

  #gatherOptions(processors: PipelineSource['processors']): void {
    for (const processor of processors)
      for (const [type, options] of Object.entries(processor))
        if (isFields(options))
          for (const [name, value] of Object.entries(options))
            if (!KEPT.has(name)) add(this.#options, `${type}.${name}`, value);
  }

  #of<T>(items: readonly T[]): T {
    return items[Math.floor(this.#next() * items.length)]!;
  }

  #chance(odds: number): boolean {
    return this.#next() < odds;
  }
}

const VALUES: readonly unknown[] = [
  ...[null, true, false, '', ' ', 'abc', '5', '-1', 'x y', 'é', [], {}, ['a', 'b'], [1, '2'], { k: 'v' }],
  ...[0, 1, -7, 42, 2147483648, 9007199254740993n, new Double(5), 2.5, new Double(-0), 1e-7, new Double(1e10)],
];

/** Values that hold no others. */
function leavesOf(value: unknown): unknown[] {
  if (Array.isArray(value) && value.length > 0) return value.flatMap(leavesOf);
  if (isFields(value) && Object.keys(value).length > 0) return Object.values(value).flatMap(leavesOf);
  return [value];
}

function without(options: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(options).filter(([key]) => key !== name));
}

function add<T>(to: Map<string, T[]>, key: string, value: T): void {
  const list = to.get(key);
  if (list === undefined) to.set(key, [value]);
  else list.push(value);
}
