import type { AlertHit } from '../alerts/engine.ts';
import type { HitSource, HitTaker, PositionHits } from '../alerts/hit-source.ts';
import { abortableDelay, orAborted } from '../base/flow/abort.ts';
import { Backoff } from '../base/flow/backoff.ts';
import type { Connection } from '../buffer/redis/connection.ts';
import type { Durability } from '../buffer/redis/durability.ts';
import { DurableConnection } from '../buffer/redis/durable-connection.ts';
import { RedisFailure, redisFailure } from '../buffer/redis/failure.ts';
import { keysOf } from '../buffer/redis/keys.ts';
import * as metrics from '../buffer/redis/metrics.ts';
import { REDIS_LIMITS, type RedisBufferOptions } from '../buffer/redis/options.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { faultPoint } from '../core/fault.ts';
import { logger } from '../core/log.ts';
import type { Hits } from './hits.ts';
import { packText } from './hits-codec.ts';
import { type Batch, OutgoingSource } from './hits-source.ts';

const log = logger('redis');

const REFILL_BYTES = 4_000_000;
const ASK_AGAIN_MS = 200;
const MAX_RETRY_MS = 2000;
/** Hits that were let go are told of once in this time. */
const TELL_INTERVAL_MS = 60_000;

/** What an entry becomes in Redis. */
interface Reply {
  outcome: 'added' | 'known' | 'gap' | 'left_out';
  id: string;
}

/**
 * The way of hits from intake to the one evaluator of alert rules, over a stream in Redis.
 *
 * Is: in order for each source, at least once (the evaluator tells by the positions), and safe before the spool may forget them. While
 * Redis is away, hits stay in the spool, which keeps their logs: in memory there are at most `hits_max_pending_bytes`,
 * and the rest is read again later. Is not: a reason for intake to wait. When nobody evaluates and the stream has
 * `hits_max_bytes`, its oldest entries are let go, and that is said.
 */
export class HitsStream implements Hits {
  readonly #options: RedisBufferOptions & typeof REDIS_LIMITS;
  readonly #commands: Connection;
  readonly #link: DurableConnection;
  readonly #durability: Durability;
  readonly #spools = new Map<string, HitSource>();
  /** Those whose spools are open. */
  readonly #sources = new Map<string, OutgoingSource>();
  /** Sources that are being sent, and those that something new is known of since. */
  readonly #pumping = new Set<string>();
  readonly #wanted = new Set<string>();
  readonly #closed = new AbortController();
  #isStarted = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  #droppedUntold = 0;

  /** @throws LongshoreError LS_REDIS_URL, LS_REDIS_CA_FILE */
  constructor(options: RedisBufferOptions) {
    this.#options = { ...REDIS_LIMITS, ...options };
    this.#link = new DurableConnection(options, ids => this.#areKnown(ids));
    this.#commands = this.#link.commands;
    this.#durability = this.#link.durability;
  }

  /** Does not wait for Redis. */
  async start(): Promise<void> {
    this.#isStarted = true;
    this.#commands.onReady(() => {
      for (const name of this.#sources.keys()) this.#pump(name);
    });
    this.#link.open();
    for (const name of this.#sources.keys()) this.#pump(name);
  }

  add(name: string, spool: HitSource): HitTaker {
    this.#spools.set(name, spool);
    let last = 0;
    return {
      // Redis knows: what a spool still has is read again, in parts that fit into memory.
      persisted: () => undefined,
      opened: () => {
        if (!this.#sources.has(name))
          this.#sources.set(name, new OutgoingSource(name, this.#options.hits_max_pending_bytes, true));
        this.#pump(name);
      },
      // What a spool tells while it opens is read again; a worker that is back tells again what was taken.
      take: (hits, position) => {
        const source = this.#sources.get(name);
        if (source === undefined || position <= last) return;
        last = position;
        this.#take(source, position, hits);
      },
      watermark: at => {
        if (at === undefined) return;
        this.#sources.get(name)?.setWatermark(at);
        this.#pump(name);
      },
    };
  }

  /** All hits of one position together. */
  #take(source: OutgoingSource, position: number, hits: readonly AlertHit[]): void {
    if (hits.length === 0) return;
    const wasBehind = source.isBehind;
    if (!source.add(position, hits) && !wasBehind) {
      metrics.hitsLeftToSpool.inc();
      log.warn({ source: source.name }, 'alerts are late: Redis is too slow for the hits, which wait in the spool');
    }
    this.#pump(source.name);
  }

