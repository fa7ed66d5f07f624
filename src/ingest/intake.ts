import { lineBudgets } from '../base/regexp/line-budgets.ts';
import type { Key } from '../buffer/spool/accepted.ts';
import type { Spool, SpoolEntry } from '../buffer/spool/spool.ts';
import type { Consumer, DocumentForm, LiveListener } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import type { EventMeta, Fields, Frame, LogEvent } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { containerOf } from '../ledger/counts.ts';
import type { Complete, Joiner, PieceRecord, RuleOf } from '../parse/join/joiner.ts';
import { decodePiece, type EncodedPiece } from '../parse/join/piece.ts';
import { placeOfLine, placeOfPiece } from '../parse/join/place.ts';
import type { PipelineSet } from '../parse/pipelines.ts';
import { conformAgain } from '../schema/conform-again.ts';
import { CANARY_SOURCE, type DocumentBytes, Draft, type Stored } from './draft.ts';
import { ElsewhereJoins } from './elsewhere.ts';
import { frameFailure } from './frame-failure.ts';
import { digestOf, keyOf } from './frame-key.ts';
import * as metrics from './intake-metrics.ts';
import { JoinTimer } from './join-timer.ts';
import { keptAsText } from './kept-as-text.ts';
import { LiveListeners } from './live-listeners.ts';
import { type JoinDelivery, type Peers, piecesOf } from './peers.ts';
import { WarmStreams } from './warm-streams.ts';

const log = logger('intake');

export interface IntakeDeps {
  readonly form: DocumentForm;
  readonly spool: Pick<Spool, 'append' | 'isAccepted' | 'refusal' | 'pages' | 'containers'>;
  readonly joiner: Joiner;
  readonly admit: (record: Fields, meta: EventMeta) => Fields;
  readonly conform: (fields: Fields, meta: EventMeta) => LogEvent;
  /** The document as bytes, which may be others after the next call. */
  readonly write: (event: LogEvent, id: string, seq: number, form: DocumentForm) => DocumentBytes;
  /** Name of the index of a day, for the live tail. */
  readonly indexOf: (day: string) => string;
  /** Names of the alert rules whose filter holds. */
  readonly match: (event: Fields) => readonly string[] | undefined;
  readonly encodePiece: (piece: PieceRecord) => EncodedPiece;
  /** Unique for this start of this worker: the base of ids for senders that give no chunk id. */
  readonly bootId: string;
  readonly firstSeq: number;
  /** Where several workers share the sockets. */
  readonly peers?: Peers | undefined;
  /** Replaced by a reload. */
  pipelines: PipelineSet;
}

/**
 * Frame -> documents -> spool: the one place where an event is parsed.
 * `consume` resolves when everything of the frame is durable; a frame that was accepted before resolves at once, one
 * that is on its way resolves with it.
 */
