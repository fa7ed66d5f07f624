import { createReadStream } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { eventTime, MsgpackWriter } from '../../base/msgpack/write.ts';
import { readLeading } from '../../base/time/text.ts';
import type { Zone } from '../../base/time/zone.ts';
import { messageOf } from '../../core/errors.ts';
import { readLines } from '../../inputs/files/lines.ts';
import { Records } from '../../inputs/files/records.ts';
import type { Client } from '../client.ts';
import { batches, MOST_BYTES, unpacked } from '../send/batches.ts';
import { nameOf, Sender, type Sum, told } from '../send/sender.ts';
import { fileName, ImportLog, type Progress, TAIL_BYTES, tailOf } from './progress.ts';

export interface LogsImport {
  readonly paths: readonly string[];
  readonly client: Client;
  readonly tag: string;
  readonly retryMs: number;
  /** Folder in which imports are remembered. */
  readonly state: string;
  /** Of times that name none. */
  readonly zone: Zone;
}

/** Sends the lines of files, each once however often it is asked to. The exit code. */
export async function importLogs(
  { paths, client, tag, retryMs, state, zone }: LogsImport,
  io: NodeJS.Process,
): Promise<number> {
  const log = await ImportLog.open(state);
  try {
    const sender = new Sender(client, tag, retryMs, io.stderr, 'application/msgpack');
    const before = await oldEvents(client, tag);
    let isWhole = true;
    for (const path of paths) {
      const sum = { events: 0, bytes: 0 };
      try {
        const skipped = await importFile(path, `${client.base}\0${tag}`, log, sender, zone, sum);
        const known = skipped > 0 ? `, ${skipped} bytes were there already` : '';
        io.stdout.write(`${told(sum)} of ${nameOf(path)}${known}\n`);
      } catch (error) {
        isWhole = false;
        io.stderr.write(`longshore import: ${nameOf(path)}: ${messageOf(error)}\n${told(sum)} of it\n`);
      }
    }
    const after = await oldEvents(client, tag);
    if (before !== undefined && after !== undefined && after > before)
      io.stderr.write(
        `${after - before} events are older than the days that are kept: they got the time of their arrival, and have their own in event_time_original. Raise store.retention.max_age_days and event.clamp_past_days before such an import.\n`,
      );
    return isWhole ? 0 : 1;
  } finally {
    await log.close();
  }
}

/** How many bytes of it were there already. */
async function importFile(
  path: string,
  target: string,
  log: ImportLog,
  sender: Sender,
  zone: Zone,
  sum: Sum,
): Promise<number> {
  const file = fileName(target, path, await firstLine(path));
  const progress = (await farthest(path, log.of(file))) ?? log.begin(file);
  const skipped = progress.offset;
  const records = new Records({ path: resolve(path), format: 'auto', fields: {}, hostname: hostname() });
  const rest = new Rest(path, progress.offset);
  let memory: Buffer | undefined;
  const give = async (batch: Buffer): Promise<void> => {
    const { offset } = progress;
    progress.pending = offset + batch.length;
    await log.note(progress);
    const body = bodyOf(batch, records, zone);
    // Empty lines are no events.
    if (body.length > 0) sum.events += await sender.post(body, `${progress.key}:${offset}-${progress.pending}`);
    sum.bytes += batch.length;
    memory = Buffer.concat([memory ?? rest.before, batch]).subarray(-TAIL_BYTES);
    Object.assign(progress, { offset: progress.pending, tail: tailOf(memory), pending: undefined });
    await log.note(progress);
    sender.show(`${told(sum)} of ${nameOf(path)}`);
  };
  if (progress.pending !== undefined) await give(await rest.take(progress.pending - progress.offset));
  for await (const batch of batches(rest.all())) await give(batch);
  sender.shown();
  return skipped;
}

