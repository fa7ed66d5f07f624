import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../../base/disk/folder.ts';
import { orAborted } from '../../base/flow/abort.ts';
import { Backoff } from '../../base/flow/backoff.ts';
import type { Consumer, Lifecycle } from '../../core/contracts.ts';
import { isRetryable, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { LogThrottle } from '../log-throttle.ts';
import { isOwn, type JournalEntry, journalEntry, type OwnOrigin } from './entry.ts';
import { EntryLines } from './entry-lines.ts';
import { follow, isUnknownCursor, type Journalctl, last, mendJournal, outputOf } from './journalctl.ts';
import { metrics } from './metrics.ts';
import type { JournaldInputOptions } from './options.ts';
import { type Position, readPosition, writePosition } from './position.ts';

const log = logger('inputs.journald');

const RETRY = { baseMs: 200, capMs: 10_000 };
/** After a run that went well: journald was started anew, or somebody has ended journalctl. */
const AGAIN = { baseMs: 500, capMs: 60_000 };
/** The position is on the disk after this time. What comes twice meanwhile is known by its cursor. */
const SAVE_MS = 1000;
/** Handed on together at most. */
const MAX_ENTRIES = 1000;

export interface JournaldInputDeps {
  readonly consumer: Consumer;
  /** Folder of the position; made when it is missing. */
  readonly dir: string;
  readonly own?: OwnOrigin;
}

/**
 * Follows the journal. Each entry has its cursor as its id, and the position is written behind what is durable: what a crash
 * leaves between the two is read again and stored once.
 */
export class JournaldInput implements Lifecycle {
  readonly #options: JournaldInputOptions;
  readonly #deps: JournaldInputDeps;
  readonly #own: OwnOrigin;
  readonly #path: string;
  readonly #stopping = new AbortController();
  readonly #throttle = new LogThrottle(60_000);
  readonly #retry = new Backoff(RETRY);
  readonly #again = new Backoff(AGAIN);
  #running: Promise<void> | undefined;
  #journalctl: Journalctl | undefined;
  #position: Position | undefined;
  #saved: Position | undefined;
  #saving: Promise<void> | undefined;
  #isUnknown = false;

  constructor(options: JournaldInputOptions, deps: JournaldInputDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#own = deps.own ?? { pid: process.pid, hostname: hostname(), invocation: process.env['INVOCATION_ID'] };
    this.#path = join(deps.dir, 'position.json');
  }

  async start(): Promise<void> {
    await makeFolder(this.#deps.dir);
    const found = await readPosition(this.#path);
    if (found === 'broken')
      log.error(
        { path: this.#path, start_at: this.#options.start_at },
        'the position in the journal is damaged: reading begins anew',
      );
    else this.#position = this.#saved = found;
    const { units, identifiers, directory } = this.#options;
    log.info({ units, identifiers, directory, cursor: this.#position?.cursor }, 'following the journal');
    this.#running = this.#run();
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort();
    this.#journalctl?.kill();
    if (this.#running !== undefined) await orAborted(this.#running, signal);
    this.#running = undefined;
    await this.#saving;
    await this.#save();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const why = await this.#follow().catch(messageOf);
      if (signal.aborted) return;
      metrics.errors.inc({ reason: 'ended' });
      this.#isUnknown = isUnknownCursor(why);
      if (this.#throttle.allows('ended'))
        log.warn({ error: why, hint: mendJournal(why) }, 'journalctl ended; starting it again');
      await this.#save();
      await this.#again.wait(signal);
    }
  }

  /** Resolves to why it ended. */
  async #follow(): Promise<string> {
    if (this.#position === undefined && this.#options.start_at === 'end') await this.#findEnd();
    if (this.#stopping.signal.aborted) return '';
    const journalctl = follow(this.#options, this.#position, this.#isUnknown);
    this.#journalctl = journalctl;
    const lines = new EntryLines(this.#options.max_entry_bytes);
    const timer = setInterval(() => void this.#save(), SAVE_MS).unref();
    try {
      for await (const read of journalctl.output as AsyncIterable<Buffer>) {
        const found = lines.push(read);
        for (let at = 0; at < found.length; at += MAX_ENTRIES) await this.#take(found.slice(at, at + MAX_ENTRIES));
        if (lines.skipped > 0) metrics.errors.inc({ reason: 'too_long' }, lines.skipped);
        lines.skipped = 0;
        if (this.#stopping.signal.aborted) break;
      }
    } finally {
      clearInterval(timer);
      journalctl.kill();
    }
    return journalctl.ended;
  }

  /** What there is when the input is new is left alone, also by the next run. */
  async #findEnd(): Promise<void> {
    const output = await outputOf(last(this.#options), this.#options.max_entry_bytes);
    const line = output.subarray(0, output.lastIndexOf(LF) === -1 ? output.length : output.lastIndexOf(LF));
    const entry = line.length === 0 ? undefined : journalEntry(line);
    if (entry !== undefined) this.#position = entry;
    await this.#save();
  }

  /** Resolves when they are durable, or refused for good, or when the input stops. */
  async #take(lines: readonly Buffer[]): Promise<void> {
    const entries: JournalEntry[] = [];
    const taken: Buffer[] = [];
    let end: JournalEntry | undefined;
    for (const line of lines) {
      const entry = journalEntry(line);
      if (entry === undefined) metrics.errors.inc({ reason: 'no_entry' });
      else {
        end = entry;
        if (entry.fault !== undefined) metrics.errors.inc({ reason: entry.fault });
        if (isOwn(entry, this.#own)) continue;
        entries.push(entry);
        taken.push(line);
      }
    }
    const { signal } = this.#stopping;
    while (entries.length > 0) {
      try {
        await this.#deliver(taken, this.#retry.failures === 0 ? entries : undefined);
        this.#retry.reset();
        break;
      } catch (error) {
        if (this.#throttle.allows('refused'))
          log.warn({ error: messageOf(error) }, 'entries of the journal wait until they are taken');
        await this.#retry.wait(signal);
        if (signal.aborted) return;
      }
    }
    if (end !== undefined) {
      this.#position = end;
      this.#again.reset();
    }
  }

  /** Rejects when they may be taken later. `entries`: of these lines, for once: whoever takes records may change them. */
  async #deliver(lines: readonly Buffer[], entries = lines.map(line => journalEntry(line)!)): Promise<void> {
    try {
      await this.#deps.consumer.consume({
        ...{ source: 'journald', sender: 'journald', tag: this.#options.tag, isMessages: true },
        chunkIds: entries.map(({ cursor }) => cursor),
        receivedAt: Date.now(),
        records: entries.map(({ record }) => this.#withFields(record)),
        times: entries.map(({ time }) => time),
        bytes: lines.reduce((sum, { length }) => sum + length, 0),
      });
      metrics.entries.inc(lines.length);
    } catch (error) {
      if (isRetryable(error)) throw error;
      if (lines.length > 1) {
        const middle = lines.length >> 1;
        await this.#deliver(lines.slice(0, middle));
        return this.#deliver(lines.slice(middle));
      }
      metrics.errors.inc({ reason: 'refused' });
      if (this.#throttle.allows('lost'))
        log.error({ error: messageOf(error) }, 'an entry of the journal is refused and left out');
    }
  }

  #withFields(record: JournalEntry['record']): JournalEntry['record'] {
    const { fields } = this.#options;
    for (const name in fields) record[name] ??= structuredClone(fields[name]);
    return record;
  }

  /** One after the other: a file has one writer. */
  #save(): Promise<void> {
    this.#saving ??= this.#write().finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  async #write(): Promise<void> {
    const position = this.#position;
    if (position === undefined || position === this.#saved) return;
    try {
      await writePosition(this.#path, position);
      this.#saved = position;
    } catch (error) {
      metrics.errors.inc({ reason: 'position' });
      if (this.#throttle.allows('position'))
        log.warn({ path: this.#path, error: messageOf(error) }, 'the position in the journal was not written');
    }
  }
}

const LF = 0x0a;
