import { randomBytes } from 'node:crypto';
import { mkdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { AppendFile } from '../base/disk/append-file.ts';
import { syncPath } from '../base/disk/folder.ts';
import { withDefaults } from '../base/options.ts';
import { DAY_MS } from '../base/time/duration.ts';
import type { DeadLetterStatus, DeadLetterTypeCounts } from '../core/api/dead-letters.ts';
import type { DeadLetterCounts, DeadLetterSink, Lifecycle, NewDeadLetter } from '../core/contracts.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { faultPoint } from '../core/fault.ts';
import { logger } from '../core/log.ts';
import { containerOfDocument, type DeadLetter, deadLetterId, isDeadLetterId } from './dead-letter.ts';
import { type DeadLetterFilter, DeadLetterIndex, type Found, type ReplayBatch } from './files/index.ts';
import { readAt } from './files/lines.ts';
import {
  decodeLetter,
  encodeEvicted,
  encodeHeader,
  encodeLetter,
  encodeState,
  type StatusChange,
} from './files/record.ts';
import { fileName, recover } from './files/recover.ts';
import { DeadLetterFile } from './files/segment.ts';
import * as metrics from './metrics.ts';
import { type DeadLettersOptions, deadLettersSchema } from './options.ts';
import { Quarantine } from './quarantine.ts';
import { splitRaw } from './split.ts';

export type { DeadLetterFilter, ReplayBatch };

const log = logger('dead-letters');
const LIMITS_INTERVAL_MS = 600_000;
/** A file is closed when it has so many bytes, or an eighth of the limit. */
const SEGMENT_BYTES = 16_000_000;

/** A letter that was chosen, and its place: what comes later has a higher one. */
export interface Chosen {
  readonly id: string;
  readonly position: number;
}

interface Appending {
  readonly letters: readonly NewDeadLetter[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The dead letters of one `data_dir`. Everything is durable before its promise resolves, in the order in which it was
 * asked for; memory holds an index, documents are read from the disk.
 */
export class DeadLetterQueue implements DeadLetterSink, Lifecycle {
  readonly #dir: string;
  readonly #options: DeadLettersOptions;
  readonly #index = new DeadLetterIndex();
  readonly #now: () => number;
  readonly #quarantine: Quarantine;
  #file: AppendFile | undefined;
  #turn: Promise<void> = Promise.resolve();
  #waiting: Appending[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isOpen = false;

  constructor(dataDir: string, options: Partial<DeadLettersOptions> = {}, now: () => number = Date.now) {
    this.#dir = join(dataDir, 'dead-letters');
    this.#options = withDefaults(deadLettersSchema, options);
    this.#now = now;
    this.#quarantine = new Quarantine(join(dataDir, 'store', 'dead-letters'), this);
  }

  /** Reads what is there, and takes over what the embedded store's process has left. Throws LS_LETTERS_NEWER, and what the disk says. */
  async start(): Promise<void> {
    if (this.#isOpen) return;
    await mkdir(this.#dir, { recursive: true });
    await recover(this.#dir, this.#index);
    const last = this.#index.segments.at(-1);
    if (last !== undefined) this.#file = await AppendFile.open(last.path, last.bytes);
    this.#isOpen = true;
    this.#show();
    // A disk that is full lets nothing go; it must not keep the service from starting.
    await this.#keepLimits().catch(error =>
      log.error({ error: messageOf(error) }, 'could not delete old dead letters; retrying later'),
    );
    this.#timer = setInterval(() => {
      this.#serial(() => this.#keepLimits()).catch(error =>
        log.error({ error: messageOf(error) }, 'could not delete old dead letters; retrying later'),
      );
    }, LIMITS_INTERVAL_MS).unref();
    await this.#quarantine.start();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (!this.#isOpen) return;
    await this.#quarantine.stop();
    await this.#turn.catch(() => {});
    this.#isOpen = false;
    await this.#file?.close();
    this.#file = undefined;
  }

  append(letters: readonly NewDeadLetter[]): Promise<void> {
    if (letters.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ letters: letters.flatMap(splitRaw), resolve, reject });
      // What comes while one write runs goes with the next.
      if (this.#waiting.length === 1) this.#serial(() => this.#appendWaiting()).catch(() => {});
    });
  }

  /** For the embedded store: its process has left something. Never rejects. */
  collect(): Promise<void> {
    return this.#quarantine.collect();
  }

  /** By container. */
  counts(): ReadonlyMap<string, Readonly<DeadLetterCounts>> {
    return this.#index.totals.containers;
  }

  types(): DeadLetterTypeCounts[] {
    return this.#index.typeCounts();
  }

  /** Events of letters that wait for somebody. */
  get open(): number {
    return this.types().reduce((sum, each) => sum + each.open, 0);
  }

  /** Letters that match, without reading them; from `after` on in the given order, at most `limit`. */
  choose(filter: DeadLetterFilter, order: 'asc' | 'desc', limit: number, after?: number): Chosen[] {
    const chosen: Chosen[] = [];
    for (const { segment, i } of this.#index.walk(filter, order, after)) {
      if (chosen.length >= limit) break;
      chosen.push({ id: segment.id(i), position: segment.position(i) });
    }
    return chosen;
  }

  /** The position behind which only letters are that come from now on. */
  get end(): number {
    const last = this.#index.segments.at(-1);
    return last === undefined ? -1 : last.position(last.count - 1);
  }

  status(id: string): DeadLetterStatus | undefined {
    const found = isDeadLetterId(id) ? this.#index.find(id) : undefined;
    return found?.segment.status(found.i);
  }

  /** Undefined when there is none, or none any more. */
  async get(id: string): Promise<DeadLetter | undefined> {
    const found = isDeadLetterId(id) ? this.#index.find(id) : undefined;
    return found === undefined ? undefined : this.#read(found);
  }

  /** Letters that refused the same event again, after this one. */
  async successors(id: string): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (const found of this.#index.relatives(id)) {
      if (found.segment.id(found.i) === id) continue;
      const letter = await this.#read(found);
      if (letter?.forerunner === id) letters.push(letter);
    }
    return letters;
  }

  /** Letters that were on their way when the process ended. */
  get unfinished(): ReplayBatch[] {
    return [...this.#index.batches.values()].flatMap(batch => {
      const ids = batch.ids.filter(id => this.status(id) === 'replaying');
      return ids.length === 0
        ? []
        : { ...batch, ids, tally: this.#index.tallyOf(ids.map(id => this.#index.find(id)!)) };
    });
  }

  /** Those of the letters that are open are from now on being replayed, under the name that is given back; undefined when none is open. */
  begin(ids: readonly string[], asIs: boolean): Promise<ReplayBatch | undefined> {
    return this.#serial(async () => {
      const batch = randomBytes(8).toString('hex');
      const change = await this.#change('replaying', ids, id => this.status(id) === 'open', { batch, as_is: asIs });
      return change === undefined ? undefined : this.#index.batches.get(batch);
    });
  }

  /** The documents of the batch are durable in the spool. */
  finish({ batch, ids, tally }: ReplayBatch): Promise<void> {
    return this.#serial(async () => {
      if (!this.#index.batches.has(batch)) return;
      await this.#write({ state: 'replayed', at: this.#now(), batch, ids, tally });
    });
  }

  /** The documents of the batch are nowhere, except those of `arrived`. */
  giveBack({ batch, ids }: ReplayBatch, arrived: ReadonlySet<string> = new Set()): Promise<void> {
    return this.#serial(async () => {
      await this.#change('replayed', ids, id => arrived.has(id), {});
      await this.#change('open', ids, id => !arrived.has(id), { batch });
      this.#index.batches.delete(batch);
    });
  }

  /** How many of them were open and are discarded now. */
  discard(ids: readonly string[]): Promise<number> {
    return this.#serial(async () => {
      const change = await this.#change('discarded', ids, id => this.status(id) === 'open', {});
      return change?.ids.length ?? 0;
    });
  }

  async #change(
    state: DeadLetterStatus,
    ids: readonly string[],
    applies: (id: string) => boolean,
    more: { batch?: string; as_is?: boolean },
  ): Promise<StatusChange | undefined> {
    const known = [...new Set(ids)].filter(id => this.status(id) !== undefined && applies(id));
    if (known.length === 0) return undefined;
    const tally = this.#index.tallyOf(known.map(id => this.#index.find(id)!));
    const change = { state, at: this.#now(), ...more, ids: known, tally };
    await this.#write(change);
    return change;
  }

  async #write(change: StatusChange): Promise<void> {
    const { segment, file } = await this.#active();
    const line = encodeState(change);
    await file.append([line]);
    segment.bytes = file.bytes;
    this.#index.change(change);
    const events = Object.values(change.tally.containers).reduce((sum, each) => sum + each, 0);
    metrics.changed.inc({ status: change.state }, events);
    this.#show();
  }

  async #appendWaiting(): Promise<void> {
    const all = this.#waiting;
    this.#waiting = [];
    try {
      await this.#appendAll(all.flatMap(({ letters }) => letters));
    } catch (error) {
      for (const { reject } of all) reject(error);
      return;
    }
    for (const { resolve } of all) resolve();
  }

  async #appendAll(letters: readonly NewDeadLetter[]): Promise<void> {
    const fresh = new Map<string, { letter: Omit<DeadLetter, 'status'>; line: Buffer }>();
    for (const one of letters) {
      const id = deadLetterId(one);
      if (fresh.has(id) || this.#index.find(id) !== undefined) continue;
      const forerunner = await this.#forerunner(id, one.event);
      const letter = { ...one, id, container: containerOfDocument(one), forerunner };
      fresh.set(id, { letter, line: encodeLetter(letter) });
    }
    if (fresh.size === 0) return;
    const { segment, file } = await this.#active();
    faultPoint('letters.before_write');
    const start = file.bytes;
    await file.append([...fresh.values()].map(({ line }) => line));
    faultPoint('letters.after_fsync');
    segment.bytes = file.bytes;
    let offset = start;
    for (const { letter, line } of fresh.values()) {
      this.#index.add(segment, letter, offset, line.length - 1);
      offset += line.length;
      metrics.written.inc({ type: letter.type }, letter.events);
    }
    this.#show();
    await this.#keepLimits().catch(error =>
      log.error({ error: messageOf(error) }, 'could not delete old dead letters; retrying later'),
    );
  }

  /** The last letter of the same event that was sent again. */
  async #forerunner(id: string, event: string): Promise<string | undefined> {
    if (event === '') return undefined;
    for (const found of this.#index.relatives(id)) {
      const status = found.segment.status(found.i);
      if (status !== 'replaying' && status !== 'replayed') continue;
      const letter = await this.#read(found);
      if (letter?.event === event) return letter.id;
    }
    return undefined;
  }

  async #read({ segment, i }: Found): Promise<DeadLetter | undefined> {
    const { offset, length } = segment.row(i);
    try {
      return decodeLetter(await readAt(segment.path, offset, length), segment.status(i));
    } catch (error) {
      // A limit took its file meanwhile.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #active(): Promise<{ segment: DeadLetterFile; file: AppendFile }> {
    if (!this.#isOpen)
      throw new LongshoreError('LS_LETTERS_CLOSED', 'the dead letters are closed.', { retryable: true });
    const last = this.#index.segments.at(-1);
    const limit = Math.min(SEGMENT_BYTES, this.#options.max_bytes / 8);
    const isDue =
      last !== undefined &&
      (last.bytes >= limit || last.isFull || last.count >= this.#options.max_letters / 8 || this.#isOld(last, 1));
    if (last !== undefined && this.#file !== undefined && !isDue) return { segment: last, file: this.#file };
    return this.#createSegment((last?.number ?? this.#index.evictedUpTo) + 1);
  }

  async #createSegment(number: number): Promise<{ segment: DeadLetterFile; file: AppendFile }> {
    const segment = new DeadLetterFile(number, join(this.#dir, fileName(number)));
    const file = await AppendFile.open(segment.path, 0);
    try {
      await file.append([encodeHeader(number, this.#index.totals)]);
      await syncPath(this.#dir);
    } catch (error) {
      await file.close();
      throw error;
    }
    faultPoint('letters.after_new_file');
    await this.#file?.close();
    this.#file = file;
    segment.bytes = file.bytes;
    this.#index.segments.push(segment);
    return { segment, file };
  }

  /** The oldest files go while there is too much; one that has letters on their way stays. */
  async #keepLimits(): Promise<void> {
    for (let oldest = this.#index.segments[0]; oldest !== undefined; oldest = this.#index.segments[0]) {
      const limit = this.#exceeded(oldest);
      if (limit === undefined || oldest.replaying > 0) return;
      if (oldest === this.#index.segments.at(-1)) await this.#createSegment(oldest.number + 1);
      const { file } = await this.#active();
      const tally = this.#index.openOf(oldest);
      await file.append([encodeEvicted(oldest.number, tally)]);
      faultPoint('letters.after_evicted');
      this.#index.segments.at(-1)!.bytes = file.bytes;
      this.#index.evicted(oldest.number, tally);
      this.#index.remove(oldest);
      await unlink(oldest.path);
      const events = Object.values(tally.containers).reduce((sum, each) => sum + each, 0);
      metrics.dropped.inc({ limit }, events);
      this.#show();
      if (events > 0)
        log.error({ events, limit, file: oldest.path }, 'deleted open dead letters to stay below the limit');
    }
  }

  #exceeded(oldest: DeadLetterFile): string | undefined {
    const { max_bytes, max_letters, max_age_days } = this.#options;
    if (this.#index.bytes > max_bytes) return 'bytes';
    if (this.#index.count > max_letters) return 'letters';
    return oldest.count > 0 && this.#isOld(oldest, max_age_days) ? 'age' : undefined;
  }

  #isOld(segment: DeadLetterFile, days: number): boolean {
    return segment.count > 0 && this.#now() - segment.newest > days * DAY_MS;
  }

  /** One after the other, so that each sees what the one before has made durable. */
  #serial<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  #show(): void {
    metrics.bytes.set(this.#index.bytes);
    for (const { type, open } of this.types()) metrics.open.set({ type }, open);
  }
}
