import { existsSync } from 'node:fs';
import { readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { listChunks } from '../buffer/spool/chunk-files.ts';
import type { Chunk, DeadLetterSink, Lifecycle } from '../core/contracts.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { faultPoint } from '../core/fault.ts';
import { toElasticsearchForm } from '../schema/forms.ts';
import { DayCounter } from '../store/elasticsearch/count.ts';
import { ElasticsearchStore } from '../store/elasticsearch/elasticsearch-store.ts';
import type { ElasticsearchStoreSettings } from '../store/elasticsearch/options.ts';
import { bulkLinesOf } from '../store/migrate/row-document.ts';
import { type StoredDay, StoredDays } from '../store/migrate/stored-days.ts';
import { lockDataDir } from './data-dir.ts';
import { checkDataFormat } from './data-format.ts';
import { isMigrated, type Migrated, readMigrated, writeMigrated } from './migrated.ts';

/** Documents of one bulk body, and bodies on their way at the same time: this bounds the memory. */
const BODY_BYTES = 2_000_000;
const BODIES_AT_ONCE = 3;
const PROGRESS_MS = 2_000;

export interface MigrateOptions {
  /** `YYYY.MM.DD`s; undefined: all. */
  readonly days?: readonly string[] | undefined;
  /** Whether a day leaves the embedded store once Elasticsearch is seen to have it. */
  readonly remove: boolean;
  readonly say: (line: string) => void;
  /** Of this data_dir, for what Elasticsearch refuses for good; started and stopped while data_dir is locked. */
  readonly deadLetters: DeadLetterSink & Lifecycle;
}

export interface MigrateOutcome {
  readonly done: number;
  readonly failed: number;
  readonly events: number;
  readonly deadLetters: number;
}

export interface MigrateSettings {
  readonly data_dir: string;
  /** Where the events go. */
  readonly store: ElasticsearchStoreSettings;
  readonly stop_deadline_ms: number;
}

/**
 * Moves the days of an embedded store to the Elasticsearch of the settings. Each event is created by its `_id` in the
 * index of its stored day, so that it can be interrupted and repeated at any moment. A day is done when Elasticsearch
 * has been asked how many of its events it has.
 * Throws LS_DATA_DIR_IN_USE while a service runs, LS_MIGRATE_NONE, LS_MIGRATE_DAY, and what the start of the store throws.
 */
export async function migrate(settings: MigrateSettings, options: MigrateOptions): Promise<MigrateOutcome> {
  if (!existsSync(settings.data_dir)) {
    throw new LongshoreError('LS_MIGRATE_NONE', `there is no data_dir ${settings.data_dir}.`, {
      fix: 'Name the data_dir of the service with --set data_dir=...',
    });
  }
  const lock = await lockDataDir(settings.data_dir);
  try {
    await checkDataFormat(lock.path);
    return await migrateLocked(lock.path, settings, options);
  } finally {
    await lock.release();
  }
}

async function migrateLocked(
  dataDir: string,
  { store, stop_deadline_ms }: MigrateSettings,
  options: MigrateOptions,
): Promise<MigrateOutcome> {
  const { deadLetters } = options;
  // Retention is the service's: here nothing is deleted.
  const quiet = { max_age_days: 36_500, age_drop_interval_ms: 0, check_interval_ms: 86_400_000 };
  const target = new ElasticsearchStore({ ...store, retention: quiet }, { deadLetters });
  const counter = new DayCounter(store);
  let stored: StoredDays | undefined;
  try {
    await deadLetters.start();
    await target.probe();
    await target.start();
    stored = await StoredDays.open(join(dataDir, 'store'));
    return await new Migration(dataDir, store.retention.max_age_days, options, stored, target, counter).run();
  } finally {
    stored?.close();
    const deadline = AbortSignal.timeout(stop_deadline_ms);
    await target.stop(deadline);
    await counter.close();
    await deadLetters.stop(deadline);
  }
}

/** What was read of a day. */
interface Reading {
  events: number;
  minSeq: number;
  maxSeq: number;
}

class Migration {
  readonly #dataDir: string;
  readonly #maxAgeDays: number;
  readonly #options: MigrateOptions;
  readonly #stored: StoredDays;
  readonly #target: ElasticsearchStore;
  readonly #counter: DayCounter;
  readonly #migrated: Migrated;
  readonly #onTheWay = new Set<Promise<void>>();
  /** Chunks with a line that is none of ours. */
  readonly #doubtful = new Set<string>();
  #failure: unknown;

  constructor(
    dataDir: string,
    maxAgeDays: number,
    options: MigrateOptions,
    stored: StoredDays,
    target: ElasticsearchStore,
    counter: DayCounter,
  ) {
    this.#dataDir = dataDir;
    this.#maxAgeDays = maxAgeDays;
    this.#options = options;
    this.#stored = stored;
    this.#target = target;
    this.#counter = counter;
    this.#migrated = readMigrated(dataDir);
  }

  async run(): Promise<MigrateOutcome> {
    const { say } = this.#options;
    const chunks = await this.#chunksByDay();
    const days = this.#chosen(chunks);
    if (days.length === 0) say(`${this.#dataDir} holds no events of an embedded store.`);
    const outcome = { done: 0, failed: 0, events: 0, deadLetters: 0 };
    for (const day of days) {
      try {
        const { events, deadLetters } = await this.#migrate(day, chunks.get(day.day) ?? []);
        outcome.done++;
        outcome.events += events;
        outcome.deadLetters += deadLetters;
      } catch (error) {
        outcome.failed++;
        say(`${day.day}  not done: ${messageOf(error)}`);
      }
    }
    return outcome;
  }

  /** Chunks of the spool that are in no segment yet. */
  async #chunksByDay(): Promise<Map<string, Chunk[]>> {
    const found = await listChunks(join(this.#dataDir, 'chunks'), async path => (await stat(path)).size).catch(
      () => [],
    );
    const chunks: Chunk[] = [];
    for (const chunk of found) {
      if (this.#stored.holds(chunk.id)) await unlink(chunk.path);
      else chunks.push(chunk);
    }
    return Map.groupBy(chunks, chunk => chunk.day) as Map<string, Chunk[]>;
  }

  #chosen(chunks: ReadonlyMap<string, unknown>): StoredDay[] {
    const days = new Map(this.#stored.days().map(day => [day.day, day]));
    for (const day of chunks.keys()) if (!days.has(day)) days.set(day, { day, events: 0, segments: [] });
    for (const day of this.#options.days ?? []) {
      if (days.has(day)) continue;
      throw new LongshoreError('LS_MIGRATE_DAY', `the embedded store has no events of ${day}.`, {
        where: '--day',
        fix: `It has ${[...days.keys()].sort().join(', ') || 'none at all'}.`,
      });
    }
    const wanted = this.#options.days === undefined ? undefined : new Set(this.#options.days);
    return [...days.values()].filter(({ day }) => wanted?.has(day) ?? true).sort((a, b) => (a.day < b.day ? -1 : 1));
  }

  async #migrate(day: StoredDay, chunks: readonly Chunk[]): Promise<{ events: number; deadLetters: number }> {
    const { say, remove } = this.#options;
    const index = this.#counter.index(day.day);
    const before = this.#migrated.get(day.day);
    if (chunks.length === 0 && isMigrated(before, day.segments)) {
      say(`${day.day}  was done before: ${before!.events} events in ${index}`);
      if (remove) this.#remove(day);
      return { events: 0, deadLetters: 0 };
    }
    if (Date.parse(day.day.replaceAll('.', '-')) < Date.now() - (this.#maxAgeDays + 1) * 86_400_000) {
      say(`${day.day}  is older than store.retention.max_age_days: the service will delete its index again`);
    }
    const counts = { ...this.#target.stats() };
    const reading = await this.#send(day, chunks);
    const { refused, known } = this.#target.stats();
    const deadLetters = refused - counts.refused;
    const expected = reading.events - deadLetters;
    const found =
      reading.events === 0 ? 0 : await this.#counter.count(day.day, { min: reading.minSeq, max: reading.maxSeq });
    if (found < expected) {
      throw new LongshoreError(
        'LS_MIGRATE_COUNT',
        `${index} has ${found} of ${expected} events; nothing was removed.`,
        { fix: 'Run it again.' },
      );
    }
    // Chunks go to Elasticsearch once more with the next start of the service, where each event is known already.
    this.#migrated.set(day.day, {
      segments: day.segments,
      events: reading.events,
      dead_letters: deadLetters,
      index,
      at: Date.now(),
    });
    await writeMigrated(this.#dataDir, this.#migrated);
    faultPoint('migrate.marked');
    const repeated = known - counts.known;
    say(
      `${day.day}  done: ${reading.events} events, ${found} found in ${index}${repeated > 0 ? `, ${repeated} of them from before` : ''}${deadLetters > 0 ? `, ${deadLetters} in the dead letters` : ''}`,
    );
    if (remove) {
      this.#remove(day);
      for (const chunk of chunks) if (!this.#doubtful.has(chunk.id)) await unlink(chunk.path);
    }
    return { events: reading.events, deadLetters };
  }

  #remove(day: StoredDay): void {
    if (day.segments.length === 0) return;
    this.#stored.remove(day.day);
    this.#options.say(`${day.day}  removed from ${this.#dataDir}`);
  }

  async #send(day: StoredDay, chunks: readonly Chunk[]): Promise<Reading> {
    const reading: Reading = { events: 0, minSeq: Number.MAX_SAFE_INTEGER, maxSeq: 0 };
    const all = day.events + chunks.reduce((sum, { events }) => sum + events, 0);
    let lines: string[] = [];
    let chars = 0;
    let saidAt = performance.now();
    const note = (text: string, seq: number): boolean => {
      lines.push(text);
      chars += text.length;
      reading.events++;
      reading.minSeq = Math.min(reading.minSeq, seq);
      reading.maxSeq = Math.max(reading.maxSeq, seq);
      return chars >= BODY_BYTES;
    };
    const flush = async (): Promise<void> => {
      const batch = lines;
      lines = [];
      chars = 0;
      await this.#write(day.day, batch);
      if (performance.now() - saidAt < PROGRESS_MS) return;
      saidAt = performance.now();
      const percent = Math.floor((reading.events / Math.max(1, all)) * 100);
      this.#options.say(`${day.day}  ${reading.events} of ${all} events (${percent} %)${this.#trouble()}`);
    };
    await this.#stored.read(day.day, async rows => {
      for (const row of rows) if (note(bulkLinesOf(row), row[1] as number)) await flush();
    });
    if (reading.events !== day.events) {
      throw new LongshoreError('LS_MIGRATE_READ', `${reading.events} events were read instead of ${day.events}.`);
    }
    for (const chunk of chunks) {
      for (const line of (await readFile(chunk.path, 'utf8')).split('\n')) {
        if (line === '') continue;
        const text = converted(line);
        if (text === undefined) this.#doubtful.add(chunk.id);
        else if (note(text.lines, text.seq)) await flush();
      }
    }
    if (lines.length > 0) await flush();
    faultPoint('migrate.sending');
    await Promise.all(this.#onTheWay);
    faultPoint('migrate.sent');
    this.#throwFailure();
    return reading;
  }

  /** Waits while enough bodies are on their way; however long Elasticsearch is away. */
  async #write(day: string, lines: readonly string[]): Promise<void> {
    while (this.#onTheWay.size >= BODIES_AT_ONCE) await Promise.race(this.#onTheWay);
    this.#throwFailure();
    const body = Buffer.from(lines.join(''));
    // One name for all: an event that is refused again is the same dead letter.
    const writing = this.#target
      .write({ id: `migrate-${day.replaceAll('.', '')}`, day, events: lines.length, body })
      .catch(error => {
        this.#failure ??= error;
      })
      .finally(() => this.#onTheWay.delete(writing));
    this.#onTheWay.add(writing);
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  #trouble(): string {
    const { alarm } = this.#target.stats();
    return alarm === undefined ? '' : `; waiting: ${alarm.reason}`;
  }
}

/** Undefined for a line that is cut or of the other form: it is left where it is, for the service to judge. */
function converted(line: string): { lines: string; seq: number } | undefined {
  try {
    const { seq, _id } = JSON.parse(line) as { seq?: unknown; _id?: unknown };
    if (typeof seq !== 'number' || typeof _id !== 'string') return undefined;
    return { lines: toElasticsearchForm(line), seq };
  } catch {
    return undefined;
  }
}
