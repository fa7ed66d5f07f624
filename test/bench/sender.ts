/*
 * The load, a process of its own so that its CPU is not counted: forward frames of Docker's shape, encoded before the clock
 * starts.
 *
 *   node test/bench/sender.ts '<a Job as JSON>'
 *
 * Prints one line of JSON (`Sent`) when all is acknowledged, or written where no answer is asked for; its connections stay
 * open until it is ended.
 */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { CHUNK_DIGITS, encodeFrames } from './frames.ts';
import type { Kind } from './lines/index.ts';

export interface Job {
  port: number;
  /** Tells the chunk ids of one sending from those of another. */
  round: number;
  kind: Kind;
  events: number;
  per_frame: number;
  connections: number;
  /** Frames have a chunk id, and so many of them may wait for their answer on each connection; 0: they have none. */
  window: number;
  /** Events a second over all connections, sent whether answers come or not; 0 for as fast as it goes. */
  rate: number;
}

/** Latencies of answers in milliseconds; 0 where none are asked for. */
export interface Sent {
  seconds: number;
  events: number;
  p50: number;
  p99: number;
  max: number;
}

/** 81 a3 'ack' b0 and 16 digits. */
const ACK_BYTES = 22;
/** As much as a kernel hands over at once of what several writers left. */
const WRITE_BYTES = 65_536;
/** Different events; they are sent again and again. */
const DIFFERENT_EVENTS = 20_000;
const CONTAINERS = 60;

const job = JSON.parse(process.argv[2]!) as Job;
const total = Math.ceil(job.events / job.per_frame);
const sentAt = new Float64Array(total);
const latencies = new Float64Array(total);
let sent = 0;
let settled = 0;
const done = Promise.withResolvers<void>();

/** One connection; frames are taken from what is left of all. */
abstract class Peer {
  protected readonly socket: Socket;
  protected readonly frames: readonly Buffer[];

  constructor(socket: Socket, frames: readonly Buffer[]) {
    this.socket = socket;
    this.frames = frames;
    socket.on('error', error => done.reject(error));
    socket.on('close', () => settled < total && done.reject(new Error(`closed after ${settled} of ${total} frames`)));
    socket.on('drain', () => job.rate === 0 && this.pump());
  }

  /** Writes as much as goes. */
  abstract pump(): void;
  abstract send(count: number): boolean;
}

class AskingPeer extends Peer {
  /** Frames in one write. */
  readonly #most: number;
  #at = 0;
  #inFlight = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, frames: readonly Buffer[]) {
    super(socket, frames);
    this.#most = Math.max(1, Math.floor(WRITE_BYTES / frames[0]!.length));
    socket.on('data', (data: Buffer) => this.#read(data));
  }

  pump(): void {
    for (;;) {
      const count = Math.min(total - sent, job.window - this.#inFlight, this.#most);
      if (count <= 0 || !this.send(count)) return;
    }
  }

  send(count: number): boolean {
    const parts: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      const frame = this.frames[this.#at++ % this.frames.length]!;
      const chunk = (job.round * 2 ** 32 + sent).toString(16).padStart(CHUNK_DIGITS, '0');
      parts.push(frame.subarray(0, -CHUNK_DIGITS), Buffer.from(chunk, 'latin1'));
      sentAt[sent++] = performance.now();
    }
    this.#inFlight += count;
    return this.socket.write(Buffer.concat(parts));
  }

  #read(data: Buffer): void {
    const bytes = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    const now = performance.now();
    let at = 0;
    for (; at + ACK_BYTES <= bytes.length; at += ACK_BYTES) {
      // The last eight digits are the frame's number.
      const frame = Number.parseInt(bytes.toString('latin1', at + ACK_BYTES - 8, at + ACK_BYTES), 16);
      latencies[frame] = now - sentAt[frame]!;
      settled++;
      this.#inFlight--;
    }
    this.#rest = bytes.subarray(at);
    if (settled === total) done.resolve();
    else if (job.rate === 0) this.pump();
  }
}

class TellingPeer extends Peer {
  /** Frames that are written as one. */
  readonly #pieces: { bytes: Buffer; frames: number }[] = [];
  #at = 0;

  constructor(socket: Socket, frames: readonly Buffer[]) {
    super(socket, frames);
    let piece: Buffer[] = [];
    for (const [i, frame] of frames.entries()) {
      piece.push(frame);
      const bytes = piece.reduce((sum, { length }) => sum + length, 0);
      if (bytes < WRITE_BYTES && i < frames.length - 1) continue;
      this.#pieces.push({ bytes: Buffer.concat(piece), frames: piece.length });
      piece = [];
    }
  }

  pump(): void {
    while (sent < total && this.send(total - sent));
  }

  /** At most so many frames. */
  send(count: number): boolean {
    let { bytes, frames } = this.#pieces[this.#at++ % this.#pieces.length]!;
    if (frames > count) {
      bytes = Buffer.concat(this.frames.slice(0, count));
      frames = count;
    }
    sent += frames;
    return this.socket.write(bytes, () => {
      settled += frames;
      if (settled === total) done.resolve();
    });
  }
}

const peers: Peer[] = [];
for (let i = 0; i < job.connections; i++) {
  const frames = encodeFrames({
    kind: job.kind,
    perFrame: job.per_frame,
    events: Math.max(job.per_frame, Math.ceil(DIFFERENT_EVENTS / job.connections)),
    containers: Math.max(1, Math.ceil(CONTAINERS / job.connections)),
    isAcked: job.window > 0,
    seed: 7 + i,
  });
  const socket = createConnection({ host: '127.0.0.1', port: job.port, noDelay: true });
  await once(socket, 'connect');
  peers.push(job.window > 0 ? new AskingPeer(socket, frames) : new TellingPeer(socket, frames));
}
const started = performance.now();
if (job.rate === 0) for (const peer of peers) peer.pump();
else sendByTheClock();
await done.promise;
const seconds = (performance.now() - started) / 1000;
const sorted = latencies.toSorted();
const quantile = (q: number): number => sorted[Math.min(total - 1, Math.floor(total * q))]!;
const result: Sent = {
  seconds,
  events: total * job.per_frame,
  p50: quantile(0.5),
  p99: quantile(0.99),
  max: quantile(1),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.on('disconnect', () => process.exit(0));

function sendByTheClock(): void {
  const framesPerMs = job.rate / job.per_frame / 1000;
  let turn = 0;
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor((performance.now() - started) * framesPerMs)) - sent;
    // Spread over the connections as containers would be.
    const each = Math.ceil(due / peers.length);
    for (let left = due; left > 0; left -= each) peers[turn++ % peers.length]!.send(Math.min(each, left));
    if (sent === total) clearInterval(timer);
  }, 1);
}
