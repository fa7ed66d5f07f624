import { readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath } from '../base/disk/folder.ts';
import { abortableDelay } from '../base/flow/abort.ts';
import { Coalesced } from '../base/flow/coalesced.ts';
import { dayOf } from '../base/time/iso.ts';
import type { DeadLetterSink, NewDeadLetter } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { jsonFields } from './dead-letter.ts';

const log = logger('dead-letters');
const RETRY_MS = 5_000;

/** What the embedded store's process cannot store it leaves in `<chunk>.ndjson` of a folder: it goes into the queue. */
export class Quarantine {
  readonly #dir: string;
  readonly #queue: DeadLetterSink;
  readonly #stopping = new AbortController();
  readonly #collecting = new Coalesced(() => this.#collectUntilDone());

  constructor(dir: string, queue: DeadLetterSink) {
    this.#dir = dir;
    this.#queue = queue;
  }

  async start(): Promise<void> {
    try {
      await this.#collectAll();
    } catch {
      // A full disk must not keep the service from starting: it is tried again, and the log says why it waits.
      void this.collect();
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#collecting.run();
  }

  /** There are new files. Never rejects. */
  collect(): Promise<void> {
    return this.#collecting.run();
  }

  async #collectUntilDone(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        return await this.#collectAll();
      } catch (error) {
        log.error({ error: messageOf(error) }, 'cannot take over the dead letters of the store; retrying');
        await abortableDelay(RETRY_MS, this.#stopping.signal);
      }
    }
  }

  /** The same file may be found again after a crash: its letters have the same ids. */
  async #collectAll(): Promise<void> {
    const names = await readdir(this.#dir).catch(() => []);
    const files = names.filter(name => name.endsWith('.ndjson'));
    for (const name of files) {
      const path = join(this.#dir, name);
      await this.#queue.append(lettersOf(await readFile(path), Date.now()));
      await unlink(path);
    }
    if (files.length > 0) await syncPath(this.#dir);
  }
}

function lettersOf(content: Buffer, at: number): NewDeadLetter[] {
  const letters: NewDeadLetter[] = [];
  for (const text of content.toString().split('\n')) {
    const found = jsonFields(Buffer.from(text));
    if (found === undefined) continue;
    const { type, reason, chunk, line, document, document_base64: base64 } = found;
    const bytes = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : Buffer.from(String(document));
    const fields = jsonFields(bytes);
    const time = Date.parse(String(fields?.['@timestamp']));
    letters.push({
      kind: 'event',
      event: typeof fields?.['_id'] === 'string' ? fields['_id'] : '',
      chunk: String(chunk),
      line: Number(line),
      day: Number.isNaN(time) ? dayOfChunk(String(chunk)) : dayOf(time),
      type: String(type),
      reason: String(reason),
      source: 'embedded',
      at,
      form: 'embedded',
      events: 1,
      document: bytes,
    });
  }
  return letters;
}

/** `0000000000000001.w0.20261120` */
function dayOfChunk(id: string): string {
  const match = /\.(\d{4})(\d\d)(\d\d)$/.exec(id);
  return match === null ? '' : `${match[1]}.${match[2]}.${match[3]}`;
}