/** The bytes of a file, unpacked, from a place on. */
class Rest {
  readonly #path: string;
  #skip: number;
  #pieces: AsyncIterator<Buffer> | undefined;
  #held: Buffer = Buffer.alloc(0);
  /** The last bytes that were passed over. */
  before: Buffer = Buffer.alloc(0);

  constructor(path: string, skip: number) {
    this.#path = path;
    this.#skip = skip;
  }

  /** So many bytes, fewer at the end. */
  async take(length: number): Promise<Buffer> {
    while (this.#held.length < length) {
      const next = await this.#next();
      if (next === undefined) break;
      this.#held = Buffer.concat([this.#held, next]);
    }
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }

  async *all(): AsyncGenerator<Buffer> {
    if (this.#held.length > 0) yield this.#held;
    for (let next = await this.#next(); next !== undefined; next = await this.#next()) yield next;
  }

  async #next(): Promise<Buffer | undefined> {
    this.#pieces ??= (await unpacked(createReadStream(this.#path)))[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    for (;;) {
      const { value, done } = await this.#pieces.next();
      if (done === true) return undefined;
      const skipped = Math.min(this.#skip, value.length);
      this.#skip -= skipped;
      if (skipped > 0) this.before = Buffer.concat([this.before, value.subarray(0, skipped)]).subarray(-TAIL_BYTES);
      if (skipped < value.length) return value.subarray(skipped);
    }
  }
}

/** The import that went farthest of those that had these very bytes. */
async function farthest(path: string, imports: readonly Progress[]): Promise<Progress | undefined> {
  const [first] = imports;
  if (first === undefined) return undefined;
  let memory = Buffer.alloc(0);
  let end = 0;
  let found: Progress | undefined;
  for await (const piece of await unpacked(createReadStream(path))) {
    memory = Buffer.concat([memory, piece as Buffer]);
    end += (piece as Buffer).length;
    for (const one of imports) {
      const behind = memory.length - (end - one.offset);
      if (one.offset > end || behind < 0 || one.offset <= (found?.offset ?? -1)) continue;
      if (behind < Math.min(one.offset, TAIL_BYTES)) continue;
      if (tailOf(memory.subarray(0, behind)) === one.tail) found = one;
    }
    if (end >= first.offset) break;
    memory = memory.subarray(-TAIL_BYTES);
  }
  return found;
}

async function firstLine(path: string): Promise<Buffer> {
  let line = Buffer.alloc(0);
  for await (const piece of await unpacked(createReadStream(path))) {
    line = Buffer.concat([line, piece as Buffer]);
    const end = line.indexOf(LF);
    if (end !== -1) return line.subarray(0, Math.min(end, FIRST_BYTES));
    if (line.length >= FIRST_BYTES) break;
  }
  return line.subarray(0, FIRST_BYTES);
}

/**
 * The lines as a file that is followed would give them, with their times: so it is seen which of them are older than what is
 * kept.
 */
function bodyOf(batch: Buffer, records: Records, zone: Zone): Buffer {
  const now = Date.now();
  const { lines } = readLines({ bytes: batch, cutBytes: 0, encoding: 'utf-8', maxLineBytes: MOST_BYTES });
  const writer = new MsgpackWriter(batch.length * 2);
  for (const line of lines) {
    const { record, time: written } = records.of(line);
    const time = Number.isNaN(written) ? (readLeading(line.text, now, zone)?.ms ?? Number.NaN) : written;
    writer.value(Number.isNaN(time) ? record : [eventTime(time), record]);
  }
  return writer.take();
}

/** Events of the tag whose time is not that of their line; undefined: nobody tells. */
async function oldEvents(client: Client, tag: string): Promise<number | undefined> {
  try {
    const query = `tag:${JSON.stringify(tag)} AND event_time_original:*`;
    const response = await client.get('/api/search', { query, size: '1' });
    return ((await response.json()) as { total: { value: number } }).total.value;
  } catch {
    return undefined;
  }
}

const LF = 0x0a;
const FIRST_BYTES = 4096;
