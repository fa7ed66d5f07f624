import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Waiter } from '../../base/flow/byte-budget.ts';
import { FrameError, withPlace } from '../../base/forward/errors.ts';
import type { ForwardFrame } from '../../base/forward/frame.ts';
import { FrameReader } from '../../base/forward/frame-reader.ts';
import { JsonScanner } from '../../base/forward/json-scanner.ts';
import { MessageRun } from '../../base/forward/message-run.ts';
import { placeIn } from '../../base/msgpack/msgpack.ts';
import { leftOver } from '../../base/net/left-over.ts';
import { isRetryable } from '../../core/errors.ts';
import type { Frame } from '../../core/event.ts';
import { AckWriter } from './ack-writer.ts';
import type { InputContext, Peer } from './context.ts';
import { Handshake, MAX_PING_BYTES } from './handshake.ts';
import { decodeJsonFrame } from './json-mode.ts';
import { bytesTotal, eventsTotal, type ForwardReason, framesTotal, pausesTotal } from './metrics.ts';
import { Takings } from './takings.ts';
import { Window } from './window.ts';

/**
 * handshake: waiting for PING. open: frames are taken. finishing: nothing more is read; the whole frames that were read are
 * still taken, as fast as the budget allows, be the peer there or not. draining: what was taken is still acknowledged when
 * it is durable, then the socket is closed.
 */
type State = 'handshake' | 'open' | 'finishing' | 'draining' | 'closed';

/** How long a peer may take to read our last words. */
const LAST_WORDS_MS = 5000;
const MAX_NAME_LENGTH = 255;

/** One peer. Nothing that it sends throws out of here. */
export class ForwardConnection implements Waiter {
  readonly #socket: Socket;
  readonly #context: InputContext;
  readonly #reader: FrameReader;
  readonly #handshake: Handshake | undefined;
  readonly #answers: AckWriter;
  readonly #acceptsParsed: boolean;
  readonly #window: Window;
  #sender: string;
  #state: State;
  /** Frames given to the consumer and not settled. */
  #outstanding = 0;
  #heldBytes = 0;
  #isPaused = false;
  /** The socket is closed. */
  #isGone = false;
  /** Since when the present state lasts; the beginnings of the frame in arrival and of the silence. Epoch milliseconds. */
  #stateSince: number;
  #frameSince = 0;
  #lastRead: number;
  /** The same by the clock on the wall, for the events. */
  #receivedAt = 0;

