import type { Socket } from 'node:net';
import type { ByteBudget, Waiter } from '../../base/flow/byte-budget.ts';
import type { Consumer } from '../../core/contracts.ts';
import { isRetryable } from '../../core/errors.ts';
import type { Frame } from '../../core/event.ts';
import type { DoorConnection } from '../stream/doors.ts';
import { foreignProtocol } from '../stream/foreign-protocol.ts';
import { isLumberjack, LumberjackFault, type LumberjackFrame, LumberjackReader } from './lumberjack.ts';
import { type BeatsReason, metrics } from './metrics.ts';
import { beatsEvent, pairsEvent } from './record.ts';
import { Run } from './run.ts';
import { type WindowPart, Windows } from './windows.ts';

/** What the connections of one input share. */
export interface BeatsContext {
  readonly tag: string;
  readonly consumer: Consumer;
  readonly maxFrameBytes: number;
  readonly idleTimeoutMs: number;
  /** Events of all connections that are not durable yet. */
  readonly unacked: ByteBudget;
  /** A connection holds so many more bytes of frames that have not arrived whole. */
  partialBytesChanged(by: number): void;
  /** A connection ends for this reason. */
  ended(peer: string, reason: BeatsReason, error?: unknown): void;
  /** An event is kept, but not as it was meant. */
  kept(peer: string, fault: string): void;
}

/** Reading pauses while so much of one connection is not durable: a sender that does not wait fills no more than this. */
const CONNECTION_BYTES = 8 * 1024 * 1024;
/** The same for windows. */
const MAX_OPEN_WINDOWS = 1000;
/** A sender that hears nothing for half a minute gives up. */
const PROGRESS_MS = 5000;
/** From the first byte of a frame to its last. */
const FRAME_TIMEOUT_MS = 120_000;
/** How long a peer may take to read our last words. */
const LAST_WORDS_MS = 5000;

/** open: frames are taken. draining: nothing more is; what was taken is acknowledged when it is durable, then the socket is closed. */
type State = 'open' | 'draining' | 'closed';

const HTTP_ANSWER =
  'HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n' +
  'This is the port of longshore for Beats (inputs.beats): use output.logstash. HTTP is spoken at http.address.\n';

/** One peer. Nothing that it sends throws out of here. */
export class BeatsConnection implements Waiter, DoorConnection {
  readonly #socket: Socket;
  readonly #peer: string;
  readonly #context: BeatsContext;
  readonly #gone: () => void;
  readonly #reader: LumberjackReader;
  readonly #windows = new Windows();
  readonly #settled = Promise.withResolvers<void>();
  #state: State = 'open';
  #run = new Run();
  /** Runs given to the consumer and not settled, and what they count for. */
  #outstanding = 0;
  #unackedBytes = 0;
  #unpackedBytes = 0;
  #heldBytes = 0;
  #isFirst = true;
  #isPaused = false;
  #hasEnded = false;
  /** Epoch milliseconds. */
  #stateSince: number;
  #lastRead: number;
  /** The same by the clock on the wall, for the events. */
  #receivedAt = 0;
  #lastTold: number;
  #frameSince = 0;

