import { abortableDelay } from '../../base/flow/abort.ts';
import { keyOf } from '../../buffer/spool/accepted.ts';
import { addToRun, type DocumentRun, newRun, type SpoolEntry } from '../../buffer/spool/commit.ts';
import type { Spool } from '../../buffer/spool/spool.ts';
import type {
  DeadLetterSelection,
  DiscardAnswer,
  GivenPipeline,
  ReplayAnswer,
  ReplayPreview,
  SkippedDeadLetter,
} from '../../core/api/dead-letters.ts';
import type { Predicate } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { faultPoint } from '../../core/fault.ts';
import { logger } from '../../core/log.ts';
import { Tally } from '../../ledger/counts.ts';
import type { PipelineSet } from '../../parse/pipelines.ts';
import { rangeCursor, readRangeCursor } from '../cursor.ts';
import type { DeadLetter } from '../dead-letter.ts';
import type { DeadLetterFilter, DeadLetterQueue, ReplayBatch } from '../queue.ts';
import { fieldsOfLetter, type Making, type Remade, remake, unchanged } from './remake.ts';

const log = logger('dead-letters');

/** Letters that are sent as one record of the spool: all or none. */
const BATCH_LETTERS = 200;
const BATCH_BYTES = 4_000_000;
/** Letters of one request at most; whoever asks goes on with the cursor. */
const MAX_LETTERS = 5_000;
const RETRY_MS = 2_000;

export interface ReplayDeps extends Making {
  readonly queue: DeadLetterQueue;
  /** Those that are running. */
  readonly pipelines: () => PipelineSet;
  /** Those in the files as they are now, or in the given ones. Throws an AggregateError of their mistakes. */
  readonly readPipelines: (files?: readonly GivenPipeline[]) => PipelineSet;
  /** True when the files are not what is running. */
  readonly filesDiffer: () => boolean;
  readonly spool: Pick<Spool, 'append' | 'isAccepted' | 'refusal'>;
  /** Which of these `_id`s are stored or on their way there. */
  readonly find: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Throws LS_QUERY_* for a mistake. */
  readonly predicate: (query: string) => Predicate;
}

/**
 * Sends letters again, each exactly once, whenever the process is killed: that they are being sent is durable first;
 * their documents are one record of the spool, which remembers the batch as it remembers a sender's chunk; only then
 * are they replayed. What was interrupted is looked up at the start: by the batch in the spool, else by `_id` in tail
 * and store.
 */
export class Replayer {
  readonly #deps: ReplayDeps;
  #turn: Promise<unknown> = Promise.resolve();
  #isRecovered = false;

  constructor(deps: ReplayDeps) {
    this.#deps = deps;
  }

