import { TimeBudget } from '../base/flow/time-budget.ts';
import type { ErrorCode } from '../core/codes.ts';
import type { LiveEvents, Predicate, StoredEvent } from '../core/contracts.ts';
import { counter, gauge } from '../core/metrics.ts';

const clients = gauge('longshore_web_tail_clients', 'Open live tails.');
const sent = counter('longshore_web_tail_events_total', 'Events sent to live tails.');
const ended = counter(
  'longshore_web_tail_ended_total',
  'Live tails that were ended because their query cost too much.',
);
const droppedEvents = counter(
  'longshore_web_tail_dropped_total',
  'Events that a live tail was too slow for, or that all live tails together had no time for.',
);

/*
 * Server-sent events:
 *
 *     data: {event as JSON}          an event
 *     event: dropped                 the client is too slow, or all tails cost too much: up to so many events are missing here
 *     data: {"dropped":17}
 *     event: ended                   the tail is ended by the server, and why: it should not be opened again as it is
 *     data: {"code":"LS_WEB_TAIL_COST","message":"..."}
 *     :                              heartbeat
 */

/** What a tail writes to; the response of a request. */
export interface TailSink {
  readonly writableLength: number;
  readonly writableNeedDrain: boolean;
  write(text: string): boolean;
  end(): void;
  destroy(): void;
}

export interface TailLimits {
  readonly max_tail_clients: number;
  /** What may wait for a slow live tail. Events beyond that are dropped for it, and it is told how many. */
  readonly max_tail_buffer_bytes: number;
  /** Interval of the comments that keep a silent live tail open. */
  readonly tail_heartbeat_ms: number;
  /** Milliseconds that the query of one live tail may take of each second. One that needs more is ended, and told why. */
  readonly max_tail_ms_per_second: number;
  /** Milliseconds of each second that all live tails together may take. Events beyond that are dropped for all of them. */
  readonly max_tails_ms_per_second: number;
}

const LIMITS = {
  max_tail_buffer_bytes: 1_000_000,
  tail_heartbeat_ms: 15_000,
  max_tail_ms_per_second: 100,
  max_tails_ms_per_second: 300,
};

/** Heartbeats without any progress after which a client counts as dead. */
const MAX_STALLED_BEATS = 8;

/** Hands live events to the clients: one subscription, one JSON text an event, one flush a turn of the event loop. */
export class TailHub {
  readonly #live: LiveEvents;
  readonly #limits: TailLimits;
  readonly #clients = new Set<TailClient>();
  /** Those that get events by their own query. */
  readonly #followers = new Map<TailClient, () => void>();
  readonly #budget: TimeBudget;
  #unsubscribe: (() => void) | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #flushing = false;

  constructor(live: LiveEvents, limits: Pick<TailLimits, 'max_tail_clients'> & Partial<TailLimits>) {
    this.#live = live;
    this.#limits = { ...LIMITS, ...limits };
    this.#budget = new TimeBudget(this.#limits.max_tails_ms_per_second);
  }

  get isFull(): boolean {
    return this.#clients.size >= this.#limits.max_tail_clients;
  }

  /** The client collects from now on, and writes after `begin`. */
  add(sink: TailSink, wants: Predicate, query = ''): TailClient {
    const { max_tail_buffer_bytes, max_tail_ms_per_second } = this.#limits;
    const client = new TailClient(sink, wants, max_tail_buffer_bytes, max_tail_ms_per_second);
    this.#clients.add(client);
    clients.inc();
    if (this.#live.follow === undefined)
      this.#unsubscribe ??= this.#live.subscribe(event => this.#publish(event, this.#clients));
    else
      this.#followers.set(
        client,
        this.#live.follow(query, event => this.#publish(event, [client])),
      );
    this.#heartbeat ??= setInterval(() => this.#beat(), this.#limits.tail_heartbeat_ms).unref();
    return client;
  }

