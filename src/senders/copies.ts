import { link, mkdir, readdir, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FileReader } from '../base/disk/file-reader.ts';
import { syncPath } from '../base/disk/folder.ts';
import { ANY, bytes, type OptionsOf } from '../base/options.ts';
import type { Chunk, Lifecycle } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { counter, gauge } from '../core/metrics.ts';
import { forwardOutProperties } from './forward/options.ts';
import { chunkFile, Sender } from './forward/sender.ts';

export const copiesSchema = {
  type: 'array',
  maxItems: 8,
  default: [],
  description:
    'Whole copies of what is taken in, beside the store, for example to the Fluentd that is there already. A copy that is away holds up nothing: it waits on the disk, up to its max_bytes.',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'targets'],
    properties: {
      type: { const: 'forward', default: 'forward', description: 'The kind of copy: the forward protocol.' },
      name: {
        type: 'string',
        pattern: '^[a-z0-9][a-z0-9_-]{0,63}$',
        description: 'Name of the folder in data_dir/copies, of the metrics and in the log; each copy has its own.',
      },
      max_bytes: bytes(
        1_000_000,
        ANY,
        1_000_000_000,
        'What may wait for this copy. Beyond it the oldest events are dropped from the copy, and counted.',
      ),
      ...forwardOutProperties,
    },
  },
} as const;

/** One of `copies`, after validation. */
export type CopyOptions = OptionsOf<typeof copiesSchema.items>;

const log = logger('copies');
const droppedEvents = counter(
  'longshore_copy_dropped_events_total',
  'Events that a copy will never get: more than its max_bytes waited, or its folder could not be written.',
  ['name'],
);
const waitingBytes = gauge('longshore_copy_waiting_bytes', 'Bytes that wait for a copy.', ['name']);

export interface CopiesDeps {
  /** `data_dir/copies`. */
  readonly dir: string;
  /** Where the spool puts its chunks: what is there is offered again after a start. */
  readonly chunkDir: string;
  /** Random name of this data_dir. */
  readonly node: string;
  /** Where several processes share the folder: the workers whose chunks are ours. */
  readonly isWanted?: ((worker: string) => boolean) | undefined;
}

/**
 * Copies of all chunks, beside the store. `keep` is asked before a chunk is offered to the store and links its file into
 * the folder of each copy; each folder is drained on its own.
 *
 *     copies/<name>/<file name of the chunk>        waits to be sent; a second name of the chunk's file
 *     copies/<name>/<file name of the chunk>.sent   was sent, and the store still has the chunk's file: it may be offered
 *                                                   again, now or after a restart, and must not be sent again
 *
 * Is: whole chunks, in any order, at least once (a receiver that knows chunk ids has them once), over restarts.
 * Is not: a reason to wait. The disk space of a chunk is free when the store and all copies are done with it.
 */
export class Copies implements Lifecycle {
  readonly #copies: readonly Copy[];

  constructor(options: readonly CopyOptions[], deps: CopiesDeps) {
    this.#copies = options.map(copy => new Copy(copy, deps));
  }

