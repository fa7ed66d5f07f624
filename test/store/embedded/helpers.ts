import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dayOf, isoTime } from '../../../src/base/time/iso.ts';
import type { Chunk, SearchRequest, StoredEvent } from '../../../src/core/contracts.ts';
import { EmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import type { embeddedStoreOptions } from '../../../src/store/embedded/options.ts';

type Options = NonNullable<Parameters<typeof embeddedStoreOptions>[0]>;

export const DAY = Date.UTC(2026, 10, 20);
export const DAY_NAME = '2026.11.20';

export interface TestEvent {
  id: string;
  time?: number;
  seq?: number;
  declared?: { [name: string]: unknown };
  /** JSON text, so that tests can say what JavaScript would not. */
  fields?: string;
}

let sequence = 1_000_000;

/** One line as the spool writes it. */
export function line(event: TestEvent): string {
  const head = {
    _id: event.id,
    seq: event.seq ?? sequence++,
    '@timestamp': isoTime(event.time ?? DAY),
    ...event.declared,
  };
  return `${JSON.stringify(head).slice(0, -1)}${event.fields === undefined ? '' : `,"fields":${event.fields}`}}\n`;
}

/** A folder with `chunks/` and `store/`, and what lives in it. */
export class Place {
  readonly dir = mkdtempSync(join(tmpdir(), 'longshore-store-'));
  readonly storeDir = join(this.dir, 'store');
  readonly chunksDir = join(this.dir, 'chunks');
  readonly #stores: EmbeddedStore[] = [];
  #chunks = 0;

  constructor() {
    mkdirSync(this.chunksDir);
  }

  async store(options: Options = {}): Promise<EmbeddedStore> {
    const store = new EmbeddedStore(this.storeDir, quickOptions(options));
    this.#stores.push(store);
    await store.start();
    return store;
  }

  chunk(events: readonly TestEvent[], extra: { raw?: string; id?: string } = {}): Chunk {
    const id = extra.id ?? `chunk-${this.#chunks++}`;
    const path = join(this.chunksDir, `${id}.ndjson`);
    const text = events.map(line).join('') + (extra.raw ?? '');
    writeFileSync(path, text);
    const times = events.map(event => event.time ?? DAY);
    const minTime = Math.min(...times, times.length === 0 ? DAY : times[0]!);
    return {
      id,
      path,
      day: dayOf(minTime),
      events: text.split('\n').length - 1,
      bytes: Buffer.byteLength(text),
      minTime,
      maxTime: Math.max(minTime, ...times),
    };
  }

  files(folder: string): string[] {
    try {
      return readdirSync(join(this.storeDir, folder), { recursive: true, encoding: 'utf8' }).sort();
    } catch {
      return [];
    }
  }

  segments(): string[] {
    return this.files('segments').filter(name => name.endsWith('.parquet'));
  }

  deadLetters(): { reason: string; chunk: string; line: number; document?: string; document_base64?: string }[] {
    return this.files('dead-letters').flatMap(name =>
      readFileSync(join(this.storeDir, 'dead-letters', name), 'utf8')
        .trimEnd()
        .split('\n')
        .map(text => JSON.parse(text)),
    );
  }

  async close(): Promise<void> {
    for (const store of this.#stores) await store.stop(AbortSignal.timeout(5_000));
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Seals quickly, and never drops anything for its age or the disk. */
function quickOptions(options: Options): Options {
  return {
    seal_min_age_ms: 0,
    seal_max_age_ms: 50,
    seal_late_max_age_ms: 50,
    ...options,
    retention: { max_age_days: 36_000, min_free_bytes: 0, ...options.retention },
  };
}

/** Leaves chunks unsealed for the time of a test. */
export const NEVER_SEAL = { seal_max_age_ms: 3_600_000, seal_late_max_age_ms: 3_600_000 };

export const all = (extra: Partial<SearchRequest> = {}): SearchRequest => ({
  query: { type: 'all' },
  size: 10_000,
  ...extra,
});

export const ids = (hits: readonly StoredEvent[]): string[] => hits.map(hit => hit._id);

export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

export async function untilSealed(store: EmbeddedStore): Promise<void> {
  await until('all chunks are sealed and deleted', async () => {
    const stats = await store.stats().catch(() => undefined);
    return stats !== undefined && stats.unsealed_chunks === 0 && stats.trash === 0;
  });
}
