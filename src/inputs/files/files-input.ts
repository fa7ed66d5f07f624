import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { makeFolder } from '../../base/disk/folder.ts';
import { DAMAGED } from '../../base/disk/keyed-journal.ts';
import { abortableDelay, orAborted } from '../../base/flow/abort.ts';
import { backoffMs } from '../../base/flow/backoff.ts';
import type { Consumer, Lifecycle } from '../../core/contracts.ts';
import { isRetryable, messageOf } from '../../core/errors.ts';
import type { Frame } from '../../core/event.ts';
import { logger } from '../../core/log.ts';
import { LogThrottle } from '../log-throttle.ts';
import { closedFolder } from './check.ts';
import { FollowedFiles } from './followed-files.ts';
import { Hints } from './hints.ts';
import { type Journal, openJournal } from './journal.ts';
import { type Lines, readLines } from './lines.ts';
import * as metrics from './metrics.ts';
import type { FilesInputOptions } from './options.ts';
import type { PodsOfFiles } from './pods.ts';
import type { Batch, Entry, TrackedFile } from './tracked-file.ts';
import { mendRights, tellUnreadable } from './unreadable.ts';

const log = logger('inputs.files');

const POLL_MS = 250;
/** Files that nobody writes to are looked at less and less often, at least so often. */
const LONGEST_POLL_MS = 5000;
/** Of many files each is looked at less often: a look takes about a tenth of this. */
const LOOK_MS = 0.4;
const SCAN_MS = 1000;
/** Positions of files that are quiet are on the disk after this time. */
const FLUSH_MS = 2000;
/** What is on its way at the same time. */
const MAX_BATCHES = 256;
const MAX_BATCH_BYTES = 4_000_000;
/** Nobody waits for an answer: what is written meanwhile goes along. */
const GATHER_MS = 25;
const MAX_OPEN = 256;
const CLOSE_AFTER_MS = 60_000;
/** Milliseconds that only go forward, whatever becomes of the clock. */
const monotonic = (): number => performance.now();
const RETRY = { baseMs: 200, capMs: 10_000 };

export interface FilesInputDeps {
  readonly consumer: Consumer;
  /** Folder of the positions; made when it is missing. */
  readonly dir: string;
  /** Nothing in this folder is read, whatever the globs match. */
  readonly ownDir: string;
  /** Who knows the pods of the node whose containers' logs these are. */
  readonly pods?: PodsOfFiles | undefined;
}

/**
 * Follows files. The end of each batch is on the disk before its lines are handed on, and the batch has an id of its file and its
 * place: what a crash leaves open is read again in the same pieces, and stored once.
 */
export class FilesInput implements Lifecycle {
  readonly #entries: readonly Entry[];
  readonly #deps: FilesInputDeps;
  readonly #stopping = new AbortController();
  readonly #throttle = new LogThrottle(60_000);
  readonly #hints = new Hints((folder, name) => this.#hinted(folder, name));
  #journal: Journal | undefined;
  #files: FollowedFiles | undefined;
  #running: Promise<void> | undefined;
  #wake = new AbortController();
  #scanAt = 0;
  #flushAt = 0;
  /** Where the files are that are followed. */
  #known = new Set<string>();
  /** Paths whose folders told of a change. */
  readonly #changed = new Set<string>();