  async start(): Promise<void> {
    for (const copy of this.#copies) await copy.start();
  }

  /** Nothing is waited for: what has not been sent is sent after the next start. */
  async stop(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#copies.map(copy => copy.stop(signal)));
  }

  /** Links the chunk for the copies, before the store may take its file. Never rejects. */
  async keep(chunk: Chunk): Promise<void> {
    for (const copy of this.#copies) await copy.keep(chunk);
  }
}

interface Waiting {
  readonly id: string;
  readonly file: string;
  readonly bytes: number;
  readonly events: number;
}

const CHUNK_FILE = /^(\d{16}\.[a-z0-9]+\.\d{8})\.(\d+)\.-?\d+\.-?\d+\.ndjson$/;
const SENT = '.sent';
const SWEEP_MS = 60_000;

class Copy {
  readonly #options: CopyOptions;
  readonly #deps: CopiesDeps;
  readonly #dir: string;
  readonly #sender: Sender;
  readonly #files = new FileReader();
  /** By file name, oldest first. */
  readonly #waiting = new Map<string, Waiting>();
  /** File names of those that are being sent. */
  readonly #running = new Set<string>();
  /** File names of chunks that are done with and may be offered again. */
  readonly #sent = new Set<string>();
  #sweep: NodeJS.Timeout | undefined;
  #bytes = 0;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(options: CopyOptions, deps: CopiesDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#dir = join(deps.dir, options.name);
    this.#sender = new Sender(options, { name: options.name, node: deps.node });
  }

  async start(): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    const offeredAgain = new Set(await readdir(this.#deps.chunkDir).catch(() => []));
    for (const name of (await readdir(this.#dir)).sort()) {
      // `<log>.<worker>.<day>...`
      if (this.#deps.isWanted?.(name.split('.')[1] ?? '') === false) continue;
      if (name.endsWith(SENT)) {
        const file = name.slice(0, -SENT.length);
        if (offeredAgain.has(file)) this.#sent.add(file);
        else await unlink(join(this.#dir, name));
      } else if (CHUNK_FILE.test(name)) {
        this.#add(name, (await stat(join(this.#dir, name))).size);
      }
    }
    for (const file of this.#sent) if (this.#waiting.has(file)) await this.#forget(file);
    this.#state = 'running';
    this.#sweep = setInterval(() => void this.#sweepMarks(), SWEEP_MS).unref();
    this.#sender.start();
    this.#drain();
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#state = 'stopped';
    clearInterval(this.#sweep);
    await this.#sender.stop(signal);
  }

  /** Never rejects: a copy that cannot be kept is dropped, and counted. */
  async keep(chunk: Chunk): Promise<void> {
    const file = basename(chunk.path);
    if (this.#waiting.has(file) || this.#sent.has(file)) return;
    try {
      await link(chunk.path, join(this.#dir, file));
      await syncPath(this.#dir);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The store has it already, and so have we; or nobody has.
      if (code === 'ENOENT') return;
      if (code !== 'EEXIST') {
        this.#sent.add(file);
        this.#dropped(chunk.events, messageOf(error));
        return;
      }
    }
    this.#add(file, chunk.bytes);
    await this.#makeRoom();
    this.#drain();
  }

  #add(file: string, bytes: number): void {
    const match = CHUNK_FILE.exec(file);
    if (match === null || this.#waiting.has(file)) return;
    this.#waiting.set(file, { id: match[1]!, file, bytes, events: Number(match[2]) });
    this.#count(bytes);
  }

  #drain(): void {
    for (const waiting of this.#waiting.values()) {
      if (this.#state !== 'running' || this.#running.size >= this.#options.max_in_flight) return;
      if (this.#running.has(waiting.file)) continue;
      this.#running.add(waiting.file);
      void this.#send(waiting).finally(() => {
        this.#running.delete(waiting.file);
        this.#drain();
      });
    }
  }

  async #send({ id, file, bytes, events }: Waiting): Promise<void> {
    try {
      await this.#sender.deliver(chunkFile({ id, path: join(this.#dir, file), bytes }, this.#files));
    } catch (error) {
      if (this.#state !== 'running') return;
      // Only a file that cannot be read leads here: it would not get better.
      if (this.#waiting.has(file)) this.#dropped(events, messageOf(error));
    }
    await this.#forget(file);
  }

  /** Was sent, or never will be. */
  async #forget(file: string): Promise<void> {
    const waiting = this.#waiting.get(file);
    if (waiting === undefined) return;
    this.#waiting.delete(file);
    this.#count(-waiting.bytes);
    try {
      // Before it is looked for: a chunk that is offered in between must find it.
      this.#sent.add(file);
      await writeFile(join(this.#dir, file + SENT), '');
      await syncPath(this.#dir);
      await unlink(join(this.#dir, file));
    } catch (error) {
      log.warn({ name: this.#options.name, error: messageOf(error) }, 'a copy may be sent again after a restart');
    }
  }

  /** Marks of chunks whose files the store has done away with. */
  async #sweepMarks(): Promise<void> {
    try {
      const kept = new Set(await readdir(this.#deps.chunkDir));
      for (const file of [...this.#sent]) {
        if (kept.has(file) || this.#waiting.has(file)) continue;
        await unlink(join(this.#dir, file + SENT)).catch(() => {});
        this.#sent.delete(file);
      }
    } catch (error) {
      log.warn(
        { name: this.#options.name, error: messageOf(error) },
        'could not delete old progress marks of a copy; retrying later',
      );
    }
  }

  /** What is being sent stays: it is on its way. */
  async #makeRoom(): Promise<void> {
    for (const { file, events } of [...this.#waiting.values()]) {
      if (this.#bytes <= this.#options.max_bytes) return;
      if (this.#running.has(file)) continue;
      this.#dropped(events, 'more than max_bytes wait');
      await this.#forget(file);
    }
  }

  #dropped(events: number, reason: string): void {
    const { name } = this.#options;
    droppedEvents.inc({ name }, events);
    log.error({ name, events, reason }, 'a copy dropped events; the store has them');
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    waitingBytes.set({ name: this.#options.name }, this.#bytes);
  }
}