  /** `gone`: told when the socket is closed and all that was read is settled. */
  constructor(socket: Socket, peer: string, context: BeatsContext, gone: () => void) {
    this.#socket = socket;
    this.#peer = peer;
    this.#context = context;
    this.#gone = gone;
    this.#reader = new LumberjackReader(context.maxFrameBytes);
    this.#stateSince = this.#lastRead = this.#lastTold = performance.now();
    socket.on('data', read => this.#read(read));
    socket.on('end', () => this.#ended());
    socket.on('drain', () => this.goOn());
    socket.on('error', error => this.fail('socket', error));
    socket.on('close', () => this.#closed());
  }

  /** Memory held for a frame that has not arrived whole. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Reads no more. Resolves when what was taken is settled and acknowledged; the rest its sender sends again. */
  finish(): Promise<void> {
    this.#drain();
    return this.#settled.promise;
  }

  abandon(): void {
    this.#drain();
    this.#socket.destroy();
  }

  /** Ends the connection after what was taken is settled. Only the first reason counts. */
  fail(reason: BeatsReason, error?: unknown): void {
    if (this.#state !== 'open') return;
    this.#context.ended(this.#peer, reason, error);
    this.#drain();
  }

  /** Called now and then, with the time of `performance.now`: ends what takes too long, and tells those who wait how far their window has come. */
  check(now: number): void {
    if (this.#state === 'draining' && this.#outstanding === 0 && now - this.#stateSince > LAST_WORDS_MS) {
      this.#socket.destroy();
    }
    if (this.#state !== 'open') return;
    if (this.#windows.open > 0 && now - this.#lastTold >= PROGRESS_MS) {
      const progress = this.#windows.progress(this.#isPaused);
      if (progress !== undefined) this.#answer([progress]);
    }
    if (this.#isPaused) return;
    const { idleTimeoutMs } = this.#context;
    const isWaiting = this.#reader.waiting > 0;
    if (isWaiting && now - this.#frameSince > FRAME_TIMEOUT_MS) this.fail('frame_timeout');
    else if (idleTimeoutMs > 0 && !isWaiting && this.#outstanding === 0 && now - this.#lastRead > idleTimeoutMs) {
      this.fail('idle_timeout');
    }
  }

  /** There may be room again: takes what has been read already, then reads on. */
  goOn(): void {
    if (!this.#isPaused || this.#state !== 'open') return;
    if (this.#isOver()) {
      this.#waitForRoom();
      return;
    }
    this.#isPaused = false;
    this.#lastRead = this.#frameSince = performance.now();
    this.#receivedAt = Date.now();
    this.#work();
    if (!this.#isPaused && this.#state === 'open') this.#socket.resume();
  }

  #read(read: Buffer): void {
    if (this.#state !== 'open') return;
    metrics.bytes.inc(read.length);
    this.#lastRead = performance.now();
    this.#receivedAt = Date.now();
    if (this.#isFirst) {
      this.#isFirst = false;
      if (!isLumberjack(read)) {
        this.#refuseProtocol(read);
        return;
      }
    }
    this.#reader.push(read);
    if (!this.#isPaused) this.#work();
    else this.#countHeld();
  }

  /** Takes the frames that are whole, as far as there is room. */
  #work(): void {
    const wasWaiting = this.#frameSince !== 0;
    let found = false;
    let isAll = false;
    let fault: unknown;
    // What is answered at once goes out as one.
    this.#socket.cork();
    try {
      while (!this.#isOver()) {
        const frame = this.#reader.next();
        if (frame === undefined) {
          isAll = true;
          break;
        }
        found = true;
        this.#take(frame);
      }
    } catch (error) {
      fault = error;
    }
    this.#socket.uncork();
    this.#flush();
    if (this.#reader.waiting === 0) this.#frameSince = 0;
    else if (found || !wasWaiting) this.#frameSince = this.#lastRead;
    this.#countHeld();
    if (fault !== undefined) this.fail(fault instanceof LumberjackFault ? fault.reason : 'unexpected', fault);
    else if (!isAll) this.#pause();
    else if (this.#hasEnded) this.#drain();
  }

  #take(frame: LumberjackFrame): void {
    if (frame.type === 'window') {
      this.#flush();
      if (this.#windows.open === 0) this.#lastTold = this.#lastRead;
      this.#answer(this.#windows.announce(frame.version, frame.events));
      return;
    }
    if (!this.#windows.hasRoom) {
      throw new LumberjackFault('no_window', 'an event that no window has announced');
    }
    const isJson = frame.type === 'json';
    const event = isJson ? beatsEvent(frame.text, this.#receivedAt) : pairsEvent(frame.pairs);
    if (event.fault !== undefined) this.#context.kept(this.#peer, event.fault);
    if (!this.#run.fits(event)) this.#flush();
    this.#run.add(event, frame.sequence, isJson ? frame.text.length : frame.bytes);
    const isLast = this.#windows.receive(frame.sequence);
    if (isLast || this.#run.isFull) this.#flush();
  }

  /** Gives on what was taken. */
  #flush(): void {
    const run = this.#run;
    if (run.length === 0) return;
    this.#run = new Run();
    run.receivedAt = this.#receivedAt;
    const part = this.#windows.part();
    const { size, length } = run;
    this.#outstanding++;
    this.#unackedBytes += size;
    this.#context.unacked.take(size);
    metrics.unacked.inc(size);
    if (!run.hasIds) metrics.withoutId.inc(length);
    this.#consume(run, part).then(
      () => this.#given(size),
      (error: unknown) => {
        this.fail(isRetryable(error) ? 'not_taken_retryable' : 'not_taken_permanent', error);
        this.#given(size);
      },
    );
  }

  /** Resolves when the run is durable, and has been acknowledged as far as its turn has come. */
  async #consume(run: Run, part: WindowPart): Promise<void> {
    try {
      await this.#giveAll(run);
    } catch (error) {
      if (isRetryable(error) || run.length === 1) throw error;
      // One of many may be at fault: those before it are good, and are not to come again.
      for (const [i, one] of this.#windows.split(part, run.sequences).entries()) {
        await this.#give(run, i);
        this.#durable(one, 1);
      }
      return;
    }
    this.#durable(part, run.length);
  }

  #durable(part: WindowPart, events: number): void {
    metrics.events.inc(events);
    this.#answer(this.#windows.durable(part));
  }

  async #giveAll(run: Run): Promise<void> {
    const { consumer } = this.#context;
    if (!run.hasIds) await consumer.consume(this.#frame(run));
    else if (consumer.takesMessages === true) {
      await consumer.consume({ ...this.#frame(run), isMessages: true, chunkIds: run.ids });
    } else {
      const all = await Promise.allSettled(run.ids.map((_, i) => this.#give(run, i)));
      const refused = all.find(one => one.status === 'rejected');
      if (refused !== undefined) throw refused.reason;
    }
  }

  async #give(run: Run, index: number): Promise<void> {
    await this.#context.consumer.consume({
      ...this.#frame(run),
      records: [run.records[index]!],
      times: [run.times[index]!],
      bytes: Math.ceil(run.bytes / run.length),
      chunkId: run.ids[index],
    });
  }

  #frame({ receivedAt, records, times, bytes, pipeline }: Run): Frame {
    return { source: 'beats', sender: this.#peer, tag: this.#context.tag, receivedAt, records, times, bytes, pipeline };
  }

  /** What it counted for is free again. */
  #given(size: number): void {
    this.#outstanding--;
    this.#unackedBytes -= size;
    metrics.unacked.dec(size);
    this.#context.unacked.give(size);
    if (this.#state === 'open') this.goOn();
    else this.#closeIfSettled();
  }

  #answer(acks: readonly Buffer[]): void {
    if (acks.length === 0 || !this.#socket.writable) return;
    metrics.acks.inc(acks.length);
    this.#lastTold = performance.now();
    this.#socket.write(acks.length === 1 ? acks[0]! : Buffer.concat(acks));
  }

  /** Whether to read no further. Who has unpacked a frame and has nothing under way may always go on: it would wait for itself. */
  #isOver(): boolean {
    const size = this.#run.size;
    if (this.#windows.open >= MAX_OPEN_WINDOWS || this.#socket.writableNeedDrain) return true;
    if (this.#unackedBytes + size >= CONNECTION_BYTES) return true;
    if (this.#reader.unpackedBytes > 0 && this.#unackedBytes === 0) return false;
    const { used, limit } = this.#context.unacked;
    return used + size >= limit;
  }

  #pause(): void {
    if (this.#isPaused || this.#state !== 'open') return;
    this.#isPaused = true;
    this.#socket.pause();
    this.#waitForRoom();
  }

  /** Our own events and our answers wake us when they are settled and sent; those of others only if we ask. */
  #waitForRoom(): void {
    if (this.#context.unacked.isFull) this.#context.unacked.wait(this);
  }

  #refuseProtocol(first: Buffer): void {
    const protocol = foreignProtocol(first);
    if (protocol === 'HTTP') this.#socket.write(HTTP_ANSWER);
    this.fail('other_protocol', new Error(`${protocol ?? 'something else'} was spoken`));
  }

  /** The peer has sent its last, and may still wait for our answers. */
  #ended(): void {
    this.#hasEnded = true;
    if (this.#state === 'open' && !this.#isPaused) this.#work();
  }

  #drain(): void {
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    this.#stateSince = performance.now();
    this.#socket.pause();
    this.#run = new Run();
    this.#reader.clear();
    this.#countHeld();
    this.#context.unacked.forget(this);
    this.#closeIfSettled();
  }

  #closeIfSettled(): void {
    if (this.#outstanding > 0) return;
    if (this.#state === 'draining') {
      this.#stateSince = performance.now();
      const last = this.#windows.lastWord();
      if (last !== undefined) this.#answer([last]);
      // Until the peer closes its side, too.
      this.#socket.resume();
      this.#socket.destroySoon();
      this.#settled.resolve();
    } else if (this.#state === 'closed') {
      this.#settled.resolve();
      this.#gone();
    }
  }

  #countHeld(): void {
    const { heldBytes, unpackedBytes } = this.#reader;
    const unpacked = unpackedBytes - this.#unpackedBytes;
    this.#unpackedBytes = unpackedBytes;
    if (unpacked > 0) this.#context.unacked.take(unpacked);
    else if (unpacked < 0) this.#context.unacked.give(-unpacked);
    const held = this.#isPaused ? 0 : heldBytes;
    const by = held - this.#heldBytes;
    if (by === 0) return;
    this.#heldBytes = held;
    this.#context.partialBytesChanged(by);
  }

  #closed(): void {
    this.#drain();
    this.#state = 'closed';
    this.#closeIfSettled();
  }
}