export class Intake implements Consumer {
  readonly #deps: IntakeDeps;
  readonly #inFlight = new Map<string, Promise<void>>();
  readonly #live: LiveListeners;
  /** On their way to the disk, in order, with the time they came. */
  readonly #pending = new Map<object, number>();
  /** How a line is joined that continues no event. */
  readonly #ruleOf: RuleOf = (fields, meta) => this.#deps.pipelines.multilineFor(fields, meta);
  readonly #warmStreams = new WarmStreams();
  #seq: number;
  #counter = 0;
  readonly #joinTimer = new JoinTimer(() => {
    this.expireJoins(Date.now()).catch(error => log.error({ error: messageOf(error) }, 'joined events wait'));
  });

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
    this.#seq = deps.firstSeq;
    this.#live = new LiveListeners(deps.indexOf);
  }

  set pipelines(pipelines: PipelineSet) {
    this.#deps.pipelines = pipelines;
  }

  subscribe(listener: LiveListener): () => void {
    return this.#live.add(listener);
  }

  /** Everything received before this instant (epoch milliseconds) is durable and evaluated; undefined while nothing is taken in. */
  watermark(now: number): number | undefined {
    if (this.#deps.spool.refusal !== undefined) return undefined;
    for (const receivedAt of this.#pending.values()) return Math.min(receivedAt, now);
    return now;
  }

  consume(frame: Frame): Promise<void> {
    try {
      return this.#consume(frame);
    } catch (error) {
      return Promise.reject(frameFailure(error));
    }
  }

  #consume(frame: Frame): Promise<void> {
    metrics.received(frame);
    let key: Key | undefined;
    let idBase: string;
    let inFlightKey: string | undefined;
    if (frame.chunk === undefined) {
      idBase = `${this.#deps.bootId}${(this.#counter++).toString(36)}`;
    } else {
      const digest = digestOf(frame);
      inFlightKey = digest;
      key = keyOf(digest.slice(0, 16));
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
    if (this.#deps.peers !== undefined) {
      const taking = this.#takeAmongPeers(this.#deps.peers, frame, idBase, key, inFlightKey);
      if (inFlightKey !== undefined) this.#inFlight.set(inFlightKey, taking);
      return taking;
    }
    const draft = this.#begin();
    draft.key = key;
    this.#parse(frame, idBase, draft);
    draft.inFlightKey = inFlightKey;
    return this.#append(draft, frame.receivedAt);
  }

  /** Resolves when the records that another worker had in its hands are durable here (or were before). */
  takeDelivery(delivery: JoinDelivery): Promise<void> {
    const key = keyOf(delivery.key);
    const known = this.#inFlight.get(delivery.key);
    if (known !== undefined || this.#deps.spool.isAccepted(key)) return known ?? Promise.resolve();
    const refusal = this.#deps.spool.refusal;
    if (refusal !== undefined) return Promise.reject(refusal);
    const pieces = piecesOf(delivery).map(decodePiece);
    const draft = this.#begin();
    draft.key = key;
    draft.isForJoins = true;
    if (delivery.isMoved) {
      for (const piece of pieces) draft.hold(piece);
      this.restore(pieces, delivery.receivedAt);
    } else for (const piece of pieces) this.#join(piece, draft, delivery.sender);
    this.#armJoins(delivery.receivedAt);
    const delivered = this.#deliver(draft, delivery.receivedAt);
    if (delivered === undefined) {
      draft.inFlightKey = delivery.key;
      return this.#append(draft, delivery.receivedAt);
    }
    const taken = delivered.finally(() => this.#inFlight.delete(delivery.key));
    this.#inFlight.set(delivery.key, taken);
    return taken;
  }

  /** Takes pieces up that were durable before the start. */
  restore(pieces: readonly PieceRecord[], now: number): void {
    this.#deps.joiner.restore(pieces, this.#ruleOf, now);
  }

  /** Joins whose time is up become events; called by a timer, and once more before the spool closes. */
  async expireJoins(now: number): Promise<void> {
    this.#joinTimer.clear();
    let complete: Complete[];
    try {
      complete = this.#deps.joiner.expire(now);
    } finally {
      this.#armJoins(now);
    }
    if (complete.length === 0) return;
    const draft = this.#begin();
    draft.isForJoins = true;
    this.#finishJoins(complete, draft, '');
    await (this.#deliver(draft, now) ?? this.#append(draft, now));
  }

  /** Alert hits and live events of a commit; the spool calls it before it acknowledges. */
  onDurable(entries: readonly SpoolEntry[], hits: (stored: Stored) => void): void {
    this.#settled(entries);
    for (const entry of entries) {
      for (const stored of (entry as Draft).context) {
        if (stored.rules !== undefined) hits(stored);
        if (!this.#live.isEmpty) this.#live.publish(stored);
      }
    }
  }

  /** Nothing of these was taken; the spool calls it before it says so. */
  onRejected(entries: readonly SpoolEntry[]): void {
    this.#settled(entries);
  }

  #settled(entries: readonly SpoolEntry[]): void {
    for (const entry of entries) {
      const draft = entry as Draft;
      this.#pending.delete(draft);
      if (draft.inFlightKey !== undefined) this.#inFlight.delete(draft.inFlightKey);
    }
  }

  /** After the inputs have stopped: joins whose time is up go to the spool; the others stay there as pieces. */
  async finish(now: number): Promise<void> {
    await this.expireJoins(now);
    this.#joinTimer.clear();
  }

  #parse(frame: Frame, idBase: string, draft: Draft): void {
    const { records, times, tag, receivedAt, sender } = frame;
    const { joiner, admit } = this.#deps;
    const shared = this.#deps.peers !== undefined;
    draft.isSilent = frame.source === CANARY_SOURCE;
    lineBudgets.beginFrame(sender);
    for (let i = 0; i < records.length; i++) {
      const record = records[i]!;
      const meta: EventMeta = { tag, time: times[i]!, receivedAt };
      const id = `${idBase}-${i.toString(36)}`;
      try {
        if (frame.isParsed === true) this.#store(conformAgain(this.#deps.conform, record, meta), meta, id, draft);
        else if (record['partial_message'] !== undefined || joiner.wantsWhole(record, sender, tag)) {
          const piece = { kind: 'docker' as const, record, meta, id };
          if (shared && this.#isElsewhere(placeOfPiece(record, sender, tag), piece, draft, sender)) continue;
          const outcome = joiner.dockerPiece(record, meta, id, sender);
          this.#finishJoins(outcome.complete, draft, sender, outcome.held);
        } else this.#event(admit(record, meta), meta, id, draft, sender);
      } catch (error) {
        this.#rescue(record, meta, id, draft, error);
      }
    }
    this.#armJoins(receivedAt);
  }

  #finishJoins(complete: readonly Complete[], draft: Draft, sender: string, held?: PieceRecord): void {
    if (held !== undefined) draft.hold(held);
    for (const { record, meta, id, releases, kind } of complete) {
      for (const released of releases) draft.release(released);
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
    if (this.#deps.peers !== undefined && this.#isLineElsewhere(fields, meta, id, draft, sender)) return;
    const offered = this.#deps.joiner.line(fields, meta, id, sender, this.#ruleOf);
    if (offered !== undefined) this.#finishJoins(offered.complete, draft, sender, offered.held);
    if (offered === undefined || offered.isAlone) this.#document(fields, meta, id, draft);
  }

  /** Where several workers share the sockets: lines that may be joined go to the one that joins their stream. */
  #isLineElsewhere(record: Fields, meta: EventMeta, id: string, draft: Draft, sender: string): boolean {
    const place = placeOfLine(record, sender);
    if (place === undefined) return false;
    const mayBeJoined = draft.isForJoins || this.#deps.joiner.concerns(record, this.#ruleOf(record, meta));
    // A frame with a chunk id may come again, to another worker: its lines must go the same ways, or be stored twice.
    const streams = draft.key === undefined ? this.#warmStreams : draft.warmStreams();
    const goes = streams.takes(place, meta.receivedAt, mayBeJoined);
    return goes && this.#isElsewhere(place, { kind: 'multiline', record, meta, id }, draft, sender);
  }

  async #takeAmongPeers(
    peers: Peers,
    frame: Frame,
    idBase: string,
    key: Key | undefined,
    inFlightKey: string | undefined,
  ): Promise<void> {
    const waiting = {};
    this.#pending.set(waiting, frame.receivedAt);
    const hex = key?.hex;
    try {
      if (hex !== undefined && (await peers.claim(hex)) === 'known') {
        metrics.duplicates.inc();
        return;
      }
      try {
        const draft = this.#begin();
        draft.key = key;
        this.#parse(frame, idBase, draft);
        await (this.#deliver(draft, frame.receivedAt) ?? this.#append(draft, frame.receivedAt));
      } catch (error) {
        if (hex !== undefined) peers.failed(hex);
        throw error;
      }
      if (hex !== undefined) peers.done(hex);
    } finally {
      this.#pending.delete(waiting);
      if (inFlightKey !== undefined) this.#inFlight.delete(inFlightKey);
    }
  }

  /** Records that are joined elsewhere are durable there before the rest is here; undefined: there are none. */
  #deliver(draft: Draft, receivedAt: number): Promise<void> | undefined {
    if (draft.elsewhere === undefined) return undefined;
    draft.endRun(this.#deps.spool.pages);
    const delivered = draft.elsewhere.deliver(this.#deps.peers!, receivedAt);
    return delivered.then(() => this.#append(draft, receivedAt));
  }

  /** True: the record is on its way to whoever joins its place, and that is not this draft. */
  #isElsewhere(place: string | undefined, piece: Omit<PieceRecord, 'key'>, draft: Draft, sender: string): boolean {
    const { peers } = this.#deps;
    if (place === undefined || peers === undefined) return false;
    const owner = peers.ownerOf(place);
    if (draft.isForJoins && owner === peers.name) return false;
    draft.elsewhere ??= new ElsewhereJoins();
    draft.elsewhere.add(owner, place, sender, this.#deps.encodePiece({ ...piece, key: '' }));
    return true;
  }

  #join({ kind, record, meta, id }: PieceRecord, draft: Draft, sender: string): void {
    try {
      if (kind === 'multiline') this.#event(record, meta, id, draft, sender);
      else {
        const outcome = this.#deps.joiner.dockerPiece(record, meta, id, sender);
        this.#finishJoins(outcome.complete, draft, sender, outcome.held);
      }
    } catch (error) {
      this.#rescue(record, meta, id, draft, error);
    }
  }

  #document(fields: Fields, meta: EventMeta, id: string, draft: Draft): void {
    const parsed = this.#deps.pipelines.run(fields, meta);
    if (parsed === undefined) {
      draft.drop(this.#deps.spool.containers.of(containerOf(fields, meta.tag)));
      return;
    }
    this.#store(this.#deps.conform(parsed, meta), meta, id, draft);
  }

  #store(event: LogEvent, meta: EventMeta, id: string, draft: Draft): void {
    const seq = this.#nextSeq(meta.receivedAt);
    this.#write(event, id, seq, draft);
    const rules = draft.isSilent ? undefined : this.#match(event);
    if (rules !== undefined) for (const rule of rules) draft.hits.push([draft.events - 1, rule]);
    if (rules !== undefined || !this.#live.isEmpty) draft.context.push({ event, id, seq, rules });
  }

  /** A filter that fails costs its hit, not the event. */
  #match(event: LogEvent): readonly string[] | undefined {
    try {
      return this.#deps.match(event.fields);
    } catch (error) {
      metrics.unmatched.inc();
      log.error({ error: messageOf(error) }, 'the filters of the alert rules failed for an event');
      return undefined;
    }
  }

  /** Never throws for anything that the record is or says. */
  #rescue(record: Fields, meta: EventMeta, id: string, draft: Draft, error: unknown): void {
    metrics.rescued.inc();
    log.error({ error: messageOf(error), tag: meta.tag }, 'an event could not be parsed and is kept as it came');
    this.#write(keptAsText(this.#deps, record, meta, error), id, this.#nextSeq(meta.receivedAt), draft);
  }

  #begin(): Draft {
    // Of a frame that could not be finished.
    this.#deps.spool.pages.discard();
    return new Draft();
  }

  #write(event: LogEvent, id: string, seq: number, draft: Draft): void {
    const { spool, write, form } = this.#deps;
    const container = spool.containers.of(containerOf(event.fields, ''));
    draft.write(spool.pages, write(event, id, seq, form), event, container);
    // It counts from here on, whatever happens to its hits.
    draft.events++;
    draft.seq = seq;
  }

  #append(draft: Draft, receivedAt: number): Promise<void> {
    draft.endRun(this.#deps.spool.pages);
    metrics.parsed(draft.events, draft.dropped);
    if (draft.held.size > 0) draft.pieces = Array.from(draft.held.values(), this.#deps.encodePiece);
    this.#pending.set(draft, receivedAt);
    const durable = this.#deps.spool.append(draft);
    // A draft that was rejected at once is pending no more.
    if (draft.inFlightKey !== undefined && this.#pending.has(draft)) this.#inFlight.set(draft.inFlightKey, durable);
    return durable;
  }

  #nextSeq(receivedAt: number): number {
    const clock = receivedAt * 1000;
    this.#seq = clock > this.#seq ? clock : this.#seq + 1;
    return this.#seq;
  }

  #armJoins(now: number): void {
    this.#joinTimer.arm(this.#deps.joiner.nextDeadline(), now);
  }
}
