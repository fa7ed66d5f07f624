import type { Socket } from 'node:net';
import type { Answers } from '../../base/forward/message-run.ts';
import { acksTotal } from './metrics.ts';

/** Time for a peer with two frames in flight to take one answer out of its socket before the other arrives, in ms. */
const APART_MS = 5;
/** Docker's driver has one thread each for stdout and stderr, and no more. */
const MOST_IN_FLIGHT_OF_DOCKER = 2;

/**
 * Writes the answers of one connection, as soon as they are due; many that are due together go in one write.
 *
 * Except to Docker's driver with `fluentd-request-ack`: its threads for stdout and stderr share the connection, and each
 * reads its answer through a buffer of its own that it throws away. Two answers that arrive together are both swallowed
 * by the first; the other thread then blocks the container's output until it times out, 10 seconds. So while a peer never
 * had more than two frames in flight, the second answer stays a little behind the first.
 */
export class AckWriter {
  readonly #socket: Socket;
  /** Frames whose answers are not written yet. */
  #inFlight = 0;
  #isPipelining = false;
  #written = 0;
  #writtenAt = 0;
  #held: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Due in this turn, to be written in one piece. */
  #together: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** So many frames that want an answer have come. Gives a mark to answer them with. */
  expect(frames = 1): number {
    this.#inFlight += frames;
    if (this.#inFlight > MOST_IN_FLIGHT_OF_DOCKER && !this.#isPipelining) {
      this.#isPipelining = true;
      this.flush();
    }
    return this.#written;
  }

  answer(ack: Buffer, mark: number): void {
    if (!this.#socket.writable) return;
    acksTotal.inc();
    if (this.#isPipelining) {
      this.#writeTogether(ack);
      return;
    }
    // Nothing was answered since the frame came: no other answer is on its way.
    const wait = mark === this.#written ? 0 : this.#writtenAt + APART_MS - performance.now();
    if (wait <= 0 && this.#held.length === 0) this.#write(ack);
    else {
      this.#held.push(ack);
      this.#timer ??= setTimeout(() => this.#writeHeld(), Math.max(1, wait));
    }
  }

  /** Those of frames that came together. */
  answerAll(answers: Answers, mark: number): void {
    if (this.#isPipelining) {
      if (answers.length === 0 || !this.#socket.writable) return;
      acksTotal.inc(answers.length);
      this.#writeTogether(answers.all());
    } else for (let i = 0; i < answers.length; i++) this.answer(answers.at(i), mark);
  }

  /** Writes what is held back, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const ack of this.#held) this.#write(ack);
    this.#held = [];
    this.#writeAll();
  }

  #writeHeld(): void {
    this.#timer = undefined;
    const ack = this.#held.shift();
    if (ack === undefined) return;
    this.#write(ack);
    if (this.#held.length > 0) this.#timer = setTimeout(() => this.#writeHeld(), APART_MS);
  }

  #write(ack: Buffer): void {
    this.#inFlight--;
    this.#written++;
    this.#writtenAt = performance.now();
    if (this.#socket.writable) this.#socket.write(ack);
  }

  #writeTogether(ack: Buffer): void {
    if (this.#together.push(ack) === 1) process.nextTick(() => this.#writeAll());
  }

  #writeAll(): void {
    const acks = this.#together;
    if (acks.length === 0) return;
    this.#together = [];
    if (this.#socket.writable) this.#socket.write(acks.length === 1 ? acks[0]! : Buffer.concat(acks));
  }
}
