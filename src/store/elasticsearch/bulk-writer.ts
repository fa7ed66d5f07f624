import { abortableDelay } from '../../base/flow/abort.ts';
import { backoffMs } from '../../base/flow/backoff.ts';
import { Semaphore } from '../../base/flow/semaphore.ts';
import type { DeadLetterSink, NewDeadLetter } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';
import type { StoreAlarm } from './alarm.ts';
import { type BulkItem, type BulkPart, idOf, itemsOf, joinItems, linesOf, splitBulk } from './bulk-split.ts';
import type { Elastic, ElasticAnswer } from './client.ts';
import { KnownFields } from './known-fields.ts';
import { concurrency, inFlight, items, movedFields, requestSeconds, requests, resent, sentBytes } from './metrics.ts';
import { type Blame, fieldAboveInReason, fieldInReason, isOverBudget, moveAside } from './move-aside.ts';
import type { ElasticsearchStoreSettings } from './options.ts';
import { type ElasticError, errorOf, errorOfBody, itemVerdict, requestVerdict } from './verdict.ts';

const log = logger('store');

export interface BulkWriterDeps {
  readonly elastic: Elastic;
  readonly alarm: StoreAlarm;
  /** Resolves once the templates are there; rejects when the store stops. */
  readonly prepared: () => Promise<void>;
  /** Asked again until it resolves. */
  readonly deadLetters: DeadLetterSink;
}

export interface Target {
  readonly chunk: string;
  readonly day: string;
  readonly index: string;
}

/** What has been tried for one item that did not go through at once. */
interface Trial {
  /** As it came; the item that is sent may have fields moved aside. */
  readonly original: BulkItem;
  moves: number;
  /** Refusals that may have been another document's doing, or the server's. */
  suspicions: number;
}

const MAX_NAMED_MOVES = 3;
const MAX_SUSPICIONS = 10;
const FIRST_PAUSE_MS = 100;
const ALARM_PAUSE_MS = 1_000;

/** Sends bulk bodies until each item is stored or a dead letter. */
export class BulkWriter {
  readonly #options: ElasticsearchStoreSettings;
  readonly #deps: BulkWriterDeps;
  readonly #limit: AdaptiveLimit;
  readonly #places: Semaphore;
  readonly #known: KnownFields;
  /** Ends pauses: a stopping store does not wait for anything but running requests. */
  readonly #stopping = new AbortController();
  /** Ends running requests, too. */
  readonly #aborting = new AbortController();
  /** How long Elasticsearch waits for a shard that is not there: it should say so before we give up. */
  readonly #shardTimeoutMs: number;
  #running = 0;
  /** Requests so far without an answer, or with another one than 200. */
  #failures = 0;
  readonly counts = { stored: 0, known: 0, refused: 0, resent: 0, moved_fields: 0 };

  constructor(options: ElasticsearchStoreSettings, deps: BulkWriterDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#limit = new AdaptiveLimit(options.max_in_flight);
    this.#places = new Semaphore(() => this.#limit.value);
    this.#known = new KnownFields(deps.elastic);
    this.#shardTimeoutMs = Math.ceil(options.request_timeout_ms / 2);
  }

