import { deflateSync } from 'node:zlib';

/** Frames as senders write them. */
export type Version = 1 | 2;

function head(type: string, version: Version, ...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(2 + numbers.length * 4);
  bytes.write(`${version}${type}`, 'latin1');
  for (const [i, number] of numbers.entries()) bytes.writeUInt32BE(number, 2 + i * 4);
  return bytes;
}

export const windowFrame = (events: number, version: Version = 2): Buffer => head('W', version, events);

export function jsonFrame(sequence: number, event: unknown): Buffer {
  const text = Buffer.isBuffer(event) ? event : Buffer.from(typeof event === 'string' ? event : JSON.stringify(event));
  return Buffer.concat([head('J', 2, sequence, text.length), text]);
}

export function pairsFrame(sequence: number, pairs: Record<string, string>): Buffer {
  const texts = Object.entries(pairs)
    .flat()
    .map(text => Buffer.from(text));
  const parts = texts.flatMap(text => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(text.length);
    return [size, text];
  });
  return Buffer.concat([head('D', 1, sequence, texts.length / 2), ...parts]);
}

export function packedFrame(content: Buffer, version: Version = 2): Buffer {
  const packed = deflateSync(content);
  return Buffer.concat([head('C', version, packed.length), packed]);
}

export const ack = (sequence: number, version: Version = 2): Buffer => head('A', version, sequence);

/** A window of events with sequences from `first` on, compressed as Filebeat does it. */
export function sentWindow(events: readonly unknown[], first = 1): Buffer {
  const frames = Buffer.concat(events.map((event, i) => jsonFrame(first + i, event)));
  return Buffer.concat([windowFrame(events.length), packedFrame(frames)]);
}

/** An event of Filebeat's `filestream` input. */
export const filebeatEvent = (message: string, offset: number, more: object = {}) => ({
  '@timestamp': '2026-11-20T13:55:36.123Z',
  '@metadata': { beat: 'filebeat', type: '_doc', version: '8.17.0' },
  log: { offset, file: { path: '/srv/app/app.log', inode: '1711', device_id: '64768' } },
  message,
  input: { type: 'filestream' },
  ecs: { version: '8.0.0' },
  host: { name: 'web-1' },
  agent: { id: 'b0a1', name: 'web-1', type: 'filebeat', version: '8.17.0', ephemeral_id: 'e1' },
  ...more,
});
