import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HitSource, HitTaker } from '../alerts/hit-source.ts';
import type { FolderLock } from '../base/disk/folder-lock.ts';
import type { Key } from '../buffer/spool/accepted.ts';
import { Spool } from '../buffer/spool/spool.ts';
import type { Chunk } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { lockDataDirSoon } from '../data/data-dir.ts';
import type { IngestSettings } from '../ingest/settings.ts';
import { spoolDeps } from '../ingest/spool-deps.ts';
import { openSpool, spoolHits } from '../ingest/spool-hits.ts';
import type { LedgerCounts } from '../ledger/ledger.ts';
import { decodePiece, type PieceRecord } from '../parse/join/piece.ts';
import { movePieces } from './move-pieces.ts';
import type { Peers } from './peers.ts';

const log = logger('workers');

export interface OrphansDeps {
  readonly settings: IngestSettings;
  readonly dataDir: string;
  /** Workers that there are now. */
  readonly names: readonly string[];
  /** Where the hits of a worker go. */
  readonly hits: (name: string, spool: HitSource) => HitTaker;
}

interface Orphan {
  readonly name: string;
  readonly dir: string;
  readonly spool: Spool;
  readonly lock: FolderLock;
  readonly pieces: PieceRecord[];
}

/**
 * Spools of workers that are no longer configured. The primary takes over what is in them: their chunks go to the store,
 * their pieces to those who join them now, and the frames that they know stay known for the retry horizon. Then they go.
 */
export class OrphanSpools {
  readonly #deps: OrphansDeps;
  readonly #orphans: Orphan[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: OrphansDeps) {
    this.#deps = deps;
  }

  get names(): string[] {
    return this.#orphans.map(({ name }) => name);
  }

  /** Before any other spool lists its chunks. */
  async open(): Promise<void> {
    const { dataDir, names } = this.#deps;
    const found = (await readdir(join(dataDir, 'spool')).catch(() => [])).filter(name => /^w[1-9]\d*$/.test(name));
    for (const name of found.filter(each => !names.includes(each))) {
      log.info({ worker: name }, 'the spool of a worker that is no longer configured is taken over');
      this.#orphans.push(await this.#openOne(name, join(dataDir, 'spool', name)));
    }
  }

  isAccepted(key: Key): boolean {
    for (const { spool } of this.#orphans) if (spool.isAccepted(key)) return true;
    return false;
  }

  acceptedKeys(): Buffer[] {
    return this.#orphans.map(({ spool }) => spool.acceptedKeys());
  }

  ledgers(): LedgerCounts[] {
    return this.#orphans.map(({ spool }) => spool.ledger());
  }

  async movePieces(peers: Pick<Peers, 'ownerOf' | 'deliver'>, fallback: string): Promise<void> {
    for (const { spool, pieces } of this.#orphans) await movePieces(spool, pieces, peers, fallback);
  }

  /** Resolves when the store has everything. */
  async offerTo(accept: (chunk: Chunk) => Promise<void>, concurrency: number): Promise<void> {
    await Promise.all(this.#orphans.map(({ spool }) => spool.offerTo(accept, concurrency)));
    if (this.#orphans.length === 0) return;
    const horizon = this.#deps.settings.spool.retry_horizon_ms;
    this.#timer = setTimeout(() => void this.#removeEmpty(), Math.min(horizon, 2 ** 31 - 1)).unref();
  }

  async stop(signal: AbortSignal): Promise<void> {
    clearTimeout(this.#timer);
    for (const { spool, lock } of this.#orphans.splice(0)) {
      await spool.close(signal);
      await lock.release();
    }
  }

  async #openOne(name: string, dir: string): Promise<Orphan> {
    const { settings, dataDir, hits } = this.#deps;
    // Its process may be ending: that of a primary that was killed just now.
    const lock = await lockDataDirSoon(dir);
    const base = spoolDeps(settings, dataDir, name);
    const spool = new Spool({ ...base, ownsChunksOf: worker => worker === name, onDurable: () => {} });
    const taker = hits(name, spoolHits(spool, base.parseStored));
    const { pieces } = await openSpool(spool, base.parseStored, taker);
    return { name, dir, spool, lock, pieces: pieces.map(piece => decodePiece(piece)) };
  }

  /** Nothing in them is needed any more; the alert engine may still ask for hits of a log that it keeps. */
  async #removeEmpty(): Promise<void> {
    for (const orphan of [...this.#orphans]) {
      try {
        const kept = (await readdir(orphan.dir)).some(name => name.endsWith('.done'));
        if (kept || orphan.spool.stats().chunks > 0) continue;
        this.#orphans.splice(this.#orphans.indexOf(orphan), 1);
        await orphan.spool.close(AbortSignal.timeout(1000));
        await orphan.lock.release();
        await rm(orphan.dir, { recursive: true });
      } catch (error) {
        log.warn({ worker: orphan.name, error: messageOf(error) }, 'could not delete an empty spool');
      }
    }
  }
}