  remove(client: TailClient): void {
    if (!this.#clients.delete(client)) return;
    clients.dec();
    this.#followers.get(client)?.();
    this.#followers.delete(client);
    if (this.#clients.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }

  stop(): void {
    for (const client of this.#clients) {
      client.end();
      this.remove(client);
    }
  }

  #publish(event: StoredEvent, to: Iterable<TailClient>): void {
    const start = performance.now();
    this.#budget.spend(start, start);
    const isTold = this.#budget.left < 0 ? miss(to) : this.#offer(event, to);
    this.#budget.spend(start, performance.now());
    if (!isTold || this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      for (const client of this.#clients) client.flush();
    });
  }

  /** True when somebody wants it. */
  #offer(event: StoredEvent, to: Iterable<TailClient>): boolean {
    let text: string | undefined;
    for (const client of to) {
      if (client.left < 0) this.#end(client);
      if (!client.wants(event)) continue;
      text ??= eventText(event);
      client.push(text, event._id);
    }
    return text !== undefined;
  }

  #end(client: TailClient): void {
    if (!this.#clients.has(client)) return;
    ended.inc();
    client.endFor('LS_WEB_TAIL_COST', EXPENSIVE);
    this.remove(client);
  }

  #beat(): void {
    for (const client of this.#clients) client.beat();
  }
}

/** Nobody looks whether they want it. */
function miss(all: Iterable<TailClient>): true {
  for (const client of all) client.miss();
  return true;
}

const EXPENSIVE =
  'the query of this live tail takes too much time on the events that come in, and was ended. Use a narrower query, or words instead of a regular expression.';

/** One live tail with what waits for it, at most `maxBytes`. */
export class TailClient {
  readonly #sink: TailSink;
  readonly #predicate: Predicate;
  readonly #maxBytes: number;
  #pending: string[] = [];
  #pendingIds: string[] = [];
  #pendingBytes = 0;
  #dropped = 0;
  #stalledBeats = 0;
  #begun = false;
  #isEnded = false;
  #lastWords: string | undefined;
  readonly #budget: TimeBudget;

  constructor(sink: TailSink, predicate: Predicate, maxBytes: number, msPerSecond: number) {
    this.#sink = sink;
    this.#predicate = predicate;
    this.#maxBytes = maxBytes;
    this.#budget = new TimeBudget(msPerSecond);
  }

  /** Milliseconds that its query may still take. */
  get left(): number {
    return this.#budget.left;
  }

  wants(event: StoredEvent): boolean {
    if (this.#isEnded) return false;
    const start = performance.now();
    try {
      return this.#predicate(event);
    } catch {
      return false;
    } finally {
      this.#budget.spend(start, performance.now());
    }
  }

  push(text: string, id: string): void {
    if (this.#dropped > 0 || this.#pendingBytes + this.#sink.writableLength + text.length > this.#maxBytes) {
      this.#dropped++;
      droppedEvents.inc();
      return;
    }
    this.#pending.push(text);
    if (!this.#begun) this.#pendingIds.push(id);
    this.#pendingBytes += text.length;
  }

  /** An event that it might have wanted. */
  miss(): void {
    if (this.#isEnded) return;
    this.#dropped++;
    droppedEvents.inc();
  }

  /** Writes the events before the live ones (oldest first), then what has come in since, without repeating any. */
  begin(before: readonly StoredEvent[]): void {
    const known = new Set(before.map(event => event._id));
    this.#pending = this.#pending.filter((_, index) => !known.has(this.#pendingIds[index]!));
    this.#pendingIds = [];
    this.#begun = true;
    this.#sink.write(`:\n\n${before.map(eventText).join('')}`);
    if (this.#lastWords === undefined) this.flush();
    else this.#sayLastWords();
  }

  /** Writes what waits; after a gap the number of events that are missing. */
  flush(): void {
    if (!this.#begun) return;
    if (this.#pending.length > 0) {
      sent.inc(this.#pending.length);
      this.#sink.write(this.#pending.join(''));
      this.#pending = [];
      this.#pendingBytes = 0;
    }
    if (this.#dropped > 0 && this.#sink.writableLength < this.#maxBytes / 2) {
      this.#sink.write(`event: dropped\ndata: {"dropped":${this.#dropped}}\n\n`);
      this.#dropped = 0;
    }
  }

  /** The sink has room again. */
  drained(): void {
    this.#stalledBeats = 0;
    this.flush();
  }

  beat(): void {
    if (!this.#sink.writableNeedDrain) {
      this.#stalledBeats = 0;
      if (this.#begun) this.#sink.write(':\n\n');
    } else if (++this.#stalledBeats >= MAX_STALLED_BEATS) this.#sink.destroy();
  }

  /** Writes what waits, then why nothing more comes. */
  endFor(code: ErrorCode, message: string): void {
    this.#isEnded = true;
    this.#lastWords = `event: ended\ndata: ${JSON.stringify({ code, message })}\n\n`;
    if (this.#begun) this.#sayLastWords();
  }

  #sayLastWords(): void {
    this.flush();
    this.#sink.write(this.#lastWords!);
    this.end();
  }

  end(): void {
    this.#isEnded = true;
    this.#sink.end();
  }
}

function eventText(event: StoredEvent): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
