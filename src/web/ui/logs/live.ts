import { signal } from '@preact/signals';
import type { SearchAnswer } from '../../../core/api/search.ts';
import { type ApiError, ask } from '../base/api.ts';
import { follow } from '../base/event-stream.ts';
import { firstWorkDone } from '../base/first-work.ts';
import type { Hit } from './results.ts';

/** A place in the live tail where events are missing; they can be asked for. */
export interface Gap {
  readonly _id: string;
  /** Known, where somebody counted them. */
  readonly missing: number | undefined;
  /** Time of the event below it, ISO. */
  readonly from: string | undefined;
  readonly isFilling?: boolean;
}

export type Row = Hit | Gap;

export const isGap = (row: Row): row is Gap => 'missing' in row && !('@timestamp' in row);

/** Rows that a live tail keeps. */
export const MAX_LIVE_ROWS = 10_000;
const LAST = 200;
const LAST_AGAIN = 1000;
/** Nobody reads faster. */
const DRAW_MS = 100;
const FILL_PAGES = 5;

/**
 * The live tail, the newest row first. What comes is collected and shown once a frame at most. While somebody reads (`holds`) it waits;
 * after a pause or a broken connection what came in between is filled in, and where that is too much a gap stays, which can be filled.
 */
export class Live {
  readonly rows = signal<readonly Row[]>([]);
  readonly state = signal<'off' | 'connecting' | 'open' | 'lost'>('off');
  readonly isPaused = signal(false);
  /** Events that wait for a reader. */
  readonly held = signal(0);
  /** Why the server ended it, or did not begin. */
  readonly problem = signal<string | ApiError | undefined>(undefined);
  /** Somebody reads what is there. */
  holds: () => boolean = () => false;
  readonly #known = new Set<string>();
  #waiting: Row[] = [];
  #overflow = 0;
  #query = '';
  #abort: AbortController | undefined;
  #frame = 0;
  #drawnAt = 0;
  #isAgain = false;
  #gaps = 0;

  start(query: string): void {
    this.stop();
    this.#query = query;
    this.problem.value = undefined;
    this.state.value = 'connecting';
    this.#isAgain = false;
    const abort = new AbortController();
    this.#abort = abort;
    const params: Record<string, string | number> = { query, last: LAST };
    const on = {
      opened: () => {
        firstWorkDone();
        this.#isAgain = this.#known.size > 0;
        // After a break, more of what came meanwhile.
        params['last'] = LAST_AGAIN;
        this.state.value = 'open';
      },
      event: (name: string, data: string) => this.#event(name, data),
      lost: () => {
        this.state.value = 'lost';
      },
      refused: (error: ApiError) => this.#end(error),
    };
    void follow('api/tail', params, on, abort.signal);
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#waiting = [];
    this.#overflow = 0;
    this.#known.clear();
    this.rows.value = [];
    this.held.value = 0;
    this.isPaused.value = false;
    this.state.value = 'off';
  }

  /** Shows what has been held, and goes on. */
  resume(): void {
    this.isPaused.value = false;
    this.#show();
  }

  /** Asks for what is missing in a gap and puts it there; more than some thousand stay away. */
  async fill(gap: Gap): Promise<void> {
    const signal = this.#abort?.signal;
    const at = this.rows.peek().indexOf(gap);
    if (signal === undefined || at < 0 || gap.isFilling === true) return;
    const busy: Gap = { ...gap, isFilling: true };
    this.#replace(gap, [busy]);
    const above = this.rows.peek()[at - 1];
    const to = above === undefined || isGap(above) ? undefined : above['@timestamp'];
    const found: Hit[] = [];
    try {
      let cursor: string | undefined;
      for (let page = 0; page < FILL_PAGES; page++) {
        const params = { query: this.#query, from: gap.from, to, size: 1000, total: 'false', cursor };
        const answer = await ask<SearchAnswer>('api/search', params, { signal });
        found.push(...answer.hits.filter(hit => !this.#known.has(hit._id)));
        cursor = answer.cursor;
        if (cursor === undefined) break;
      }
      for (const { _id } of found) this.#known.add(_id);
      const rest = cursor === undefined ? [] : [{ ...gap, _id: this.#gapId(), missing: undefined }];
      this.#replace(busy, [...found, ...rest]);
    } catch {
      this.#replace(busy, [gap]);
    }
  }

  #replace(row: Row, by: readonly Row[]): void {
    this.rows.value = this.rows.peek().flatMap(other => (other === row ? by : [other]));
  }

  #event(name: string, data: string): void {
    if (name === 'ended') {
      this.#end((JSON.parse(data) as { message: string }).message);
      return;
    }
    if (name === 'dropped') this.#take(this.#gap((JSON.parse(data) as { dropped: number }).dropped));
    else if (name === 'message') {
      const hit = JSON.parse(data) as Hit;
      if (this.#isAgain) this.#joinsOn(hit);
      if (this.#known.has(hit._id)) return;
      this.#known.add(hit._id);
      this.#take(hit);
    }
  }

  /** The first event after a break: where it is newer than all that are known, there may be others in between. */
  #joinsOn(hit: Hit): void {
    this.#isAgain = false;
    const newest = this.#newest();
    if (newest !== undefined && !this.#known.has(hit._id) && hit['@timestamp'] > newest)
      this.#take(this.#gap(undefined));
  }

  #gap(missing: number | undefined): Gap {
    return { _id: this.#gapId(), missing, from: this.#newest() };
  }

  #gapId(): string {
    return `gap ${++this.#gaps}`;
  }

  #newest(): string | undefined {
    const row = this.#waiting.findLast(each => !isGap(each)) ?? this.rows.peek().find(each => !isGap(each));
    return row === undefined || isGap(row) ? undefined : row['@timestamp'];
  }

  #take(row: Row): void {
    this.#waiting.push(row);
    if (this.#waiting.length > 2 * MAX_LIVE_ROWS) this.#overflow += this.#waiting.splice(0, MAX_LIVE_ROWS).length;
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#frame = 0;
    const now = performance.now();
    if (now - this.#drawnAt < DRAW_MS) {
      this.#frame = requestAnimationFrame(() => this.#draw());
      return;
    }
    this.#drawnAt = now;
    if (this.isPaused.peek() || this.holds()) this.held.value = this.#waiting.length + this.#overflow;
    else this.#show();
  }

  #show(): void {
    this.held.value = 0;
    if (this.#waiting.length === 0) return;
    const before = this.rows.peek();
    const fresh = this.#waiting.reverse();
    this.#waiting = [];
    if (this.#overflow > 0) {
      const newest = before.find(row => !isGap(row));
      const from = newest === undefined || isGap(newest) ? undefined : newest['@timestamp'];
      fresh.push({ _id: this.#gapId(), missing: this.#overflow, from });
      this.#overflow = 0;
    }
    const all = [...fresh, ...before];
    for (const { _id } of all.slice(MAX_LIVE_ROWS)) this.#known.delete(_id);
    this.rows.value = all.slice(0, MAX_LIVE_ROWS);
  }

  #end(problem: string | ApiError): void {
    this.#abort?.abort();
    this.#show();
    this.problem.value = problem;
    this.state.value = 'off';
  }
}
