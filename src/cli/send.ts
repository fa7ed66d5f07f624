import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { backoffMs } from '../base/flow/backoff.ts';
import { isRetryable, LongshoreError, messageOf } from '../core/errors.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, type Client, clientFor } from './client.ts';
import { type Command, wholeNumber } from './command.ts';
import { printable } from './format.ts';

/** Whole lines that are sent at a time. */
const BATCH_BYTES = 512 * 1024;
const BATCH_LINES = 5000;
/** What a pipe brings is sent when it pauses for so long. */
const PAUSE_MS = 500;
/** A line that is longer is sent in parts. */
const MOST_BYTES = 8_000_000;
const RETRY = { baseMs: 200, capMs: 5000 };
const PROGRESS_MS = 500;

export const sendCommand: Command = {
  name: 'send',
  summary: 'sends the lines of files, or of standard input, to a running longshore: longshore send app.log',
  usage: `longshore send FILE... | -

      --tag TAG          tag of the events (default: send)
      --retry-s N        how long to try while nobody takes lines (default: 60)
${CLIENT_USAGE}

Each line is an event, parsed by the pipelines: JSON, access logs, stack traces. Times are those of the lines, so old logs come
to their own days; those before event.clamp_past_days get the earliest time that is kept. Files that are compressed with gzip or
zstd are read as they are; - is standard input. Each batch has an id: a file that was interrupted can be sent again within
buffer.retry_horizon_ms, and what is there already is not stored twice. Lines of standard input have ids for the retries of
one run only. Exit code 1 if not all was taken; what was is said. Needs a token with the scope ingest, if there are tokens.`,

  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...CLIENT_OPTIONS, tag: { type: 'string' }, 'retry-s': { type: 'string' } },
      allowPositionals: true,
    });
    if (positionals.length === 0)
      throw new LongshoreError('LS_CLI_SEND', 'nothing says what to send.', {
        fix: 'Name files, or write - for standard input.',
      });
    const sender = new Sender(
      clientFor(values, io.env),
      values.tag ?? 'send',
      wholeNumber('--retry-s', values['retry-s'], 60) * 1000,
      io.stderr,
    );
    let isWhole = true;
    for (const name of positionals) {
      const sum = { events: 0, bytes: 0 };
      try {
        await sender.send(name, name === '-' ? io.stdin : createReadStream(name), sum);
        io.stdout.write(`${told(sum)} of ${nameOf(name)}\n`);
      } catch (error) {
        isWhole = false;
        io.stderr.write(`longshore send: ${nameOf(name)}: ${messageOf(error)}\n${told(sum)} of it\n`);
      }
    }
    return isWhole ? 0 : 1;
  },
};

interface Sum {
  events: number;
  bytes: number;
}

const told = ({ events, bytes }: Sum): string => `taken: ${events} events, ${bytes} bytes`;
const nameOf = (name: string): string => (name === '-' ? 'standard input' : printable(name));

class Sender {
  readonly #client: Client;
  readonly #path: string;
  readonly #retryMs: number;
  readonly #screen: NodeJS.WriteStream;
  #shownAt = 0;

  constructor(client: Client, tag: string, retryMs: number, screen: NodeJS.WriteStream) {
    this.#client = client;
    this.#path = `/api/logs?tag=${encodeURIComponent(tag)}`;
    this.#retryMs = retryMs;
    this.#screen = screen;
  }

  /** Sends everything, and counts in `sum` what was taken. */
  async send(name: string, source: Readable, sum: Sum): Promise<void> {
    const run = name === '-' ? randomUUID() : undefined;
    for await (const batch of batches(await unpacked(source), name === '-' ? PAUSE_MS : undefined)) {
      // The same bytes at the same place of a file of this name.
      const id =
        run === undefined
          ? createHash('sha256').update(`${name}\0${sum.bytes}\0`).update(batch).digest('hex')
          : `${run}:${sum.bytes}`;
      sum.events += await this.#post(batch, id);
      sum.bytes += batch.length;
      this.#show(`${told(sum)} of ${nameOf(name)}`);
    }
    if (this.#shownAt > 0) this.#screen.write('\r\u001b[K');
  }

  async #post(batch: Buffer, id: string): Promise<number> {
    const until = Date.now() + this.#retryMs;
    for (let failures = 1; ; failures++) {
      try {
        const response = await this.#client.ingestLines(this.#path, batch, id);
        return ((await response.json()) as { accepted: number }).accepted;
      } catch (error) {
        if (!isRetryable(error) || Date.now() > until) throw error;
        await new Promise(resolve => setTimeout(resolve, backoffMs(failures, RETRY)));
      }
    }
  }

  #show(text: string): void {
    if (!this.#screen.isTTY || Date.now() - this.#shownAt < PROGRESS_MS) return;
    this.#shownAt = Date.now();
    this.#screen.write(`\r\u001b[K${text}`);
  }
}

/** What gzip or zstd have packed is unpacked; the first bytes say which. */
async function unpacked(source: Readable): Promise<Readable> {
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
async function* batches(source: Readable, pauseMs?: number): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
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
