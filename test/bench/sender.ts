/*
 * The load, a process of its own so that its CPU is not counted: forward frames of Docker's shape, pre-encoded.
 *
 *   node test/bench/sender.ts '{"port":..,"events":..,"perFrame":..,"window":..,"rate":0}'
 *
 * `window`: frames that may wait for their ack; `rate`: events a second, 0 for as fast as it goes.
 * Prints one line of JSON: seconds, events, and the latencies of acks in milliseconds.
 */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { encodeMsgpack, eventTime } from '../../src/inputs/msgpack-write.ts';
import { combinedLines } from './lines.ts';

interface Job {
  port: number;
  events: number;
  perFrame: number;
  window: number;
  rate: number;
}

const job = JSON.parse(process.argv[2]!) as Job;
const lines = combinedLines(Math.max(1000, Math.min(10_000, job.perFrame * 10)));
const containers = Array.from({ length: 10 }, (_, i) => ({
  container_id: String(i).repeat(64),
  container_name: `/web-${i}`,
}));
const record = (i: number) => ({ ...containers[i % 10]!, source: 'stdout', log: lines[i % lines.length]! });

/** Bodies of frames without their chunk id, which differs each time: head, then the option map with 16 hex digits. */
const bodies = Array.from({ length: Math.max(1, Math.min(200, Math.ceil(10_000 / job.perFrame))) }, (_, n) => {
  const time = eventTime(Date.now());
  const first = n * job.perFrame;
  if (job.perFrame === 1) return encodeMsgpack(['docker.httpd', time, record(first), { chunk: '0'.repeat(16) }]);
  const entries = Array.from({ length: job.perFrame }, (_, i) => [time, record(first + i)]);
  return encodeMsgpack(['docker.httpd', entries, { chunk: '0'.repeat(16) }]);
});

const socket = createConnection({ host: '127.0.0.1', port: job.port, noDelay: true });
await once(socket, 'connect');
const total = Math.ceil(job.events / job.perFrame);
const sentAt = new Float64Array(total);
const latencies = new Float64Array(total);
let sent = 0;
let acked = 0;
let buffered: Buffer = Buffer.alloc(0);
const started = performance.now();
const done = Promise.withResolvers<void>();

socket.on('error', error => done.reject(error));
socket.on('close', () => acked < total && done.reject(new Error(`closed after ${acked} of ${total} acks`)));
socket.on('data', (data: Buffer) => {
  buffered = buffered.length === 0 ? data : Buffer.concat([buffered, data]);
  let at = 0;
  // 81 a3 'ack' b0 and 16 digits: 22 bytes.
  for (; at + 22 <= buffered.length; at += 22) {
    const frame = Number.parseInt(buffered.toString('latin1', at + 6, at + 22), 16);
    latencies[frame] = performance.now() - sentAt[frame]!;
    acked++;
  }
  buffered = buffered.subarray(at);
  if (acked === total) done.resolve();
  else if (job.rate === 0) pump();
});

function sendOne(): boolean {
  const body = Buffer.from(bodies[sent % bodies.length]!);
  body.write(sent.toString(16).padStart(16, '0'), body.length - 16, 'latin1');
  sentAt[sent++] = performance.now();
  return socket.write(body);
}

function pump(): void {
  while (sent < total && sent - acked < job.window) if (!sendOne()) return;
}
socket.on('drain', () => job.rate === 0 && pump());

if (job.rate === 0) pump();
else {
  const perMs = job.rate / job.perFrame / 1000;
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor((performance.now() - started) * perMs));
    while (sent < due) sendOne();
    if (sent === total) clearInterval(timer);
  }, 1);
}
await done.promise;
const seconds = (performance.now() - started) / 1000;
const sorted = latencies.toSorted();
const quantile = (q: number) => sorted[Math.min(total - 1, Math.floor(total * q))];
process.stdout.write(
  `${JSON.stringify({ seconds, events: total * job.perFrame, p50: quantile(0.5), p99: quantile(0.99), max: sorted[total - 1] })}\n`,
);
socket.destroy();