  get state(): { in_flight: number; waiting: number; limit: number } {
    return { in_flight: this.#places.taken, waiting: this.#places.waiting, limit: this.#limit.value };
  }

  /** As `deliver`, of a whole body: in parts of `max_bulk_bytes`, several at the same time. */
  async write(target: Target, body: Buffer): Promise<void> {
    const parts = splitBulk(body, this.#options.max_bulk_bytes);
    const outcomes = await Promise.allSettled(parts.map(part => this.deliver(target, part)));
    const failed = outcomes.find(outcome => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /**
   * Rejects with LS_STORE_STOPPED (retryable) when the store stops before it is through: what was stored stays so.
   * True: `part` has been read to its end by whoever got it; a request that failed may still be holding on to it.
   */
  async deliver(target: Target, part: BulkPart): Promise<boolean> {
    this.#throwIfStopping();
    this.#running++;
    const failuresBefore = this.#failures;
    try {
      await this.#deliver(target, part);
      return this.#failures === failuresBefore;
    } finally {
      this.#running--;
    }
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort();
    while (this.#running > 0 && !signal.aborted) await abortableDelay(10, signal);
    this.#aborting.abort();
  }

  async #deliver(target: Target, whole: BulkPart, before?: Trial[]): Promise<void> {
    let part = whole;
    let trials = before;
    for (let failures = 0; ; ) {
      const { answer, error } = await this.#send(target, part);
      switch (requestVerdict(answer?.status, error)) {
        case 'retry':
          if (answer === undefined) this.#deps.alarm.raise(error?.reason ?? 'there is no answer');
          this.#countResent(part.offsets.length - 1);
          await this.#pause(++failures, FIRST_PAUSE_MS);
          continue;
        case 'wait':
          this.#deps.alarm.raise(reasonOf(error, answer));
          this.#countResent(part.offsets.length - 1);
          await this.#pause(++failures, ALARM_PAUSE_MS);
          continue;
        case 'split':
          await this.#halve(target, part, trials, answer?.status ?? 0, error);
          return;
        case 'answered': {
          const rest = await this.#settle(target, part, trials, answer!.body);
          if (rest === undefined) return;
          failures = rest.items.length < part.offsets.length - 1 ? 0 : failures;
          part = joinItems(rest.items);
          trials = rest.trials;
          if (rest.pause > 0) await this.#pause(++failures, rest.pause);
        }
      }
    }
  }

  async #send(target: Target, part: BulkPart): Promise<{ answer?: ElasticAnswer; error: ElasticError | undefined }> {
    await this.#deps.prepared();
    await this.#places.enter();
    inFlight.set(this.#places.taken);
    const started = performance.now();
    try {
      this.#throwIfStopping();
      const answer = await this.#deps.elastic.request({
        method: 'POST',
        path: `/${encodeURIComponent(target.index)}/_bulk?filter_path=${BULK_ANSWER}&timeout=${this.#shardTimeoutMs}ms`,
        bulk: part.body,
        signal: this.#aborting.signal,
      });
      requests.inc({ outcome: String(answer.status) });
      if (answer.status !== 200) this.#failures++;
      if (answer.status === 429) this.#limit.overloaded(performance.now());
      else if (answer.status === 200) this.#limit.succeeded(this.#places.taken);
      return { answer, error: answer.status === 200 ? undefined : errorOfBody(answer.body) };
    } catch (cause) {
      this.#failures++;
      this.#throwIfAborting();
      if (!(cause instanceof LongshoreError)) throw cause;
      if (cause.code === 'LS_STORE_STOPPED') throw cause;
      requests.inc({ outcome: cause.code === 'LS_STORE_ELASTICSEARCH_TIMEOUT' ? 'timeout' : 'no_answer' });
      if (cause.code === 'LS_STORE_ELASTICSEARCH_TIMEOUT') this.#limit.overloaded(performance.now());
      return { error: { type: cause.code, reason: cause.what } };
    } finally {
      sentBytes.inc(part.body.length);
      requestSeconds.observe((performance.now() - started) / 1000);
      this.#places.leave();
      inFlight.set(this.#places.taken);
      concurrency.set(this.#limit.value);
    }
  }

  /** What has to be sent again, and the pause before; undefined when all is settled. */
  async #settle(target: Target, part: BulkPart, trials: Trial[] | undefined, body: unknown) {
    const count = part.offsets.length - 1;
    const { errors, items: answers } = (body ?? {}) as { errors?: unknown; items?: unknown };
    const list: ItemAnswer[] = Array.isArray(answers) ? answers : [];
    if (errors === false && list.length === count) {
      this.#deps.alarm.clear();
      this.#count('stored', count);
      return undefined;
    }
    const all = itemsOf(part);
    const again: { item: BulkItem; trial: Trial }[] = [];
    const letters: NewDeadLetter[] = [];
    let pause = 0;
    let alarm: string | undefined;
    let stored = 0;
    let known = 0;
    for (let i = 0; i < count; i++) {
      const item = all[i]!;
      const result = list[i]?.create;
      const trial = trials?.[i] ?? { original: item, moves: 0, suspicions: 0 };
      if (result === undefined || typeof result.status !== 'number') {
        again.push({ item, trial });
        pause = Math.max(pause, FIRST_PAUSE_MS);
        continue;
      }
      const error = errorOf(result.error);
      const verdict = itemVerdict(result.status, error);
      if (verdict === 'stored') stored++;
      else if (verdict === 'known') known++;
      else if (verdict === 'retry' || verdict === 'wait') {
        again.push({ item, trial });
        pause = Math.max(pause, verdict === 'wait' ? ALARM_PAUSE_MS : FIRST_PAUSE_MS);
        if (verdict === 'wait') alarm = reasonOf(error, { status: result.status });
        if (result.status === 429) this.#limit.overloaded(performance.now());
      } else if (verdict === 'suspect' && ++trial.suspicions <= MAX_SUSPICIONS) {
        again.push({ item, trial });
        pause = Math.max(pause, FIRST_PAUSE_MS);
      } else {
        const moved = verdict === 'move' ? await this.#move(target, item, trial, error?.reason ?? '') : undefined;
        if (moved !== undefined) again.push({ item: moved, trial });
        else letters.push(deadLetter(target, trial.original, result.status, error));
      }
    }
    this.#count('stored', stored);
    this.#count('known', known);
    await this.#setAside(letters);
    if (alarm !== undefined) this.#deps.alarm.raise(alarm);
    else if (stored + known > 0) this.#deps.alarm.clear();
    if (again.length === 0) return undefined;
    this.#countResent(again.length);
    return { items: again.map(each => each.item), trials: again.map(each => each.trial), pause };
  }

  /** The item with fields moved aside, or as it is when the refusal may have been a race; undefined when it is past help. */
  async #move(target: Target, item: BulkItem, trial: Trial, reason: string): Promise<BulkItem | undefined> {
    // Two documents of one request introduced a field, each with another type: the second goes in once the first has.
    if (/cannot be changed from type/.test(reason) && trial.suspicions++ === 0) return item;
    const { action, document } = linesOf(item);
    for (; trial.moves <= MAX_NAMED_MOVES; ) {
      const blame: Blame = trial.moves < MAX_NAMED_MOVES ? await this.#blame(target, reason) : { type: 'undeclared' };
      trial.moves = blame.type === 'undeclared' ? MAX_NAMED_MOVES + 1 : trial.moves + 1;
      const result =
        moveAside(document, blame) ??
        // What is below came with another document of the same moment.
        (blame.type === 'below' ? moveAside(document, { type: 'named', path: blame.path }) : undefined);
      if (result === undefined) {
        trial.moves = Math.max(trial.moves, MAX_NAMED_MOVES);
        continue;
      }
      movedFields.inc(result.moved);
      this.counts.moved_fields += result.moved;
      log.debug({ index: target.index, reason, fields: result.moved }, 'fields were moved to fields_unmapped');
      const body = Buffer.from(`${action}\n${result.document}\n`);
      return { body, start: 0, end: body.length };
    }
    return undefined;
  }

  async #blame(target: Target, reason: string): Promise<Blame> {
    if (isOverBudget(reason)) {
      const known = await this.#known.of(target.index, this.#aborting.signal);
      return known === undefined ? { type: 'undeclared' } : { type: 'unknown', known };
    }
    const above = fieldAboveInReason(reason);
    if (above !== undefined) return { type: 'below', path: above };
    const path = fieldInReason(reason);
    return path === undefined ? { type: 'undeclared' } : { type: 'named', path };
  }

  /** The request as a whole was refused: one document of many can do that. */
  async #halve(
    target: Target,
    part: BulkPart,
    trials: Trial[] | undefined,
    status: number,
    error: ElasticError | undefined,
  ) {
    const all = itemsOf(part);
    if (all.length === 1) {
      await this.#setAside([deadLetter(target, trials?.[0]?.original ?? all[0]!, status, error)]);
      return;
    }
    const middle = all.length >> 1;
    // One after the other: a body that was too large may be so because of many at the same time.
    await this.#deliver(target, joinItems(all.slice(0, middle)), trials?.slice(0, middle));
    await this.#deliver(target, joinItems(all.slice(middle)), trials?.slice(middle));
  }

