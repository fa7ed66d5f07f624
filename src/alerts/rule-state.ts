import { parsedJson } from '../base/text/json.ts';
import { type Fields, isFields } from '../core/event.ts';
import { AppendedPieces } from './appended-pieces.ts';
import type { FutureEvents, SavedFuture } from './future-events.ts';
import type { HitCounter } from './hit-counter.ts';
import type { Pending } from './rule-runtime.ts';
import type { SeenIds } from './seen-ids.ts';
import type { RuleCounters } from './state.ts';
import type { PartChanges, SavedParts } from './state-parts.ts';
import type { TopCounts, TopEntry } from './top-counts.ts';
import type { Match, RuleWindow } from './types/kind.ts';
import { linesOf, type PieceTaker, WindowPieces } from './window-pieces.ts';

/** Ids written with the state: what a spool may tell again though its place is not known any more. */
const SAVED_IDS = 2048;
const BASE = 'base';
const FUTURE = 'future';
const TICKS = 'ticks';
const FILLED = 'filled';

/** What a rule knows. */
export interface RuleMemory {
  readonly fingerprint: string;
  readonly window: RuleWindow;
  readonly seen: SeenIds;
  readonly hits: HitCounter;
  readonly top: TopCounts;
  readonly future: FutureEvents;
  /** When a tick found each key last. */
  readonly ticks: Map<string, number>;
  /** Found while the past was read: raised if the hit of the event that completed it still comes. */
  readonly filled: Map<string, Match[]>;
  /** Keys that a limit pushed out. */
  forgotten: number;
  counters: RuleCounters;
}

/** Parts of rules are `rule:PIECE:NAME`. */
const partName = (piece: string, rule: string): string => `rule:${piece}:${rule}`;

/** The pieces of each rule. */
export function piecesByRule(parts: SavedParts): Map<string, Map<string, readonly string[]>> {
  const rules = new Map<string, Map<string, readonly string[]>>();
  for (const [name, lines] of Object.entries(parts)) {
    const [, piece, rule] = /^rule:([\w.]+):(.*)$/s.exec(name) ?? [];
    if (piece === undefined || rule === undefined) continue;
    const pieces = rules.get(rule) ?? new Map<string, readonly string[]>();
    rules.set(rule, pieces.set(piece, lines));
  }
  return rules;
}

/**
 * What a rule knows as parts of the state: a small base, the window in pieces, the ids of the events it has counted. What is
 * large is written only where it changed.
 */
export class RuleState {
  readonly #rule: string;
  readonly #memory: RuleMemory;
  readonly #window: WindowPieces | undefined;
  readonly #seen = new AppendedPieces('s', SAVED_IDS);
  readonly #top: AppendedPieces;
  readonly #waiting = new AppendedPieces('w', Number.MAX_SAFE_INTEGER);
  #waitingWritten = 0;
  /** Of those that are written when they changed, as a whole. */
  readonly #others = new Set<string>();
  #isBaseWritten = false;
  /** Of the last write. */
  #lastChars = 0;
  #charsPerKey = 64;
  /** They changed since they were written. */
  ticksChanged = false;
  filledChanged = false;

  constructor(rule: string, memory: RuleMemory) {
    this.#rule = rule;
    this.#memory = memory;
    this.#window = memory.window.keyed === undefined ? undefined : new WindowPieces(memory.window.keyed);
    this.#top = new AppendedPieces('t', memory.top.limit);
  }

  /** About how many characters there are to write. */
  estimate(): number {
    const { keyed } = this.#memory.window;
    return keyed === undefined ? this.#lastChars : keyed.changes * this.#charsPerKey;
  }

