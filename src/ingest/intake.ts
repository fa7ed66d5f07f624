import { randomBytes } from 'node:crypto';
import { type Key, keyOf } from '../buffer/spool/accepted.ts';
import type { Spool } from '../buffer/spool/spool.ts';
import type { Consumer } from '../core/contracts.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import type { Frame } from '../core/event.ts';
import { logger } from '../core/log.ts';
import type { Complete, PieceRecord } from '../parse/join/piece.ts';
import { type ActiveDefinitions, Documents, type DocumentsDeps, type OtherJoiners } from './documents.ts';
import { Draft } from './draft.ts';
import { digestOf } from './frame-key.ts';
import * as metrics from './intake-metrics.ts';
import { JoinTimer } from './join-timer.ts';
import { Messages } from './messages.ts';

const log = logger('intake');

export interface IntakeDeps extends DocumentsDeps {
  readonly spool: Spool;
}

/**
 * Frame -> documents -> spool. `consume` resolves when everything of the frame is durable; a frame that was accepted
 * before resolves at once, one that is on its way resolves with it.
 */
export class Intake implements Consumer {
  readonly takesMessages: boolean = true;
  protected readonly documents: Documents;
  /** Frames with a chunk id that are on their way to the disk, by their digests. */
  protected readonly inFlight = new Map<string, Promise<void>>();
  readonly #messages = new Messages();
  /** All that is on its way to the disk, in order, with the time it came (epoch milliseconds). */
  protected readonly pending = new Map<object, number>();
  readonly #deps: IntakeDeps;
  /** Unique for this start of this worker: the base of ids for senders that give no chunk id. */
  readonly #bootId = `b${Date.now().toString(36)}${randomBytes(4).toString('hex')}`;
  #counter = 0;
  protected readonly settled = (draft: Draft): void => {
    this.pending.delete(draft);
    if (draft.digest !== undefined) this.inFlight.delete(draft.digest);
    if (draft.keys !== undefined) this.#messages.settled(draft.keys);
  };
  readonly #joinTimer = new JoinTimer(() => {
    this.expireJoins(Date.now()).catch(error =>
      log.error({ error: messageOf(error) }, 'joined events could not be written; retrying'),
    );
  });

  constructor(deps: IntakeDeps, definitions: ActiveDefinitions, others?: OtherJoiners) {
    this.#deps = deps;
    this.documents = new Documents(deps, definitions, others);
  }

  consume(frame: Frame): Promise<void> {
    try {
      return this.#consume(frame);
    } catch (error) {
      return Promise.reject(frameFailure(error));
    }
  }

  /** What a reload brings; takes effect with the next frame. */
  replace(definitions: ActiveDefinitions): void {
    this.documents.replace(definitions);
  }

  /** Everything received before this instant (epoch milliseconds) is durable and evaluated; undefined while nothing is taken in. */
  watermark(now: number): number | undefined {
    if (this.#deps.spool.refusal !== undefined) return undefined;
    for (const receivedAt of this.pending.values()) return Math.min(receivedAt, now);
    return now;
  }

  /** Takes pieces up that were durable before the start. */
  restore(pieces: readonly PieceRecord[], now: number): void {
    this.documents.restore(pieces, now);
    this.armJoins(now);
  }

  /** Joins whose time is up become events; called by a timer, and once more before the spool closes. */
  async expireJoins(now: number): Promise<void> {
    this.#joinTimer.clear();
    let complete: Complete[];
    try {
      complete = this.#deps.joiner.expire(now);
    } finally {
      this.armJoins(now);
    }
    if (complete.length === 0) return;
    const draft = this.draft();
    this.documents.begin();
    this.documents.finish(complete, draft, '');
    await this.send(draft, now);
  }

  /** After the inputs have stopped: joins whose time is up go to the spool; the others stay there as pieces. */
  async finish(now: number): Promise<void> {
    await this.expireJoins(now);
    this.#joinTimer.clear();
  }

  #consume(frame: Frame): Promise<void> {
    metrics.received(frame);
    if (frame.chunkIds !== undefined) return this.#consumeMessages(frame);
    const draft = this.draft();
    if (frame.isMessages === true) draft.frames = frame.records.length;
    if (frame.chunkId === undefined) draft.idBase = `${this.#bootId}${(this.#counter++).toString(36)}`;
    else {
      const digest = digestOf(frame);
      draft.digest = digest;
      draft.key = keyOf(digest.slice(0, 16));
      draft.idBase = digest.slice(0, 24);
      const known = this.known(digest, draft.key);
      if (known !== undefined) {
        metrics.duplicates.inc();
        return known;
      }
    }
    return this.#refused(draft.frames) ?? this.take(frame, draft);
  }

  /** Those that nobody knows yet become one draft. */
  #consumeMessages(frame: Frame): Promise<void> {
    const draft = this.draft();
    const { fresh, others, known, way } = this.#messages.sort(frame, draft, this.#deps.spool, this.inFlight);
    if (known > 0) metrics.duplicates.inc(known);
    if (fresh === undefined) return all(others);
    let durable: Promise<void> | undefined;
    try {
      durable = this.#refused(draft.frames);
      if (durable !== undefined) return durable;
      durable = this.take(fresh, draft);
      way.durable = durable;
    } finally {
      // Nothing of it is on its way.
      if (way.durable === undefined) this.settled(draft);
    }
    return others.size === 0 ? durable : all([durable, ...others]);
  }

  #refused(frames: number): Promise<void> | undefined {
    const { refusal } = this.#deps.spool;
    if (refusal === undefined) return undefined;
    metrics.refused.inc({ reason: refusal.code }, frames);
    return Promise.reject(refusal);
  }

  /** Nothing of it is known yet. */
  protected take(frame: Frame, draft: Draft): Promise<void> {
    this.parse(frame, draft);
    return this.send(draft, frame.receivedAt);
  }

  protected draft(): Draft {
    return new Draft(this.settled);
  }

  protected parse(frame: Frame, draft: Draft): void {
    this.documents.begin();
    this.documents.add(frame, draft);
    this.armJoins(frame.receivedAt);
  }

  /** Resolves when all of the draft is durable. */
  protected send(draft: Draft, receivedAt: number): Promise<void> {
    const { spool } = this.#deps;
    draft.endRun(spool.pages);
    metrics.parsed(draft.events, draft.dropped);
    draft.writePieces();
    this.pending.set(draft, receivedAt);
    const durable = spool.append(draft);
    // A draft that was rejected at once is pending no more.
    if (draft.digest !== undefined && this.pending.has(draft)) this.inFlight.set(draft.digest, durable);
    return durable;
  }

  /** Of a frame that was accepted before, or is on its way. */
  protected known(digest: string, key: Key): Promise<void> | undefined {
    const onItsWay = this.inFlight.get(digest) ?? this.#messages.find(key.hi, key.lo);
    return onItsWay ?? (this.#deps.spool.isAccepted(key) ? Promise.resolve() : undefined);
  }

  protected armJoins(now: number): void {
    this.#joinTimer.arm(this.#deps.joiner.nextDeadline(), now);
  }
}

async function all(promises: Iterable<Promise<void>>): Promise<void> {
  await Promise.all(promises);
}

/** Our own mistake with a frame: the same one fails again. */
function frameFailure(error: unknown): LongshoreError {
  if (error instanceof LongshoreError) return error;
  log.error(
    { error: error instanceof Error ? error.stack : messageOf(error) },
    'a frame failed and is not acknowledged',
  );
  const what = `the frame could not be taken in: ${messageOf(error)}.`;
  return new LongshoreError('LS_INTAKE_FAILED', what, { cause: error });
}