  /** Finishes what was interrupted; tries again until the signal aborts. To be called once the store can be searched. Never rejects. */
  async recover(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for (const batch of this.#deps.queue.unfinished) await this.#recoverBatch(batch);
        this.#isRecovered = true;
        return;
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'could not resume an interrupted replay yet; retrying');
        await abortableDelay(RETRY_MS, signal);
      }
    }
  }

  /** Rejects with a retryable LongshoreError while the spool takes nothing; what was replayed by then stays so. */
  replay(selection: DeadLetterSelection, asIs = false): Promise<ReplayAnswer> {
    return this.#serial(async () => {
      this.#throwIfNotReady();
      const { ids, ...more } = await this.#select(selection);
      const unknown = ids.filter(id => this.#deps.queue.status(id) === undefined);
      const skipped: SkippedDeadLetter[] = unknown.map(id => ({ id, why: 'there is no such letter (any more)' }));
      let replayed = 0;
      let dropped = 0;
      for (let start = 0; start < ids.length; ) {
        const { letters, end } = await this.#read(ids, start);
        start = end;
        const sent = await this.#send(letters, asIs, skipped);
        replayed += sent.replayed;
        dropped += sent.dropped;
      }
      if (replayed > 0) log.info({ replayed, dropped, as_is: asIs }, 'dead letters were replayed');
      return { replayed, dropped, skipped, files_differ: this.#filesDiffer(), ...more };
    });
  }

  discard(selection: DeadLetterSelection): Promise<DiscardAnswer> {
    return this.#serial(async () => {
      const { ids, ...more } = await this.#select(selection);
      const discarded = await this.#deps.queue.discard(ids);
      if (discarded > 0) log.info({ discarded }, 'dead letters were discarded');
      return { discarded, ...more };
    });
  }

  /** What the pipelines in the files (or the given ones) would make of the letters. Sends nothing. */
  async preview(
    selection: DeadLetterSelection,
    asIs: boolean,
    files?: readonly GivenPipeline[],
  ): Promise<ReplayPreview[]> {
    const pipelines = this.#deps.readPipelines(files);
    const { ids } = await this.#select({ ...selection, limit: Math.min(selection.limit ?? 10, 100) });
    const previews: ReplayPreview[] = [];
    for (const id of ids) {
      const letter = await this.#deps.queue.get(id);
      if (letter === undefined) continue;
      const { fields } = fieldsOfLetter(letter);
      const made = asIs ? unchanged(letter, this.#deps) : remake(letter, pipelines, this.#deps);
      previews.push({
        id,
        outcome: made.type,
        ...(made.type === 'impossible' ? { why: made.why } : {}),
        before: fields,
        ...(made.type === 'document' ? { after: made.fields } : {}),
      });
    }
    return previews;
  }

  async #send(
    letters: readonly DeadLetter[],
    asIs: boolean,
    skipped: SkippedDeadLetter[],
  ): Promise<{ replayed: number; dropped: number }> {
    const made = new Map<string, Exclude<Remade, { type: 'impossible' }>>();
    for (const letter of letters) {
      const one = this.#make(letter, asIs);
      if (one.type === 'impossible') skipped.push({ id: letter.id, why: one.why });
      else made.set(letter.id, one);
    }
    const { refusal } = this.#deps.spool;
    if (refusal !== undefined) throw refusal;
    const batch = await this.#deps.queue.begin([...made.keys()], asIs);
    if (batch === undefined) return { replayed: 0, dropped: 0 };
    faultPoint('replay.after_intent');
    const sent = batch.ids.map(id => made.get(id)!);
    // Rejected, the spool was closed: whether it has them is seen at the next start.
    await this.#deps.spool.append(entryOf(batch, sent));
    faultPoint('replay.after_spool');
    await this.#finish(batch);
    faultPoint('replay.after_finish');
    return { replayed: sent.length, dropped: sent.filter(({ type }) => type === 'dropped').length };
  }

  /** The documents are in the spool: that this is written down may take until the disk does it, but is not given up. */
  async #finish(batch: ReplayBatch): Promise<void> {
    try {
      await this.#deps.queue.finish(batch);
    } catch (error) {
      log.error({ error: messageOf(error) }, 'could not record that dead letters were replayed; retrying');
      setTimeout(() => void this.#finish(batch).catch(() => {}), RETRY_MS).unref();
    }
  }

  #make(letter: DeadLetter, asIs: boolean): Remade {
    if (letter.status !== 'open') return { type: 'impossible', why: `it is ${letter.status} already` };
    try {
      return asIs ? unchanged(letter, this.#deps) : remake(letter, this.#deps.pipelines(), this.#deps);
    } catch (error) {
      return { type: 'impossible', why: messageOf(error) };
    }
  }

  async #recoverBatch(batch: ReplayBatch): Promise<void> {
    const { queue, spool } = this.#deps;
    if (spool.isAccepted(keyOf(batch.batch))) {
      await queue.finish(batch);
      log.info({ letters: batch.ids.length }, 'an interrupted replay had already reached the spool');
      return;
    }
    const arrived = new Set<string>();
    const events = new Map<string, string>();
    for (const id of batch.ids) {
      const letter = await queue.get(id);
      if (letter === undefined) continue;
      // It came back already.
      if ((await queue.successors(id)).length > 0) arrived.add(id);
      else events.set(idOfLetter(letter), id);
    }
    for (const found of events.size === 0 ? [] : await this.#deps.find([...events.keys()])) {
      const id = events.get(found);
      if (id !== undefined) arrived.add(id);
    }
    await queue.giveBack(batch, arrived);
    const rest = batch.ids.filter(id => !arrived.has(id));
    log.info({ arrived: arrived.size, again: rest.length }, 'an interrupted replay goes on');
    for (let start = 0; start < rest.length; ) {
      const { letters: read, end } = await this.#read(rest, start);
      start = end;
      await this.#send(read, batch.as_is, []);
    }
  }

  /** Ids of the letters that are chosen, oldest first. */
  async #select(selection: DeadLetterSelection): Promise<{ ids: string[]; cursor?: string }> {
    const { queue } = this.#deps;
    if (selection.ids !== undefined) return { ids: [...new Set(selection.ids)].slice(0, MAX_LETTERS) };
    const { after: from, until = queue.end } = readRangeCursor(selection.cursor);
    const limit = Math.min(selection.limit ?? MAX_LETTERS, MAX_LETTERS);
    const filter: DeadLetterFilter = { type: selection.type, container: selection.container, status: 'open' };
    const matches = predicateOf(selection.query, this.#deps.predicate);
    const ids: string[] = [];
    let after = from;
    for (let looked = 0; looked < MAX_LETTERS && ids.length < limit; ) {
      const page = queue.choose(filter, 'asc', Math.min(BATCH_LETTERS, MAX_LETTERS - looked), after);
      if (page.length === 0) return { ids };
      for (const { id, position } of page) {
        if (position > until) return { ids };
        looked++;
        after = position;
        if (matches !== undefined && !matches(await queue.get(id))) continue;
        ids.push(id);
        if (ids.length === limit) break;
      }
    }
    return { ids, ...(after === undefined ? {} : { cursor: rangeCursor(after, until) }) };
  }

  async #read(ids: readonly string[], start: number): Promise<{ letters: DeadLetter[]; end: number }> {
    const letters: DeadLetter[] = [];
    let bytes = 0;
    let end = start;
    while (end < ids.length && letters.length < BATCH_LETTERS && bytes < BATCH_BYTES) {
      const letter = await this.#deps.queue.get(ids[end++]!);
      if (letter === undefined) continue;
      letters.push(letter);
      bytes += letter.document.length;
    }
    return { letters, end };
  }

  #throwIfNotReady(): void {
    if (this.#isRecovered) return;
    throw new LongshoreError('LS_LETTERS_BUSY', 'a replay that was interrupted is looked after first.', {
      retryable: true,
      fix: 'Try again in a moment; the log says when the store cannot be searched.',
    });
  }

  #filesDiffer(): boolean {
    try {
      return this.#deps.filesDiffer();
    } catch {
      return true;
    }
  }

  #serial<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}