  /** The source has ended orderly: nobody needs to wait for its watermark. */
  goodbye(source: string): void {
    this.#sources.get(source)?.sayGoodbye();
    this.#pump(source);
  }

  /** Bytes that wait in memory. */
  get pendingBytes(): number {
    let bytes = 0;
    for (const source of this.#sources.values()) bytes += source.bytes;
    return bytes;
  }

  /** Says goodbye for all sources when all their hits are safe, as far as the signal allows. */
  async stop(signal: AbortSignal): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const until = AbortSignal.any([signal, AbortSignal.timeout(this.#link.fenceTimeoutMs)]);
    if (this.#isStarted) {
      for (const name of this.#sources.keys()) this.goodbye(name);
      await orAborted(this.#drained(until), until);
    }
    this.#closed.abort();
    this.#link.close();
  }

  async #drained(until: AbortSignal): Promise<void> {
    const hasMore = (): boolean => this.#pumping.size > 0 || [...this.#sources.values()].some(one => !one.isEmpty);
    while (hasMore() && this.#commands.isReady && !until.aborted) await abortableDelay(5, until);
  }

  #pump(name: string): void {
    if (!this.#isStarted || this.#closed.signal.aborted) return;
    const source = this.#sources.get(name);
    if (source === undefined) return;
    this.#wanted.add(name);
    if (this.#pumping.has(name)) return;
    this.#pumping.add(name);
    void this.#pumpWhileWanted(name, source);
  }

  async #pumpWhileWanted(name: string, source: OutgoingSource): Promise<void> {
    while (this.#wanted.delete(name)) await this.#sendAll(source);
    this.#pumping.delete(name);
  }

  /** Sends until there is nothing more to send. */
  async #sendAll(source: OutgoingSource): Promise<void> {
    const { signal } = this.#closed;
    let epoch = this.#commands.epoch;
    const backoff = new Backoff({ baseMs: 100, capMs: MAX_RETRY_MS });
    while (!signal.aborted) {
      try {
        if (!this.#commands.isReady) {
          // What was not safe may be gone with the server, and order must hold.
          source.again();
          return;
        }
        if (epoch !== this.#commands.epoch) {
          source.again();
          epoch = this.#commands.epoch;
        }
        if (!(await this.#sendNext(source))) return;
        backoff.reset();
      } catch (error) {
        const failure = error instanceof LongshoreError ? error : redisFailure(error);
        metrics.hitsRefused.inc({ reason: failure instanceof RedisFailure ? failure.kind : 'spool' });
        if (backoff.failures === 0)
          log.warn(
            { source: source.name, error: failure.message },
            'alerts are late: Redis refuses the hits, which wait in the spool; retrying',
          );
        await backoff.wait(signal);
      }
    }
  }

  /** False when there is nothing to send. */
  async #sendNext(source: OutgoingSource): Promise<boolean> {
    const batch = source.next();
    if (batch !== undefined) {
      await this.#sendBatch(source, batch);
      return true;
    }
    if (source.isBehind) {
      // What is sent but not safe yet must leave the memory first.
      if (source.bytes > this.#options.hits_max_pending_bytes / 2) return false;
      const { latest } = source;
      const { positions, isAll } = await this.#reread(source);
      source.refill(positions, isAll, latest);
      if (positions.length === 0 && !isAll) await abortableDelay(ASK_AGAIN_MS, this.#closed.signal);
      return true;
    }
    const saying = source.takeSaying();
    if (saying === undefined) return false;
    await this.#add(source, undefined, '', saying.watermark, saying.goodbye);
    return true;
  }

  async #reread(source: OutgoingSource): Promise<{ positions: PositionHits[]; isAll: boolean }> {
    try {
      return await this.#spools.get(source.name)!.reread(source.queuedUpTo, REFILL_BYTES);
    } catch (cause) {
      throw new LongshoreError('LS_REDIS_HITS_SPOOL', `Hits in the spool cannot be read: ${messageOf(cause)}.`, {
        retryable: true,
        cause,
      });
    }
  }

  async #sendBatch(source: OutgoingSource, batch: Batch): Promise<void> {
    const payload = await packText(`[${batch.texts.join(',')}]`, this.#options.compression_level);
    await this.#durability.assertRoom(payload.length, this.#options.min_free_memory_percent);
    const { epoch } = this.#commands;
    const { turn } = source;
    const { outcome, id } = await this.#add(source, batch, payload, batch.watermark, false);
    if (turn !== source.turn) return;
    if (outcome === 'gap') {
      metrics.hitsGaps.inc();
      log.warn({ source: source.name }, 'Redis lost hits (restart or eviction); sending the recent ones again');
      source.again();
      return;
    }
    faultPoint('redis.after_hits');
    source.sent();
    metrics.hitsSent.inc(batch.hits);
    this.#durability.confirm(id, epoch).then(
      () => {
        const position = source.safe(batch);
        if (position !== undefined) this.#spools.get(source.name)!.releaseHits(position);
        this.#pump(source.name);
      },
      (error: unknown) => {
        if (this.#closed.signal.aborted) return;
        log.warn({ error: messageOf(error) }, 'Redis did not confirm the hits; sending them again');
        source.again();
        this.#pump(source.name);
      },
    );
  }

  async #add(
    source: OutgoingSource,
    batch: Batch | undefined,
    payload: string,
    watermark: number | undefined,
    goodbye: boolean,
  ): Promise<Reply> {
    this.#commands.assertReady();
    const { queue, hits_max_bytes } = this.#options;
    const { hits, hitSizes, hitSources } = keysOf(queue);
    const reply = (await this.#commands.script(
      'longshoreHitsAdd',
      [hits, hitSizes, hitSources],
      [
        source.name,
        batch?.first ?? '',
        batch?.last ?? '',
        source.sentUpTo ?? '',
        payload,
        batch?.hits ?? '',
        watermark ?? '',
        goodbye ? 1 : '',
        Math.floor(hits_max_bytes),
      ],
    )) as [number, string?, number?, number?];
    this.#tellDropped(reply[3] ?? 0, reply[2] ?? 0);
    return { outcome: OUTCOMES[reply[0]] ?? 'left_out', id: reply[1] ?? '0-0' };
  }

  #tellDropped(hits: number, entries: number): void {
    if (entries === 0) return;
    metrics.hitsDropped.inc(hits);
    this.#droppedUntold += hits;
    if (performance.now() - this.#toldAt < TELL_INTERVAL_MS) return;
    log.error(
      { hits: this.#droppedUntold },
      'nobody evaluates alert rules: `buffer.hits_max_bytes` of hits are in Redis, and the oldest are let go',
    );
    this.#toldAt = performance.now();
    this.#droppedUntold = 0;
  }

  async #areKnown(ids: readonly string[]): Promise<boolean[]> {
    const { hits, hitSizes } = keysOf(this.#options.queue);
    const answers = (await this.#commands.script('longshoreHitsKnown', [hits, hitSizes], ids)) as number[];
    return ids.map((_, i) => answers[i] === 1);
  }
}

const OUTCOMES: Record<number, Reply['outcome'] | undefined> = { 1: 'added', 2: 'known', 3: 'gap', 4: 'left_out' };
