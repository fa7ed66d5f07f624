import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

/** Whole lines that are sent at a time. */
const BATCH_BYTES = 512 * 1024;
const BATCH_LINES = 5000;
/** A line that is longer is sent in parts. */
export const MOST_BYTES = 8_000_000;

/** What gzip or zstd have packed is unpacked; the first bytes say which. */
export async function unpacked(source: Readable): Promise<Readable> {
  const pieces = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  let isOver = false;
  while (head.length < 4 && !isOver) {
    const { value, done } = await pieces.next();
    if (done === true) isOver = true;
    else head = Buffer.concat([head, value]);
  }
  const whole = Readable.from(
    (async function* () {
      if (head.length > 0) yield head;
      for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
    })(),
    { objectMode: false },
  );
  const packed = head[0] === 0x1f && head[1] === 0x8b ? createGunzip() : undefined;
  const unpack =
    packed ?? (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528 ? createZstdDecompress() : undefined);
  if (unpack === undefined) return whole;
  whole.on('error', error => unpack.destroy(error));
  return whole.pipe(unpack);
}

/** Whole lines, cut at the same places whenever the same bytes come; with `pauseMs`, also when nothing came for so long. */
export async function* batches(source: AsyncIterable<Buffer>, pauseMs?: number): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  let next = pieces.next();
  for (;;) {
    const found = pauseMs === undefined || !held.includes(LF) ? await next : await within(next, pauseMs);
    if (found === undefined) {
      const end = held.lastIndexOf(LF) + 1;
      yield held.subarray(0, end);
      held = held.subarray(end);
      continue;
    }
    if (found.done === true) break;
    held = held.length === 0 ? found.value : Buffer.concat([held, found.value]);
    for (let end = endOf(held); end > 0; end = endOf(held)) {
      yield held.subarray(0, end);
      held = held.subarray(end);
    }
    next = pieces.next();
  }
  if (held.length > 0) yield held;
}

/** Where the first batch ends; 0: it is not whole. Neither its bytes nor its lines are more than a request may have. */
function endOf(held: Buffer): number {
  let lines = 0;
  let end = 0;
  for (let at = held.indexOf(LF); at !== -1 && (at < BATCH_BYTES || end === 0); at = held.indexOf(LF, end)) {
    end = at + 1;
    if (++lines === BATCH_LINES) return end;
  }
  if (held.length >= BATCH_BYTES && end > 0) return end;
  return held.length >= MOST_BYTES ? MOST_BYTES : 0;
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const LF = 0x0a;
