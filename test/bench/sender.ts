/*
 * The load, a process of its own so that its CPU is not counted: forward frames of Docker's shape, pre-encoded.
 *
 *   node test/bench/sender.ts '{"port":..,"round":..,"events":..,"per_frame":..,"connections":..,"window":..,"rate":0}'
 *
 * `round` tells the chunk ids of one sending from those of another; `window`: frames that may wait for their ack on each
 * connection; `rate`: events a second over all connections, sent whether acks come or not, 0 for as fast as it goes.
 * Prints one line of JSON: seconds, events, and the latencies of acks in milliseconds.
 */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { encodeMsgpack, eventTime } from '../../src/base/msgpack/write.ts';
import { combinedLines } from './lines/index.ts';

export interface Job {
  port: number;
  round: number;
  events: number;
  per_frame: number;
  connections: number;
  window: number;
  rate: number;
}

export interface Sent {
  seconds: number;
  events: number;
  p50: number;
  p99: number;
  max: number;
}

/** 81 a3 'ack' b0 and 16 digits. */
const ACK_BYTES = 22;
const CHUNK_DIGITS = 16;

const job = JSON.parse(process.argv[2]!) as Job;
const bodies = makeBodies(job.per_frame);
const total = Math.ceil(job.events / job.per_frame);
const sentAt = new Float64Array(total);
const latencies = new Float64Array(total);
let sent = 0;
let acked = 0;
const done = Promise.withResolvers<void>();

/** One connection; frames are taken from what is left of all. */
class Peer {
  readonly #socket: Socket;
  #inFlight = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', error => done.reject(error));
    socket.on('close', () => acked < total && done.reject(new Error(`closed after ${acked} of ${total} acks`)));
    socket.on('data', (data: Buffer) => this.#read(data));
    socket.on('drain', () => job.rate === 0 && this.pump());
  }

  /** So many frames as one write, as a kernel hands over what several writers left. */
  send(count: number): boolean {
    const frames: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      const body = bodies[sent % bodies.length]!;
      const chunk = (job.round * 2 ** 32 + sent).toString(16).padStart(CHUNK_DIGITS, '0');
      frames.push(body, Buffer.from(chunk, 'latin1'));
      sentAt[sent++] = performance.now();
    }
    this.#inFlight += count;
    return this.#socket.write(Buffer.concat(frames));
  }

  pump(): void {
    // A megabyte at a time.
    const most = Math.max(1, Math.floor(1_000_000 / bodies[0]!.length));
    for (;;) {
      const count = Math.min(total - sent, job.window - this.#inFlight, most);
      if (count <= 0 || !this.send(count)) return;
    }
  }

  end(): void {
    this.#socket.destroy();
  }

  #read(data: Buffer): void {
    const bytes = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    const now = performance.now();
    let at = 0;
    for (; at + ACK_BYTES <= bytes.length; at += ACK_BYTES) {
      // The last eight digits are the frame's number.
      const frame = Number.parseInt(bytes.toString('latin1', at + ACK_BYTES - 8, at + ACK_BYTES), 16);
      latencies[frame] = now - sentAt[frame]!;
      acked++;
      this.#inFlight--;
    }
    this.#rest = bytes.subarray(at);
    if (acked === total) done.resolve();
    else if (job.rate === 0) this.pump();
  }
}

const peers: Peer[] = [];
for (let i = 0; i < job.connections; i++) {
  const socket = createConnection({ host: '127.0.0.1', port: job.port, noDelay: true });
  await once(socket, 'connect');
  peers.push(new Peer(socket));
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
for (const peer of peers) peer.end();

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

/** Frames without their chunk id, which differs each time and comes last: `[tag, entries, {chunk: <16 digits>}]`. */
function makeBodies(perFrame: number): Buffer[] {
  const lines = combinedLines(10_000);
  const containers = Array.from({ length: 10 }, (_, i) => ({
    container_id: String(i).repeat(64),
    container_name: `/web-${i}`,
  }));
  const record = (i: number) => ({ ...containers[i % 10]!, source: 'stdout', log: lines[i % lines.length]! });
  const option = { chunk: '0'.repeat(CHUNK_DIGITS) };
  const time = eventTime(Date.now());
  return Array.from({ length: Math.max(1, Math.ceil(10_000 / perFrame)) }, (_, n) => {
    const first = n * perFrame;
    const frame =
      perFrame === 1
        ? ['docker.httpd', time, record(first), option]
        : ['docker.httpd', Array.from({ length: perFrame }, (_, i) => [time, record(first + i)]), option];
    return encodeMsgpack(frame).subarray(0, -CHUNK_DIGITS);
  });
}
