import { join } from 'node:path';
import { AlertEngine, type AlertEngineDependencies } from '../alerts/engine.ts';
import { FileStateStore } from '../alerts/file-state.ts';
import type { HitSource, HitTaker } from '../alerts/hit-source.ts';
import type { Rule } from '../alerts/rules/rule.ts';
import type { AlertSettings } from '../alerts/settings.ts';
import type { RedisBufferOptions } from '../buffer/redis/options.ts';
import type { Lifecycle } from '../core/contracts.ts';
import { HitsStream } from './hits-stream.ts';

/** Where the hits of intake go: to the evaluator in this process, or over Redis to the one there is. */
export interface Hits extends Lifecycle {
  /** Where they are evaluated in this process. */
  readonly engine?: AlertEngine;
  /** Before the first hits of a source. `isAlive`: it tells its progress by `watermark`, and nothing is evaluated beyond that. */
  add(source: string, spool: HitSource, isAlive: boolean): HitTaker;
}

/** Rules are evaluated in this process. */
export class LocalHits implements Hits {
  readonly engine: AlertEngine;
  readonly #spools = new Map<string, HitSource>();
  readonly #watermarks = new Map<string, number>();

  constructor(dependencies: {
    dataDir: string;
    rules: readonly Rule[];
    settings: Partial<AlertSettings>;
    fill: AlertEngineDependencies['fill'];
  }) {
    const { dataDir, rules, settings, fill } = dependencies;
    this.engine = new AlertEngine({
      store: new FileStateStore(join(dataDir, 'alerts')),
      rules,
      settings,
      onPersisted: positions => {
        for (const [source, spool] of this.#spools)
          if (Object.hasOwn(positions, source)) spool.releaseHits(positions[source]!);
      },
      ...(fill === undefined ? {} : { fill }),
    });
  }

  start(): Promise<void> {
    return this.engine.start();
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.engine.stop(signal);
  }

  add(source: string, spool: HitSource, isAlive: boolean): HitTaker {
    this.#spools.set(source, spool);
    if (isAlive && !this.#watermarks.has(source)) this.#watermarks.set(source, 0);
    return {
      persisted: () => this.engine.persistedPosition(source),
      opened: () => {},
      take: (hits, position) => this.engine.consume(hits, position, source),
      watermark: at => {
        if (at === undefined) return;
        this.#watermarks.set(source, at);
        const least = Math.min(...this.#watermarks.values());
        if (least > 0) this.engine.advance(least);
      },
    };
  }
}

/** Another process may evaluate them: over Redis. */
export class SharedHits implements Hits {
  readonly #stream: HitsStream;
  readonly #spools = new Map<string, HitSource>();

  constructor(options: RedisBufferOptions) {
    this.#stream = new HitsStream(options, {
      onSafe: (source, position) => this.#spools.get(source)?.releaseHits(position),
      reread: (source, after, maxBytes) =>
        this.#spools.get(source)?.reread(after, maxBytes) ?? Promise.resolve({ positions: [], isAll: true }),
    });
  }

  start(): Promise<void> {
    return this.#stream.start();
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.#stream.stop(signal);
  }

  add(source: string, spool: HitSource, _isAlive: boolean): HitTaker {
    this.#spools.set(source, spool);
    let last: number | undefined;
    return {
      // Redis knows: what a spool still has is read again, in parts that fit into memory.
      persisted: () => undefined,
      opened: () => {
        if (last !== undefined) return;
        last = 0;
        this.#stream.recover(source);
      },
      // What a spool tells while it opens is read again by the stream; a worker that is back tells again what was taken.
      take: (hits, position) => {
        if (last === undefined || position <= last) return;
        last = position;
        this.#stream.send(source, position, hits);
      },
      watermark: at => {
        if (at !== undefined) this.#stream.watermark(source, at);
      },
    };
  }
}
