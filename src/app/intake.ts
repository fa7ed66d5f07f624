import { hash } from 'node:crypto';
import type { Key } from '../buffer/spool/accepted.ts';
import type { DocumentRun, Spool, SpoolEntry } from '../buffer/spool/spool.ts';
import type { Consumer, DocumentForm, Hit, LiveListener } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import type { EventMeta, Fields, Frame, LogEvent } from '../core/event.ts';
import { INDEX_PREFIX } from '../core/fields.ts';
import { logger } from '../core/log.ts';
import type { Complete, Joiner, PieceRecord } from '../parse/join/joiner.ts';
import type { PipelineSet } from '../parse/pipelines.ts';
import * as metrics from './intake-metrics.ts';

const log = logger('intake');

export interface IntakeDeps {
  readonly form: DocumentForm;
  readonly spool: Pick<Spool, 'append' | 'isAccepted' | 'refusal' | 'pages'>;
  readonly joiner: Joiner;
  readonly admit: (record: Fields, meta: EventMeta) => Fields;
  readonly conform: (fields: Fields, meta: EventMeta) => LogEvent;
  readonly serialise: (event: LogEvent, id: string, seq: number, form: DocumentForm) => string;
  /** Names of the alert rules whose filter holds. */
  readonly match: (event: Fields) => readonly string[] | undefined;
  readonly encodePiece: (piece: PieceRecord) => { id: string };
  /** Unique for this start of this worker: the base of ids for senders that give no chunk id. */
  readonly bootId: string;
  readonly firstSeq: number;
  /** Replaced by a reload. */
  pipelines: PipelineSet;
}

/** A document that became durable, for alerts and for the live tail. */
export interface Stored {
  readonly event: LogEvent;
  readonly id: string;
  readonly seq: number;
  readonly rules: readonly string[] | undefined;
}

/** An entry on its way to the spool. */
class Draft implements SpoolEntry {
  parts: DocumentRun[] = [];
  /** Not among the parts yet: its bytes are what `Pages` has not given out. */
  run: DocumentRun | undefined = undefined;
  hits: [number, string][] = [];
  pieces: { id: string }[] = [];
  releases: string[] = [];
  key: Key | undefined = undefined;
  inFlightKey: string | undefined = undefined;
  seq = 0;
  events = 0;
  dropped = 0;
  /** Those with hits; all of them while somebody listens. */
  context: Stored[] = [];
}

/**
 * Frame -> documents -> spool: the one place where an event is parsed.
 * `consume` resolves when everything of the frame is durable; a frame that was accepted before resolves at once, one
 * that is on its way resolves with it.
 */
