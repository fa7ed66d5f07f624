import type { FileReader } from '../../base/disk/file-reader.ts';
import { abortableDelay, orAborted } from '../../base/flow/abort.ts';
import { compress } from '../../base/forward/compression.ts';
import type { Chunk } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { TargetConnection } from './connection.ts';
import { choose, TargetHealth, toProbe } from './failover.ts';
import { encodeMessage, type Message, packChunk } from './messages.ts';
import * as metrics from './metrics.ts';
import type { ForwardOutOptions, ForwardTarget } from './options.ts';

const log = logger('forward-out');
const SAY_AGAIN_MS = 60_000;

export interface SenderDeps {
  /** For the log and the metrics: `store`, or the name of a copy. */
  readonly name: string;
  /** A random name of this data_dir: makes message ids ours. */
  readonly node: string;
}

export interface SenderState {
  readonly ready: boolean;
  readonly alarm: string | undefined;
}

interface Link {
  readonly target: ForwardTarget;
  readonly health: TargetHealth;
  connection: TargetConnection | undefined;
  opening: Promise<TargetConnection> | undefined;
  /** When the log last heard of a failure, and whether it did of the present one. */
  saidAt: number;
  isSaid: boolean;
  readonly isConnected: boolean;
}

/** What `Sender` delivers. */
export interface ChunkDelivery {
  readonly id: string;
  read(): Promise<Buffer>;
  /** What was read is needed no more. */
  give?(body: Buffer): void;
}

/**
 * Sends chunks to the first target that takes them, each until every message of it is acknowledged. A message that may
 * have arrived is sent again under the same id, to the same target as long as that is not down: a receiver that knows
 * ids stores it once.
 */
export class Sender {
  readonly #options: ForwardOutOptions;
  readonly #deps: SenderDeps;
  readonly #links: readonly Link[];
  readonly #ending = new AbortController();
  #running = 0;
  /** Chunks are read and packed one after another. */
  #turn: Promise<void> = Promise.resolve();
  /** After `stop`: nothing is under way. */
  readonly #idle = Promise.withResolvers<void>();
  #wasReady = false;

