import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { deflateSync } from 'node:zlib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { seeded } from '../../support/chance.ts';
import { reusablePort } from '../../support/free-port.ts';
import { Longshore } from '../../support/longshore.ts';
import { connected } from '../tcp-json/support.ts';
import { filebeatEvent, jsonFrame, packedFrame, sentWindow, windowFrame } from './frames.ts';

/* Strangers on the port of a started Longshore, four connections of each kind, beside a good Beat. */

const MB = 1024 * 1024;
const PEERS = 4;
/** What the process may have had at most: limits of the settings, and what one large event takes on its way. */
const MOST_MB = 700;

/** zlib that says of itself so much more than it is. */
const bomb = (content: Buffer): Buffer => {
  const packed = deflateSync(content, { level: 9 });
  const head = Buffer.from('2C\0\0\0\0');
  head.writeUInt32BE(packed.length, 2);
  return Buffer.concat([head, packed]);
};
const event = (i: number) => filebeatEvent(`stranger ${i}`, i);
const chance = seeded(5044);
const good = sentWindow(Array.from({ length: 20 }, (_, i) => event(i)));

function fuzzed(): Buffer {
  const bytes = Buffer.from(good);
  for (let i = 0; i < 4; i++) bytes[Math.floor(chance() * bytes.length)] = Math.floor(chance() * 256);
  return bytes.subarray(0, Math.floor(chance() * bytes.length * 1.2));
}

/** What each stranger does with its connection. */
const STRANGERS: Readonly<Record<string, (socket: Socket) => void>> = {
  'frames that were changed on the way': socket => {
    for (let i = 0; i < 20; i++) socket.write(fuzzed());
  },
  noise: socket => {
    socket.write(Buffer.from(Array.from({ length: 10_000 }, () => Math.floor(chance() * 256))));
  },
  'a window of nothing, and one of all that can be said': socket => {
    socket.write(windowFrame(0));
    socket.write(windowFrame(0xffff_ffff));
    for (let i = 1; i <= 100; i++) socket.write(jsonFrame(i, event(i)));
  },
  'half a frame': socket => {
    socket.write(sentWindow([event(1)]).subarray(0, -3));
  },
  'a length of four gigabytes': socket => {
    socket.write(windowFrame(1));
    socket.write(Buffer.from('2J\0\0\0\x01\xff\xff\xff\xff', 'latin1'));
  },
  'compressed within compressed': socket => {
    socket.write(Buffer.concat([windowFrame(1), packedFrame(packedFrame(jsonFrame(1, event(1))))]));
  },
  'zeros that are packed, beyond the limit': socket => {
    socket.write(Buffer.concat([windowFrame(1), bombs.zeros]));
  },
  'an event below the limit that is large when it is unpacked': socket => {
    socket.write(Buffer.concat([windowFrame(1), bombs.event]));
  },
  'a million windows, and nobody reads the answers': socket => {
    socket.pause();
    const windows = Buffer.concat(Array.from({ length: 10_000 }, () => windowFrame(0)));
    for (let i = 0; i < 20 && !socket.destroyed; i++) socket.write(windows);
  },
  'many events, and nobody reads the answers': socket => {
    socket.pause();
    for (let i = 0; i < 200; i++) socket.write(sentWindow([{ message: `n ${i}` }]));
  },
};
const bombs = {
  zeros: bomb(Buffer.alloc(70 * MB)),
  event: bomb(jsonFrame(1, JSON.stringify({ message: 'x'.repeat(25 * MB) }))),
};

test('strangers cost a good Beat nothing, and the memory stays bounded', { timeout: 120_000 }, async () => {
  const port = await reusablePort();
  const longshore = await Longshore.start({ set: { 'inputs.beats': `{address: '127.0.0.1:${port}'}` }, rules: {} });
  onTestFinished(() => longshore.remove());
  const beat = await connected(port);
  let acks = 0;
  beat.on('data', () => acks++);
  let sent = 0;
  for (const [name, act] of Object.entries(STRANGERS)) {
    const sockets = await Promise.all(Array.from({ length: PEERS }, () => connected(port)));
    for (const socket of sockets) {
      socket.on('error', () => {});
      act(socket);
    }
    for (let i = 0; i < 3; i++) {
      const before = acks;
      beat.write(sentWindow([filebeatEvent('good', sent++)]));
      await vi.waitFor(() => expect(acks, name).toBeGreaterThan(before), { timeout: 20_000, interval: 5 });
    }
    for (const socket of sockets) socket.destroy();
  }
  beat.destroy();
  expect((await longshore.search('message:good', { size: '1' })).total).toBe(sent);
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${longshore.process.pid}/status`, 'utf8'))![1];
  expect(Number(peak) / 1024).toBeLessThan(MOST_MB);
});