export class Intake implements Consumer {
  readonly #deps: IntakeDeps;
  readonly #inFlight = new Map<string, Promise<void>>();
  readonly #listeners = new Set<LiveListener>();
  /** On their way to the disk, in order, with the time they came. */
  readonly #pending = new Map<SpoolEntry, number>();
  #seq: number;
  #counter = 0;
  #joinTimer: NodeJS.Timeout | undefined;
  #joinDeadline = Number.POSITIVE_INFINITY;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
    this.#seq = deps.firstSeq;
  }

  set pipelines(pipelines: PipelineSet) {
    this.#deps.pipelines = pipelines;
  }

  subscribe(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Everything received before this instant (epoch milliseconds) is durable and evaluated; undefined while nothing is taken in. */
  watermark(now: number): number | undefined {
    if (this.#deps.spool.refusal !== undefined) return undefined;
    for (const receivedAt of this.#pending.values()) return Math.min(receivedAt, now);
    return now;
  }

  consume(frame: Frame): Promise<void> {
    metrics.received(frame);
    let key: Key | undefined;
    let idBase: string;
    let inFlightKey: string | undefined;
    if (frame.chunk === undefined) {
      idBase = `${this.#deps.bootId}${(this.#counter++).toString(36)}`;
    } else {
      const digest = hash('sha256', `${frame.sender}\0${frame.tag}\0${frame.chunk}`, 'hex');
      inFlightKey = digest;
      const hex = digest.slice(0, 16);
      key = { hi: Number.parseInt(hex.slice(0, 8), 16), lo: Number.parseInt(hex.slice(8), 16), hex };
      const known = this.#inFlight.get(inFlightKey);
      if (known !== undefined || this.#deps.spool.isAccepted(key)) {
        metrics.duplicates.inc();
        return known ?? Promise.resolve();
      }
      idBase = digest.slice(0, 24);
    }
    const refusal = this.#deps.spool.refusal;
    if (refusal !== undefined) {
      metrics.refused.inc({ reason: refusal.code });
      return Promise.reject(refusal);
    }
    const draft = this.#begin();
    draft.key = key;
    this.#parse(frame, idBase, draft);
    const durable = this.#append(draft, frame.receivedAt);
    if (inFlightKey !== undefined) {
      draft.inFlightKey = inFlightKey;
      this.#inFlight.set(inFlightKey, durable);
    }
    return durable;
  }

  /** Joins whose time is up become events; called by a timer, and once more before the spool closes. */
  async expireJoins(now: number): Promise<void> {
    const complete = this.#deps.joiner.expire(now);
    this.#joinDeadline = Number.POSITIVE_INFINITY;
    this.#armJoins(now);
    if (complete.length === 0) return;
    const draft = this.#begin();
    this.#finishJoins(complete, draft, '');
    await this.#append(draft, now);
  }

  /** Alert hits and live events of a commit; the spool calls it before it acknowledges. */
  onDurable(entries: readonly SpoolEntry[], hits: (stored: Stored) => void): void {
    for (const entry of entries) {
      const draft = entry as Draft;
      this.#pending.delete(draft);
      if (draft.inFlightKey !== undefined) this.#inFlight.delete(draft.inFlightKey);
      for (const stored of draft.context) {
        if (stored.rules !== undefined) hits(stored);
        if (this.#listeners.size > 0) this.#publish(stored);
      }
    }
  }

  /** After the inputs have stopped: joins whose time is up go to the spool; the others stay there as pieces. */
  async finish(now: number): Promise<void> {
    clearTimeout(this.#joinTimer);
    await this.expireJoins(now);
    clearTimeout(this.#joinTimer);
  }

  #parse(frame: Frame, idBase: string, draft: Draft): void {
    const { records, times, tag, receivedAt, sender } = frame;
    const { joiner, admit } = this.#deps;
    for (let i = 0; i < records.length; i++) {
      const record = records[i]!;
      const meta: EventMeta = { tag, time: times[i]!, receivedAt };
      const id = `${idBase}-${i.toString(36)}`;
      try {
        if (record['partial_message'] !== undefined || joiner.wantsWhole(record, sender, tag)) {
          const outcome = joiner.dockerPiece(record, meta, id, sender);
          if (outcome.held !== undefined) draft.pieces.push(this.#deps.encodePiece(outcome.held));
          this.#finishJoins(outcome.complete, draft, sender);
        } else this.#event(admit(record, meta), meta, id, draft, sender);
      } catch (error) {
        this.#rescue(record, meta, id, draft, error);
      }
    }
    this.#armJoins(receivedAt);
  }

  #finishJoins(complete: readonly Complete[], draft: Draft, sender: string): void {
    for (const { record, meta, id, releases, kind } of complete) {
      for (const released of releases) draft.releases.push(released);
      try {
        // What multiline has joined went through `admit` already; Docker's pieces did not.
        if (kind === 'multiline') this.#document(record, meta, id, draft);
        else this.#event(this.#deps.admit(record, meta), meta, id, draft, sender);
      } catch (error) {
        this.#rescue(record, meta, id, draft, error);
      }
    }
  }

  #event(fields: Fields, meta: EventMeta, id: string, draft: Draft, sender: string): void {
    const rule = this.#deps.pipelines.multilineFor(fields, meta);
    if (rule === undefined) {
      this.#document(fields, meta, id, draft);
      return;
    }
    const outcome = this.#deps.joiner.multiline(fields, meta, id, rule, sender);
    if (outcome.held !== undefined) draft.pieces.push(this.#deps.encodePiece(outcome.held));
    this.#finishJoins(outcome.complete, draft, sender);
  }

  #document(fields: Fields, meta: EventMeta, id: string, draft: Draft): void {
    const parsed = this.#deps.pipelines.run(fields, meta);
    if (parsed === undefined) {
      draft.dropped++;
      return;
    }
    const event = this.#deps.conform(parsed, meta);
    const seq = this.#nextSeq(meta.receivedAt);
    this.#write(event, id, seq, draft);
    const rules = this.#deps.match(event.fields);
    if (rules !== undefined) for (const rule of rules) draft.hits.push([draft.events, rule]);
    if (rules !== undefined || this.#listeners.size > 0) draft.context.push({ event, id, seq, rules });
    draft.events++;
    draft.seq = seq;
  }

  /** An event that breaks our own code is still an event: it is kept as text, with the reason. */
  #rescue(record: Fields, meta: EventMeta, id: string, draft: Draft, error: unknown): void {
    metrics.rescued.inc();
    log.error({ error: messageOf(error), tag: meta.tag }, 'an event could not be parsed and is kept as it came');
    const fields = this.#deps.admit(Object.create(null) as Fields, meta);
    fields['message'] = safeJson(record);
    fields['error'] = { message: messageOf(error), type: 'parse' };
    fields['tags'] = ['_parsefailure'];
    const event = this.#deps.conform(fields, meta);
    const seq = this.#nextSeq(meta.receivedAt);
    this.#write(event, id, seq, draft);
    draft.events++;
    draft.seq = seq;
  }

  #begin(): Draft {
    // Of a frame that could not be finished.
    this.#deps.spool.pages.discard();
    return new Draft();
  }

  #write(event: LogEvent, id: string, seq: number, draft: Draft): void {
    const { time, day } = event;
    const text = this.#deps.serialise(event, id, seq, this.#deps.form);
    const { pages } = this.#deps.spool;
    if (draft.run !== undefined && draft.run.day !== day) this.#endRun(draft);
    if (!pages.append(text)) {
      this.#endRun(draft);
      pages.append(text);
    }
    const { run } = draft;
    if (run === undefined) {
      draft.run = { day, bytes: NO_BYTES, events: 1, minTime: time, maxTime: time };
      return;
    }
    run.events++;
    if (time < run.minTime) run.minTime = time;
    if (time > run.maxTime) run.maxTime = time;
  }

  #endRun(draft: Draft): void {
    const { run } = draft;
    if (run === undefined) return;
    run.bytes = this.#deps.spool.pages.take();
    draft.parts.push(run);
    draft.run = undefined;
  }

  #append(draft: Draft, receivedAt: number): Promise<void> {
    this.#endRun(draft);
    metrics.parsed(draft.events, draft.dropped);
    this.#pending.set(draft, receivedAt);
    return this.#deps.spool.append(draft);
  }

  #publish({ event, id, seq }: Stored): void {
    const hit = { _id: id, _index: INDEX_PREFIX + event.day, seq, ...event.fields } as Hit;
    for (const listener of this.#listeners) listener(hit);
  }

  #nextSeq(receivedAt: number): number {
    const clock = receivedAt * 1000;
    this.#seq = clock > this.#seq ? clock : this.#seq + 1;
    return this.#seq;
  }

  #armJoins(now: number): void {
    const deadline = this.#deps.joiner.nextDeadline();
    if (deadline === undefined || deadline >= this.#joinDeadline) return;
    clearTimeout(this.#joinTimer);
    this.#joinDeadline = deadline;
    this.#joinTimer = setTimeout(
      () => {
        this.expireJoins(Date.now()).catch(error => log.error({ error: messageOf(error) }, 'joined events wait'));
      },
      Math.max(5, deadline - now),
    );
    this.#joinTimer.unref();
  }
}

const NO_BYTES = Buffer.alloc(0);

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