  constructor(options: ForwardOutOptions, deps: SenderDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#links = options.targets.map(target => ({
      target,
      health: new TargetHealth(),
      connection: undefined,
      opening: undefined,
      saidAt: Number.NEGATIVE_INFINITY,
      isSaid: false,
      get isConnected(): boolean {
        return (this as Link).connection?.isOpen === true;
      },
    }));
  }

  /** Connects to the first target, for readiness and so that a mistake shows at once; nobody has to wait for it. */
  start(): void {
    this.#open(this.#links[0]!).catch(() => {});
  }

  get state(): SenderState {
    const failing = this.#links.filter(({ health }) => health.failingSince !== undefined);
    const everyFails = failing.length === this.#links.length;
    return {
      ready: this.#wasReady && !everyFails,
      alarm: everyFails ? failing.map(({ health }) => health.lastError!.message).join(' ') : undefined,
    };
  }

  /**
   * Resolves when all events of the chunk are acknowledged, however long the targets are away. Rejects with
   * LS_FORWARD_STOPPED (retryable), and with what `read` throws. Chunks leave in the order of the calls.
   */
  async deliver(chunk: ChunkDelivery): Promise<void> {
    if (this.#ending.signal.aborted) throw stopped();
    this.#running++;
    try {
      const prepared = this.#turn.then(() => this.#prepare(chunk));
      this.#turn = prepared.then(nothing, nothing);
      const messages = await prepared;
      await Promise.all(messages.map(([message, bytes]) => this.#deliver(message, bytes)));
    } finally {
      this.#running--;
      if (this.#running === 0 && this.#ending.signal.aborted) this.#idle.resolve();
    }
  }

  /** Ends pauses at once; what is on its way may still be acknowledged until the signal aborts. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#ending.abort();
    if (this.#running > 0) await orAborted(this.#idle.promise, signal);
    for (const link of this.#links) link.connection?.destroy();
  }

  async #prepare(chunk: ChunkDelivery): Promise<[Message, Buffer][]> {
    const { max_message_bytes } = this.#options;
    const method = this.#options.compress === 'none' ? undefined : this.#options.compress;
    const { node } = this.#deps;
    const body = await chunk.read();
    const messages = packChunk(body, { node, chunk: chunk.id, maxMessageBytes: max_message_bytes });
    chunk.give?.(body);
    const prepared: [Message, Buffer][] = [];
    for (const message of messages) {
      const entries = method === undefined ? message.entries : await compress(method, message.entries);
      prepared.push([message, encodeMessage(message, entries, method)]);
    }
    return prepared;
  }

  async #deliver(message: Message, bytes: Buffer): Promise<void> {
    const { failover_after_ms } = this.#options;
    let last: Link | undefined;
    for (let isFirst = true; ; isFirst = false) {
      const link = choose(this.#links, last, performance.now(), failover_after_ms);
      for (const better of toProbe(this.#links, link, performance.now())) this.#open(better).catch(() => {});
      try {
        const connection = await this.#open(link);
        if (last !== undefined) metrics.resentMessages.inc({ name: this.#deps.name });
        last = link;
        await connection.send(message.id, bytes);
        this.#took(link, message, bytes.length);
        return;
      } catch (error) {
        if (this.#ending.signal.aborted) throw stopped(error);
        if (error instanceof LongshoreError) this.#failed(link, error);
        else {
          log.error({ name: this.#deps.name, error: messageOf(error) }, 'a message could not be sent');
          await abortableDelay(isFirst ? 100 : 1000, this.#ending.signal);
        }
      }
    }
  }

  /** The connection to a target, after the pause that its failures cost. All who wait get the same one. */
  async #open(link: Link): Promise<TargetConnection> {
    while (link.isConnected && link.connection!.isBusy) await abortableDelay(1, this.#ending.signal);
    if (link.isConnected) return link.connection!;
    if (this.#ending.signal.aborted) throw stopped();
    link.opening ??= this.#connect(link).finally(() => {
      link.opening = undefined;
    });
    return link.opening;
  }

  async #connect(link: Link): Promise<TargetConnection> {
    const { target, health } = link;
    const pause = health.retryAt - performance.now();
    if (pause > 0) await abortableDelay(pause, this.#ending.signal);
    if (this.#ending.signal.aborted) throw stopped();
    try {
      const connection = await TargetConnection.open(target, this.#options, error => {
        // The first thing that a target whose key we lack says is HELO: nothing need be on its way then. An idle
        // connection that ends is no failure; what else is on its way reports it itself.
        if (error.code === 'LS_FORWARD_HANDSHAKE') this.#failed(link, error);
      });
      link.connection = connection;
      this.#wasReady = true;
      if (health.failingSince === undefined) {
        log.info({ name: this.#deps.name, target: target.address }, 'connected');
      }
      return connection;
    } catch (error) {
      if (error instanceof LongshoreError) this.#failed(link, error);
      throw error;
    }
  }

  #failed(link: Link, error: LongshoreError): void {
    // All who waited for one connection bring the same error.
    if (this.#ending.signal.aborted || link.health.lastError === error) return;
    const now = performance.now();
    const { target, health } = link;
    const { name } = this.#deps;
    health.failed(error, now, this.#options.max_retry_interval_ms);
    metrics.targetFailures.inc({ name, target: target.address });
    const { alarm } = this.state;
    if (alarm !== undefined) metrics.alarmed.set({ name }, 1);
    if (now - link.saidAt < SAY_AGAIN_MS) return;
    link.saidAt = now;
    link.isSaid = true;
    const details = { name, target: target.address, error: error.message };
    if (alarm === undefined) log.warn(details, 'a target accepts no events; using the next one');
    else log.error(details, 'no target accepts events; they wait on disk');
  }

  #took(link: Link, { events }: Message, bytes: number): void {
    const { name } = this.#deps;
    const { health, target } = link;
    if (health.failingSince !== undefined) {
      if (link.isSaid) {
        const seconds = Math.round((performance.now() - health.failingSince) / 1000);
        log.info({ name, target: target.address, after_s: seconds }, 'the target accepts events again');
      }
      link.isSaid = false;
      health.succeeded();
      metrics.alarmed.set({ name }, 0);
    }
    metrics.sentEvents.inc({ name }, events);
    metrics.sentMessages.inc({ name });
    metrics.sentBytes.inc({ name }, bytes);
  }
}

const nothing = (): void => {};

function stopped(cause?: unknown): LongshoreError {
  return new LongshoreError('LS_FORWARD_STOPPED', 'forwarding has stopped.', { retryable: true, cause });
}

/** A chunk to be sent, read when its turn comes. Reading throws LS_FORWARD_CHUNK_MISSING (permanent), LS_FORWARD_READ_CHUNK. */
export function chunkFile({ id, path, bytes }: Pick<Chunk, 'id' | 'path' | 'bytes'>, files: FileReader): ChunkDelivery {
  const read = async () => {
    try {
      return await files.read({ path, bytes });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
        throw new LongshoreError('LS_FORWARD_CHUNK_MISSING', `the file of chunk ${id} does not exist.`, { cause });
      }
      throw new LongshoreError('LS_FORWARD_READ_CHUNK', `chunk ${id} cannot be read: ${messageOf(cause)}.`, {
        retryable: true,
        cause,
      });
    }
  };
  return { id, read, give: body => files.give(body) };
}
