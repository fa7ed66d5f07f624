import type { IncomingMessage } from 'node:http';
import type { Logger } from '../../core/log.ts';
import type { LogThrottle } from '../log-throttle.ts';
import type { Inspected } from './container.ts';
import { FrameDecoder, type LogDecoder, type LogLine, TerminalDecoder } from './log-stream.ts';
import * as metrics from './metrics.ts';
import { type HoldBudget, Ordinals, type PlacedLine, Search } from './position.ts';
import { Repeats } from './repeats.ts';
import type { LogState } from './state.ts';

/** What is written meanwhile goes along. */
const GATHER_MS = 25;
const MAX_AGE_MS = 150;
/** As long as nothing comes, what was known before is not there any more. */
const QUIET_MS = 3000;
/**
 * Whoever does not read for so long may miss rotations: engines give only the last of them. Opened anew, the log begins with
 * all files that are left.
 */
const STALL_MS = 1000;
/** To open a log costs the engine work: a tenth of the time at most. */
const SEARCH_SHARE = 10;
const LINE_OVERHEAD = 100;

export interface ReadingDeps {
  readonly state: LogState;
  readonly container: Inspected;
  readonly maxLineBytes: number;
  /** The engine gives lines again when it rotates. */
  readonly repeats: boolean;
  readonly budget: HoldBudget;
  /** Of one batch, at most. */
  readonly batchBytes: () => number;
  /** Resolves when they are durable. `name`: they were handed on under it before. */
  readonly hand: (lines: readonly PlacedLine[], name: string | undefined) => Promise<void>;
  /** Something came: the engine is well. */
  readonly heard: () => void;
  readonly log: Logger;
  readonly throttle: LogThrottle;
}

export function decoderOf({ isTty }: Inspected, maxLineBytes: number): LogDecoder {
  return isTty ? new TerminalDecoder(maxLineBytes) : new FrameDecoder(maxLineBytes);
}

/** Reads one answer of the engine: finds the place where the last one ended, and hands on what is behind it. */
export class LogReading {
  readonly #deps: ReadingDeps;
  readonly #search: Search;
  readonly #ordinals = new Ordinals();
  readonly #repeats: Repeats | undefined;
  readonly #openedAt = performance.now();
  /** What it took to find the place. */
  #searchMs = 0;
  #batch: PlacedLine[] = [];
  #batchBytes = 0;
  #batchSince = 0;

  constructor(deps: ReadingDeps) {
    this.#deps = deps;
    this.#search = new Search(deps.state, deps.budget);
    this.#repeats = deps.repeats ? new Repeats() : undefined;
  }

  /**
   * True: the answer came to its end; false: it was not read for so long that the engine may have left something out. Rejects
   * when it broke off, or is none: what was whole is durable then.
   */
  async run(response: IncomingMessage): Promise<boolean> {
    const decoder = decoderOf(this.#deps.container, this.#deps.maxLineBytes);
    const search = this.#search;
    try {
      if (!(await this.#read(response, decoder))) return false;
      for (const line of decoder.end()) await this.#take(line);
      if (!search.isOver) this.#found(search.giveUp().lines);
      await this.#deliver();
      return true;
    } catch (error) {
      if (search.isOver) await this.#deliver();
      throw error;
    } finally {
      search.close();
      response.destroy();
    }
  }

  async #read(response: IncomingMessage, decoder: LogDecoder): Promise<boolean> {
    const search = this.#search;
    const chunks = (response as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    let next = chunks.next();
    for (;;) {
      next.catch(() => {});
      const isWaiting = !search.isOver || this.#batch.length > 0;
      const got = isWaiting ? await within(next, search.isOver ? GATHER_MS : QUIET_MS) : await next;
      if (got === LATE) {
        if (search.isOver) await this.#deliver();
        else this.#found(search.giveUp().lines);
        continue;
      }
      if (got.done === true) return true;
      this.#deps.heard();
      const begun = performance.now();
      for (const line of decoder.push(got.value)) await this.#take(line);
      if (this.#batch.length > 0 && performance.now() - this.#batchSince >= MAX_AGE_MS) await this.#deliver();
      const stall = performance.now() - begun;
      if (
        this.#deps.container.mayRotate &&
        search.isOver &&
        stall > Math.max(STALL_MS, SEARCH_SHARE * this.#searchMs)
      ) {
        await this.#deliver();
        return false;
      }
      next = chunks.next();
    }
  }

  async #take(line: LogLine): Promise<void> {
    if (this.#repeats?.has(line) === true) return;
    const placed = this.#ordinals.place(line);
    if (this.#search.isOver) this.#add(placed);
    else {
      const found = this.#search.take(placed);
      if (found === undefined) return;
      this.#searchMs = performance.now() - this.#openedAt;
      if (found.name !== undefined) await this.#deps.hand(found.lines, found.name);
      else this.#found(found.lines);
    }
    if (this.#batchBytes >= this.#deps.batchBytes()) await this.#deliver();
  }

  #found(lines: readonly PlacedLine[]): void {
    const { dropped, isGap } = this.#search;
    if (dropped > 0) metrics.lostLines.inc(dropped);
    if (isGap) {
      metrics.gaps.inc();
      if (this.#deps.throttle.allows('gap'))
        this.#deps.log.warn(
          { container: this.#deps.state.name },
          'the engine has rotated away what was read last of a container: lines behind it may be lost',
        );
    }
    for (const line of lines) this.#add(line);
  }

  #add(line: PlacedLine): void {
    if (this.#batch.length === 0) this.#batchSince = performance.now();
    this.#batch.push(line);
    this.#batchBytes += line.bytes.length + LINE_OVERHEAD;
  }

  async #deliver(): Promise<void> {
    const lines = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    if (lines.length > 0) await this.#deps.hand(lines, undefined);
  }
}

const LATE = Symbol('late');

/** What the promise gives, or `LATE` when it takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>(resolve => {
    timer = setTimeout(resolve, ms, LATE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
