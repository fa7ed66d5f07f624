// A push request as Loki's clients write it, by hand: these bytes are what `protobuf.ts` and `snappy.ts` read.

export interface Entry {
  seconds?: number;
  nanos?: number;
  line: string;
  metadata?: [string, string][];
}

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Buffer.from([...bytes, left]);
};
const number = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)]);
export const part = (field: number, value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
};

export function writeEntry({ seconds = 0, nanos = 0, line, metadata = [] }: Entry): Buffer {
  const time = Buffer.concat([number(1, seconds), number(2, nanos)]);
  const pairs = metadata.map(([name, value]) => part(3, Buffer.concat([part(1, name), part(2, value)])));
  return Buffer.concat([part(1, time), part(2, line), ...pairs]);
}

export function writePush(streams: { labels: string; entries: Entry[] }[]): Buffer {
  return Buffer.concat(
    streams.map(({ labels, entries }) =>
      part(
        1,
        Buffer.concat([part(1, labels), ...entries.map(entry => part(2, writeEntry(entry))), number(3, 2 ** 40)]),
      ),
    ),
  );
}

/** A block of snappy that is all literals. */
export function snapped(bytes: Buffer): Buffer {
  const parts = [varint(bytes.length)];
  for (let at = 0; at < bytes.length; at += 65_536) {
    const piece = bytes.subarray(at, at + 65_536);
    const size = Buffer.alloc(3, 61 << 2);
    size.writeUInt16LE(piece.length - 1, 1);
    parts.push(size, piece);
  }
  return Buffer.concat(parts);
}