  /** `isWhole`: all of it, where nothing of it is written yet. Gives how many characters that are. */
  take(isWhole: boolean, to: PartChanges): number {
    let chars = 0;
    const taker = this.#takerOf(to, lines => {
      for (const line of lines) chars += line.length;
    });
    this.#waiting.drop(taker);
    this.#waitingWritten = 0;
    const { seen, top, future, window, ticks, filled } = this.#memory;
    window.isChanged = false;
    const changes = window.keyed?.changes ?? 0;
    this.#window?.take(isWhole, taker);
    if (changes > 0) this.#charsPerKey = Math.max(1, chars / changes);
    this.#seen.take(
      seen.takeFresh(),
      () => seen.latest(SAVED_IDS),
      isWhole,
      ids => JSON.stringify(seen.packed(ids)),
      taker,
    );
    this.#top.take(
      top.takeFresh(),
      () => top.latest(),
      isWhole,
      entries => JSON.stringify(entries),
      taker,
    );
    this.#other(FUTURE, future.takeChanged(), future.size, () => future.save(), isWhole, taker);
    this.#other(TICKS, this.ticksChanged, ticks.size, () => [...ticks], isWhole, taker);
    this.#other(FILLED, this.filledChanged, filled.size, () => [...filled], isWhole, taker);
    this.ticksChanged = false;
    this.filledChanged = false;
    taker.put(BASE, this.#base());
    this.#isBaseWritten = true;
    this.#lastChars = chars;
    return chars;
  }

  /**
   * Events of the stream that wait while the past is read into the window: they are counted as far as others know, and
   * would be lost with the process.
   */
  takeWaiting(waiting: readonly Pending[], isWhole: boolean, to: PartChanges): void {
    const text = (some: readonly Pending[]): string => JSON.stringify(some.map(({ id, event }) => [id, event]));
    this.#waiting.take(waiting.slice(this.#waitingWritten), () => waiting, isWhole, text, this.#takerOf(to));
    this.#waitingWritten = waiting.length;
  }

  /** Those that waited when the state was written. */
  restoreWaiting(pieces: ReadonlyMap<string, readonly string[]>): Pending[] {
    const waiting = this.#waiting
      .restore(pieces, countOfList)
      .flatMap(line => (listOf(line) as [string, Fields][]).map(([id, event]) => ({ id, event })));
    this.#waitingWritten = waiting.length;
    return waiting;
  }

  /** All its parts that are written. */
  *names(): IterableIterator<string> {
    for (const piece of this.#pieces()) yield partName(piece, this.#rule);
  }

  *#pieces(): IterableIterator<string> {
    if (this.#isBaseWritten) yield BASE;
    yield* this.#others;
    yield* this.#seen.names();
    yield* this.#top.names();
    yield* this.#waiting.names();
    if (this.#window !== undefined) yield* this.#window.names();
  }

  /**
   * Takes over what was written. False: that is of another window. `broken` for each piece that cannot be read; what it had is missing.
   */
  restore(pieces: ReadonlyMap<string, readonly string[]>, broken: (piece: string, error: unknown) => void): boolean {
    const memory = this.#memory;
    const values = new Map<string, readonly unknown[]>();
    for (const [piece, lines] of pieces) {
      try {
        values.set(
          piece,
          lines.filter(line => line !== '').map(line => JSON.parse(line) as unknown),
        );
      } catch (error) {
        broken(piece, error);
      }
    }
    const [base, ...rows] = values.get(BASE) ?? [];
    if (!isFields(base) || base['fingerprint'] !== memory.fingerprint) return false;
    const { common, partitions, hits, forgotten, counters } = base;
    memory.window.restore([...(Array.isArray(common) ? common : []), ...rows.flat()]);
    const keyed = new Map([...values].flatMap(([piece, lines]) => (/^k\d/.test(piece) ? [[piece, lines.flat()]] : [])));
    this.#window?.restore(keyed, Number(partitions) || 1, some => memory.window.restore(some));
    memory.hits.restore(hits);
    memory.forgotten = Number(forgotten) || 0;
    if (isFields(counters)) memory.counters = { ...memory.counters, ...counters };
    // Versions before 0.3 had all of a rule in one part.
    const rowsOf = (piece: string): unknown[] =>
      values.get(piece)?.flat() ?? (Array.isArray(base[piece]) ? base[piece] : []);
    if (typeof base['seen'] === 'string') memory.seen.restore(base['seen']);
    memory.top.restore(rowsOf('top') as TopEntry[]);
    for (const text of this.#seen.restore(pieces, countOfIds)) memory.seen.restore(textOf(text));
    for (const text of this.#top.restore(pieces, countOfList)) memory.top.restore(listOf(text) as TopEntry[]);
    memory.future.restore(rowsOf(FUTURE) as SavedFuture[]);
    for (const [key, time] of rowsOf(TICKS) as [string, number][]) memory.ticks.set(key, time);
    for (const [id, matches] of rowsOf(FILLED) as [string, Match[]][]) memory.filled.set(id, [...matches]);
    for (const piece of [FUTURE, TICKS, FILLED]) if (pieces.has(piece)) this.#others.add(piece);
    this.#isBaseWritten = true;
    memory.seen.takeFresh();
    memory.top.takeFresh();
    memory.future.takeChanged();
    return true;
  }

  /** The same from what another one knows, for a rule that was edited: nothing of it is written. */
  adopt(from: RuleState): void {
    const memory = this.#memory;
    const other = from.#memory;
    memory.window.restore(JSON.parse(JSON.stringify(other.window.save())));
    memory.seen.adopt(other.seen);
    memory.hits.restore(other.hits.save());
    memory.top.restore(other.top.latest());
    memory.future.restore(other.future.save());
    for (const [key, time] of other.ticks) memory.ticks.set(key, time);
    for (const [id, matches] of other.filled) memory.filled.set(id, matches);
    memory.forgotten = other.forgotten;
    memory.counters = { ...memory.counters, ...other.counters };
  }

  #takerOf(to: PartChanges, seen: (lines: readonly string[]) => void = () => {}): PieceTaker {
    return {
      put: (piece, lines) => {
        seen(lines);
        to.put(partName(piece, this.#rule), lines);
      },
      drop: piece => to.drop(partName(piece, this.#rule)),
    };
  }

  #base(): string[] {
    const { fingerprint, window, hits, forgotten, counters } = this.#memory;
    const base = {
      fingerprint,
      partitions: this.#window?.partitions,
      common: window.keyed?.common(),
      hits: hits.save(),
      forgotten,
      counters,
    };
    return [JSON.stringify(base), ...(window.keyed === undefined ? linesOf(window.save()) : [])];
  }

  #other(
    piece: string,
    isChanged: boolean,
    size: number,
    rows: () => readonly unknown[],
    isWhole: boolean,
    to: PieceTaker,
  ): void {
    if (!isChanged && !isWhole) return;
    if (size > 0) {
      this.#others.add(piece);
      to.put(piece, linesOf(rows()));
    } else if (this.#others.delete(piece)) to.drop(piece);
  }
}

const BASE64_CHARS_PER_ID = 8;

function textOf(line: string): string {
  const value = parsedJson(line);
  return typeof value === 'string' ? value : '';
}

function listOf(line: string): readonly unknown[] {
  const value = parsedJson(line);
  return Array.isArray(value) ? value : [];
}

const countOfIds = (line: string): number => Math.floor(textOf(line).length / BASE64_CHARS_PER_ID);
const countOfList = (line: string): number => listOf(line).length;