  constructor(options: readonly FilesInputOptions[], deps: FilesInputDeps) {
    // In a pod, the host's name is that of the pod.
    const name = deps.pods?.node ?? hostname();
    this.#entries = options.map(each => ({
      options: each,
      key: each.paths.join('\n'),
      hostname: each.hostname ?? name,
    }));
    this.#deps = deps;
  }

  /** Where the files were found that are followed. */
  get paths(): string[] {
    return [...(this.#files ?? [])].map(({ state }) => state.path);
  }

  async start(): Promise<void> {
    const { dir } = this.#deps;
    await makeFolder(dir);
    const path = join(dir, 'positions.log');
    this.#journal = await openJournal(path);
    const { broken } = this.#journal;
    if (broken > 0)
      log.error(
        { path, lines: broken, kept: `${path}${DAMAGED}` },
        'positions in files are damaged: some files are read again from an earlier place, or from their beginning',
      );
    const entries = this.#entries;
    this.#files = new FollowedFiles(
      { entries, journal: this.#journal, log, throttle: this.#throttle, ownDir: resolve(this.#deps.ownDir) },
      monotonic(),
    );
    await this.#scan(monotonic()).catch(error => this.#failed(error));
    await this.#tellClosed();
    log.info({ files: this.#files.size, paths: entries.flatMap(({ options }) => options.paths) }, 'following files');
    this.#running = this.#run();
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort();
    this.#hints.close();
    if (this.#running !== undefined) await orAborted(this.#running, signal);
    this.#running = undefined;
    const journal = this.#journal;
    this.#journal = undefined;
    if (journal === undefined) return;
    await journal.flush().catch(error => log.warn({ error: messageOf(error) }, 'positions in files were not written'));
    await journal.close();
    for (const file of this.#files ?? []) await file.close();
  }

  /** Of globs that match nothing because nobody may look. */
  async #tellClosed(): Promise<void> {
    const read = new Set([...this.#files!].map(({ entry }) => entry));
    for (const entry of this.#entries) {
      const folder = read.has(entry) ? undefined : await closedFolder(entry.options.paths);
      if (folder !== undefined)
        log.warn({ folder, paths: entry.options.paths, hint: mendRights(folder) }, 'a folder cannot be read');
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let isBusy = false;
      try {
        isBusy = await this.#round(monotonic());
      } catch (error) {
        this.#failed(error);
        await abortableDelay(1000, signal);
      }
      if (isBusy) continue;
      await abortableDelay(GATHER_MS, signal);
      this.#wake = new AbortController();
      if (!signal.aborted && this.#changed.size === 0) await abortableDelay(POLL_MS - GATHER_MS, this.#wake.signal);
    }
  }

  /** True: there is more to do at once. */
  async #round(now: number): Promise<boolean> {
    const files = this.#files!;
    const journal = this.#journal!;
    if (now >= this.#scanAt) await this.#scan(now);
    for (const file of [...files]) {
      const isHinted = this.#changed.has(file.state.location) || this.#changed.has(file.state.path);
      // Whose turn it is to be read is looked at then.
      if ((now < file.nextLookAt && !isHinted) || (file.missingSince === undefined && file.isReady(now))) continue;
      // Nobody is where it was: the scan finds out what became of it.
      if (!(await file.look(now).catch(error => this.#unreadable(file, error, now)))) this.#scanAt = 0;
      const quiet = now - file.changedAt;
      const often = Math.min(LONGEST_POLL_MS, Math.max(POLL_MS, quiet / 100));
      file.nextLookAt = now + Math.max(often, files.size * LOOK_MS);
      if (file.isFinal(now) && file.lag === 0 && file.state.pending === undefined) await files.finish(file, 'read');
    }
    this.#changed.clear();
    const ready = inTurns([...files].filter(file => file.isReady(now) && !files.isBehind(file, now)));
    const batches: [TrackedFile, Batch][] = [];
    let bytes = 0;
    let isUnderWay = false;
    for (const file of ready.slice(0, MAX_BATCHES)) {
      const batch = await this.#next(file, now);
      if (batch === 'on the way') isUnderWay = true;
      if (batch === undefined || batch === 'on the way') continue;
      batches.push([file, batch]);
      bytes += batch.bytes.length;
      if (bytes >= MAX_BATCH_BYTES) break;
    }
    if (batches.length > 0 || now >= this.#flushAt) {
      this.#flushAt = now + FLUSH_MS;
      await journal.flush();
    }
    await Promise.all(batches.map(([file, batch]) => this.#take(file, batch)));
    await this.#closeIdle(now);
    return isUnderWay || batches.some(([file]) => file.retryAt <= now);
  }

  async #next(file: TrackedFile, now: number): Promise<Batch | 'on the way' | undefined> {
    const files = this.#files!;
    if (this.#deps.pods !== undefined && !this.#isPodKnown(file, this.#deps.pods, now)) return undefined;
    let found: Awaited<ReturnType<TrackedFile['next']>>;
    try {
      found = await file.next(now);
      if (found === 'replaced') await files.replaced(file, now);
    } catch (error) {
      this.#unreadable(file, error, now);
      return undefined;
    }
    if (found === 'missing') this.#scanAt = 0;
    if (found === 'on the way') this.#journal!.note(file.state);
    if (found === undefined || typeof found === 'string') return found === 'on the way' ? found : undefined;
    file.state.pending = found.end;
    this.#journal!.note(file.state);
    return found;
  }

  async #take(file: TrackedFile, batch: Batch): Promise<void> {
    const { options } = file.entry;
    const { bytes, cutBytes, encoding, start, end } = batch;
    const read = readLines({ bytes, cutBytes, encoding, maxLineBytes: options.max_line_bytes });
    for (const reason of read.faults) metrics.errors.inc({ reason });
    try {
      if (!this.#isUnwanted(file, read.lines.length))
        await this.#deliver(file, read.lines, `${start}-${end}`, end - start);
    } catch (error) {
      file.retryAt = monotonic() + backoffMs(++file.failures, RETRY);
      if (this.#throttle.allows('refused'))
        log.warn({ path: file.state.path, error: messageOf(error) }, 'lines of a file wait until they are taken');
      return;
    }
    file.failures = 0;
    file.advance(batch);
    this.#journal!.note(file.state);
    metrics.lines.inc({ tag: options.tag }, read.lines.length);
    metrics.bytes.inc({ tag: options.tag }, end - start);
  }

  /** False: its lines wait until it is known which pod writes them, or for as long as they may. */
  #isPodKnown(file: TrackedFile, pods: PodsOfFiles, now: number): boolean {
    const { container } = file.records;
    if (container === undefined) return true;
    const pod = pods.find(container);
    file.records.pod = pod;
    if (pod !== undefined || now - file.foundAt >= pods.waitMs) return true;
    file.retryAt = now + POLL_MS;
    return false;
  }

  /** True: the pod wants no line of it; they are done with. Counts them, and those that go without a pod. */
  #isUnwanted({ records }: TrackedFile, lines: number): boolean {
    const { pods } = this.#deps;
    if (pods === undefined || records.container === undefined) return false;
    if (records.pod?.isExcluded === true) pods.count('excluded', lines);
    else if (records.pod === undefined) pods.count('unknown', lines);
    return records.pod?.isExcluded === true;
  }

  /** Resolves when the lines are durable, or refused for good. Rejects when they may be taken later. */
  async #deliver(file: TrackedFile, lines: Lines['lines'], place: string, bytes: number): Promise<void> {
    if (lines.length === 0) return;
    try {
      await this.#deps.consumer.consume(frameOf(file, lines, place, bytes));
    } catch (error) {
      if (isRetryable(error)) throw error;
      if (lines.length > 1) {
        const middle = lines.length >> 1;
        await this.#deliver(file, lines.slice(0, middle), `${place}/0`, bytes >> 1);
        return this.#deliver(file, lines.slice(middle), `${place}/1`, bytes >> 1);
      }
      metrics.errors.inc({ reason: 'refused' });
      if (this.#throttle.allows('lost'))
        log.error({ path: file.state.path, error: messageOf(error) }, 'a line of a file is refused and left out');
    }
  }

  async #scan(now: number): Promise<void> {
    const files = this.#files!;
    await files.scan(now);
    this.#hints.watch(files.folders());
    this.#known = new Set([...files].map(({ state }) => state.location));
    const took = monotonic() - now;
    this.#scanAt = monotonic() + Math.max(SCAN_MS, 20 * took);
    const sums = new Map(this.#entries.map(({ options }) => [options.tag, { lag: 0, followed: 0 }]));
    for (const file of files) {
      const sum = sums.get(file.entry.options.tag)!;
      sum.lag += file.lag;
      sum.followed++;
    }
    for (const [tag, { lag, followed }] of sums) {
      metrics.lag.set({ tag }, lag);
      metrics.followed.set({ tag }, followed);
    }
  }

  #hinted(folder: string, name: string | undefined): void {
    if (name === undefined) this.#scanAt = 0;
    else {
      const path = join(folder, name);
      // A name that is new there, or that leads elsewhere now.
      if (!this.#known.has(path)) this.#scanAt = Math.min(this.#scanAt, monotonic() + POLL_MS);
      this.#changed.add(path);
    }
    this.#wake.abort();
  }

  /** Files that nobody writes to are closed, and those that were read longest ago where there are too many. */
  async #closeIdle(now: number): Promise<void> {
    const open = [...this.#files!].filter(file => file.isOpen).sort((a, b) => a.lastUsed - b.lastUsed);
    let tooMany = open.length - MAX_OPEN;
    for (const file of open) {
      const isIdle = file.lag === 0 && file.missingSince === undefined && now - file.lastUsed > CLOSE_AFTER_MS;
      if (!isIdle && tooMany <= 0) continue;
      await file.close();
      tooMany--;
    }
    metrics.opened.set([...this.#files!].filter(file => file.isOpen).length);
  }

  /** It is where it was, as far as anybody can say. */
  #unreadable(file: TrackedFile, error: unknown, now: number): true {
    file.retryAt = now + backoffMs(++file.failures, RETRY);
    tellUnreadable(log, this.#throttle, file.state.path, error);
    return true;
  }

  #failed(error: unknown): void {
    // Given up.
    if (this.#stopping.signal.aborted) return;
    metrics.errors.inc({ reason: 'failed' });
    if (this.#throttle.allows('failed'))
      log.error(
        { folder: dirname(this.#deps.dir), error: messageOf(error) },
        'files could not be followed; trying again',
      );
  }
}

/** Those that were read longest ago go first, and the entries by turns: thousands of files of one hold up no other. */
function inTurns(files: TrackedFile[]): TrackedFile[] {
  files.sort((a, b) => a.lastUsed - b.lastUsed);
  const taken = new Map<Entry, number>();
  const turns = files.map(file => {
    const turn = taken.get(file.entry) ?? 0;
    taken.set(file.entry, turn + 1);
    return { file, turn };
  });
  if (taken.size > 1) turns.sort((a, b) => a.turn - b.turn);
  return turns.map(({ file }) => file);
}

function frameOf(file: TrackedFile, lines: Lines['lines'], place: string, bytes: number): Frame {
  const made = lines.map(line => file.records.of(line));
  return {
    source: 'files',
    // The same for what follows a rotation, so that lines are joined as if there was none.
    sender: `file:${file.state.path}`,
    tag: file.tag,
    chunkId: `${file.state.key}:${place}`,
    receivedAt: Date.now(),
    records: made.map(({ record }) => record),
    times: made.map(({ time }) => time),
    bytes,
  };
}