/** What is asked of letters, over the fields of their documents. */
export function predicateOf(
  query: string | undefined,
  compile: (query: string) => Predicate,
): ((letter: DeadLetter | undefined) => boolean) | undefined {
  if (query === undefined || query.trim() === '') return undefined;
  const matches = compile(query);
  return letter => letter !== undefined && matches({ ...fieldsOfLetter(letter).fields, _id: letter.event });
}

const idOfLetter = (letter: DeadLetter): string => (letter.event === '' ? `letter-${letter.id}` : letter.event);

function entryOf(batch: ReplayBatch, sent: readonly Exclude<Remade, { type: 'impossible' }>[]): SpoolEntry {
  const parts: DocumentRun[] = [];
  const texts: string[] = [];
  let drops: Tally | undefined;
  let seq = 0;
  for (const one of sent) {
    if (one.type === 'dropped') {
      if (drops === undefined) drops = new Tally(one.container, 1);
      else drops.add(one.container, 1);
      continue;
    }
    const { day, time, container, text } = one;
    const run = parts.at(-1);
    if (run?.day === day) {
      addToRun(run, time, container);
      texts[parts.length - 1] += text;
    } else {
      parts.push(newRun(day, time, container));
      texts.push(text);
    }
    seq = Math.max(seq, one.seq);
  }
  for (const [i, run] of parts.entries()) run.bytes = Buffer.from(texts[i]!);
  return { parts, hits: [], pieces: [], releases: [], key: keyOf(batch.batch), seq, drops, context: [] };
}