  constructor(socket: Socket, { address, needsHandshake, acceptsParsed }: Peer, context: InputContext) {
    const { settings, handshake } = context;
    this.#socket = socket;
    this.#acceptsParsed = acceptsParsed;
    this.#answers = new AckWriter(socket);
    this.#context = context;
    this.#window = new Window(settings, context.unacked);
    this.#sender = address;
    this.#stateSince = this.#lastRead = performance.now();
    if (needsHandshake && handshake !== undefined) {
      this.#state = 'handshake';
      this.#reader = new FrameReader(MAX_PING_BYTES, context.pool);
      this.#handshake = new Handshake(handshake, randomBytes(16), randomBytes(16));
    } else {
      this.#state = 'open';
      this.#reader = new FrameReader(settings.max_frame_bytes, context.pool, new JsonScanner(settings));
    }
    socket.on('data', read => this.#read(read));
    socket.on('end', () => this.#ended());
    socket.on('drain', () => this.goOn());
    socket.on('error', error => this.fail('socket', error));
    socket.on('close', () => this.#closed());
    if (this.#handshake !== undefined) socket.write(this.#handshake.helo());
  }

  /** Memory held for a frame that has not arrived whole. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  get isEnding(): boolean {
    return this.#state !== 'handshake' && this.#state !== 'open';
  }

  /** Ends the connection after what was read is taken and settled. Only the first reason counts. */
  fail(reason: ForwardReason, error?: unknown, tag?: string): void {
    if (this.isEnding) return;
    this.#context.ended(this.#sender, reason, error, tag);
    this.finish();
  }

  /** Reads no more; closes when all that was read is taken and settled. */
  finish(): void {
    if (this.isEnding) return;
    this.#keepWholeFrames(() => {});
  }

  /** Gives up: what is not taken yet is lost. */
  destroy(): void {
    this.#reader.clear();
    this.#countHeld();
    if (this.#state !== 'closed') this.#become('draining');
    if (this.#isGone) this.#bury();
    else this.#socket.destroy();
  }

  /** Called now and then, with the time of `performance.now`: ends what takes too long. */
  check(now: number): void {
    const { handshake_timeout_ms, frame_timeout_ms, idle_timeout_ms } = this.#context.settings;
    const isWaiting = this.#reader.waiting > 0;
    if (this.#state === 'handshake') {
      if (now - this.#stateSince > handshake_timeout_ms) this.fail('handshake_timeout');
    } else if (this.#state === 'draining') {
      if (this.#outstanding === 0 && now - this.#stateSince > LAST_WORDS_MS) this.destroy();
    } else if (this.#state === 'open' && !this.#isPaused) {
      if (isWaiting && now - this.#frameSince > frame_timeout_ms) this.fail('frame_timeout');
      else if (idle_timeout_ms > 0 && !isWaiting && this.#outstanding === 0 && now - this.#lastRead > idle_timeout_ms) {
        this.fail('idle_timeout');
      }
    }
  }

  /** There may be room again: takes what has been read already, then reads on. */
  goOn(): void {
    if (!this.#isPaused || (this.#state !== 'open' && this.#state !== 'finishing')) return;
    const hasWork = this.#state === 'open' || this.#reader.waiting > 0;
    if (hasWork && this.#isOver(0)) {
      // Our own frames and our answers wake us when they are settled and sent; those of others only if we ask.
      if (this.#context.unacked.isFull) this.#context.unacked.wait(this);
      return;
    }
    this.#isPaused = false;
    this.#lastRead = this.#frameSince = performance.now();
    this.#receivedAt = Date.now();
    this.#work();
    if (!this.#isPaused && this.#state === 'open') this.#socket.resume();
  }

  #read(read: Buffer): void {
    if (this.isEnding) return;
    this.#push(read);
    if (this.#isPaused) {
      // It was under way when we paused: its turn comes with the rest.
      this.#reader.settle();
      this.#countHeld();
    } else this.#work();
  }

  #push(read: Buffer): void {
    bytesTotal.inc(read.length);
    this.#lastRead = performance.now();
    this.#receivedAt = Date.now();
    this.#reader.push(read);
  }

  /** Takes the frames that are whole: decodes them all, then gives them on one after another, so that one fsync serves them all. */
  #work(): void {
    const wasWaiting = this.#frameSince !== 0;
    const takings = new Takings();
    let fault: unknown;
    let found = false;
    try {
      while (!this.#isOver(takings.bytes, takings.bytesWithoutChunk) && this.#reader.next()) {
        found = true;
        if (this.#state !== 'handshake') this.#take(takings);
        else if (!this.#greet()) return;
      }
    } catch (error) {
      fault = error;
    }
    this.#reader.settle();
    if (this.#reader.waiting === 0) this.#frameSince = 0;
    else if (found || !wasWaiting) this.#frameSince = this.#lastRead;
    this.#deliver(takings);
    this.#countHeld();
    if (fault !== undefined) this.fail(reasonOf(fault), fault);
    else if (this.#state === 'finishing' && this.#reader.waiting === 0) this.#drain();
    else if (this.#isOver(0)) this.#pause();
  }

  #take(takings: Takings): void {
    const { bytes, start, end, isJson } = this.#reader;
    const { decoder, consumer } = this.#context;
    if (!isJson && consumer.takesMessages === true && takings.addMessage(decoder, bytes, start, end)) return;
    const frame = this.#decode();
    if (frame !== undefined) takings.add(frame);
  }

  #decode(): ForwardFrame | undefined {
    const { bytes, start, end, isJson } = this.#reader;
    const { decoder, settings } = this.#context;
    try {
      return isJson ? decodeJsonFrame(bytes, start, end, settings) : decoder.decode(bytes, start, end);
    } catch (error) {
      if (isJson) withPlace(error, placeIn(bytes, start, start, end));
      if (this.#state !== 'finishing') throw error;
      // The frames behind it are whole all the same.
      this.#context.ended(this.#sender, reasonOf(error), error);
      return undefined;
    }
  }

  /** False: the peer failed, and the connection is ending. */
  #greet(): boolean {
    const { bytes, start, end } = this.#reader;
    const { pong, refusal, name } = this.#handshake!.answer(bytes, start, end);
    this.#socket.write(pong);
    if (refusal !== undefined) {
      this.fail('handshake_failed', refusal);
      return false;
    }
    this.#sender = `${this.#sender}/${name.slice(0, MAX_NAME_LENGTH).toWellFormed()}`;
    this.#reader.maxFrameBytes = this.#context.settings.max_frame_bytes;
    this.#become('open');
    return true;
  }

  #deliver(takings: Takings): void {
    let frames = 0;
    let events = 0;
    for (const one of takings.all) {
      events += one.records.length;
      if (one instanceof MessageRun) {
        frames += one.length;
        this.#consumeRun(one);
        continue;
      }
      frames++;
      if (one.setAside !== undefined) this.#context.setAside(this.#sender, one.tag, one.setAside);
      if (one.isMarked && !this.#acceptsParsed) this.#context.notTrusted(this.#sender);
      // Nothing to make durable.
      if (one.records.length > 0) this.#consume(one);
      else if (one.ack !== undefined) this.#answers.answer(one.ack, this.#answers.expect());
    }
    if (frames > 0) framesTotal.inc(frames);
    if (events > 0) eventsTotal.inc(events);
  }

  #consume({ tag, chunk, records, times, bytes, ack, isMarked }: ForwardFrame): void {
    const mark = ack === undefined ? 0 : this.#answers.expect();
    const isParsed = isMarked && this.#acceptsParsed;
    this.#give({ tag, chunkId: chunk, records, times, bytes, isParsed }, ack !== undefined).then(
      () => {
        if (ack !== undefined) this.#answers.answer(ack, mark);
        this.#settled(bytes, ack !== undefined);
      },
      (error: unknown) => {
        this.fail(isRetryable(error) ? 'not_taken_retryable' : 'not_taken_permanent', error, tag);
        this.#settled(bytes, ack !== undefined);
      },
    );
  }

  #consumeRun(run: MessageRun): void {
    const { records, times, bytes, chunks, answers, hasIds } = run;
    const tag = run.tags[0]!;
    const tags = run.isOfOneTag ? undefined : run.tags;
    const mark = this.#answers.expect(answers.length);
    const chunkIds = hasIds ? chunks : undefined;
    this.#give({ tag, tags, records, times, bytes, isMessages: true, chunkIds }, hasIds).then(
      () => {
        this.#answers.answerAll(answers, mark);
        this.#settled(bytes, hasIds);
      },
      (error: unknown) => {
        // One of many may be at fault: it must not keep the others from being taken.
        if (isRetryable(error) || run.length === 1) {
          this.fail(isRetryable(error) ? 'not_taken_retryable' : 'not_taken_permanent', error, tag);
        } else for (const frame of run.frames()) this.#consume(frame);
        this.#settled(bytes, hasIds);
      },
    );
  }

  /** Resolves when it is durable; until then it is in the window. */
  #give(frame: Omit<Frame, 'source' | 'sender' | 'receivedAt'>, hasChunk: boolean): Promise<void> {
    this.#outstanding++;
    this.#window.take(frame.bytes, hasChunk);
    try {
      return this.#context.consumer.consume({
        source: 'forward',
        sender: this.#sender,
        receivedAt: this.#receivedAt,
        ...frame,
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #settled(bytes: number, hasChunk: boolean): void {
    this.#outstanding--;
    this.#window.give(bytes, hasChunk);
    if (this.#state === 'draining') this.#closeIfSettled();
    else this.goOn();
  }

  /** Whether to read no further, with so many bytes decoded and not yet given on. A peer that does not read its answers waits, too. */
  #isOver(bytes: number, bytesWithoutChunk = 0): boolean {
    if (this.#window.isFull(bytes, bytesWithoutChunk)) return true;
    return this.#state === 'open' && this.#socket.writableNeedDrain;
  }

  #pause(): void {
    if (this.#isPaused || (this.#state !== 'open' && this.#state !== 'finishing')) return;
    this.#isPaused = true;
    pausesTotal.inc();
    this.#socket.pause();
    if (this.#context.unacked.isFull) this.#context.unacked.wait(this);
  }

  /** The peer has sent its last. */
  #ended(): void {
    if (this.isEnding) return;
    if (this.#state === 'handshake') this.fail('truncated');
    else this.#keepWholeFrames((reason, error) => this.#context.ended(this.#sender, reason, error));
  }

  /** Reads no more, and takes what was read. `onRest` is told why the rest is no whole frame, if there is a rest. */
  #keepWholeFrames(onRest: (reason: ForwardReason, error?: unknown) => void): void {
    const isGreeted = this.#state === 'open';
    this.#become('finishing');
    this.#socket.pause();
    if (isGreeted) {
      for (const read of leftOver(this.#socket)) this.#push(read);
      try {
        if (this.#reader.keepWhole() > 0) onRest('truncated');
      } catch (fault) {
        onRest(reasonOf(fault), fault);
      }
    } else this.#reader.clear();
    this.#countHeld();
    this.#isPaused = true;
    this.goOn();
  }

  #drain(): void {
    if (this.#state !== 'finishing') return;
    this.#become('draining');
    if (this.#isGone) this.#bury();
    else this.#closeIfSettled();
  }

  #become(state: State): void {
    this.#state = state;
    this.#stateSince = performance.now();
  }

  #closeIfSettled(): void {
    if (this.#outstanding > 0) return;
    this.#stateSince = performance.now();
    this.#answers.flush();
    this.#socket.destroySoon();
  }

  #countHeld(): void {
    const held = this.#reader.heldBytes;
    const before = this.#heldBytes;
    if (held === before) return;
    this.#heldBytes = held;
    this.#context.partialBytesChanged(held - before);
  }

  #closed(): void {
    this.#isGone = true;
    this.finish();
    if (this.#state !== 'finishing') this.#bury();
  }

  #bury(): void {
    if (this.#state === 'closed') return;
    this.#become('closed');
    this.#context.unacked.forget(this);
    this.#reader.clear();
    this.#countHeld();
    this.#context.closed(this);
  }
}

function reasonOf(fault: unknown): ForwardReason {
  return fault instanceof FrameError ? fault.reason : 'unexpected';
}