  async #setAside(letters: NewDeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    for (let failures = 0; ; ) {
      try {
        await this.#deps.deadLetters.append(letters);
        this.#count('refused', letters.length);
        log.warn(
          { events: letters.length, index: letters[0]!.index, reason: letters[0]!.reason },
          'events were refused',
        );
        return;
      } catch (error) {
        log.error({ events: letters.length, error: messageOf(error) }, 'dead letters could not be kept');
        await this.#pause(++failures, FIRST_PAUSE_MS);
      }
    }
  }

  async #pause(failures: number, first: number): Promise<void> {
    const limits = { baseMs: first, capMs: this.#options.max_retry_interval_ms };
    await abortableDelay(backoffMs(failures, limits), this.#stopping.signal);
    this.#throwIfStopping();
  }

  #count(verdict: 'stored' | 'known' | 'refused', events: number): void {
    if (events === 0) return;
    items.inc({ verdict }, events);
    this.counts[verdict] += events;
  }

  #countResent(events: number): void {
    resent.inc(events);
    this.counts.resent += events;
  }

  #throwIfStopping(): void {
    if (this.#stopping.signal.aborted) throw stopped();
  }

  #throwIfAborting(): void {
    if (this.#aborting.signal.aborted) throw stopped();
  }
}

export function stopped(): LongshoreError {
  return new LongshoreError('LS_STORE_STOPPED', 'the store is stopped.', { retryable: true });
}

const BULK_ANSWER = 'errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by';

interface ItemAnswer {
  create?: { status?: unknown; error?: unknown };
}

function reasonOf(error: ElasticError | undefined, answer: { status: number } | undefined): string {
  return `${answer?.status ?? 'no answer'}: ${error?.reason ?? 'no reason given'}`;
}

/** `status`: of the HTTP answer. */
function deadLetter(target: Target, item: BulkItem, status: number, error: ElasticError | undefined): NewDeadLetter {
  const { action, document } = linesOf(item);
  return {
    kind: 'event',
    event: idOf(action),
    ...target,
    type: error?.type ?? 'unknown',
    reason: error?.reason ?? `no reason given (HTTP ${status})`,
    source: 'elasticsearch',
    at: Date.now(),
    form: 'elasticsearch',
    events: 1,
    document: Buffer.from(document),
  };
}
