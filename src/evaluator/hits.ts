import { join } from 'node:path';
import { AlertEngine, type AlertEngineDependencies } from '../alerts/engine.ts';
import { FileStateStore } from '../alerts/file-state.ts';
import type { HitSource, HitTaker } from '../alerts/hit-source.ts';
import type { Linker } from '../alerts/links.ts';
import type { Rule } from '../alerts/rules/rule.ts';
import type { AlertSettings } from '../alerts/settings.ts';
import type { SilenceStore } from '../alerts/silencing/silence-store.ts';
import type { Lifecycle } from '../core/contracts.ts';
import { LeastWatermark } from './least-watermark.ts';

/** Where the hits of intake go: to the evaluator in this process, or over Redis to the one there is. */
export interface Hits extends Lifecycle {
  /** Where they are evaluated in this process. */
  readonly engine?: AlertEngine;
  /** Before the first hits of a source. `isAlive`: it tells its progress by `watermark`, and nothing is evaluated beyond that while it lives. */
  add(source: string, spool: HitSource, isAlive: boolean): HitTaker;
}

/** Rules are evaluated in this process. */
export class LocalHits implements Hits {
  readonly engine: AlertEngine;
  readonly #spools = new Map<string, HitSource>();
  readonly #watermark = new LeastWatermark();

  constructor(dependencies: {
    dataDir: string;
    rules: readonly Rule[];
    settings: Partial<AlertSettings>;
    fill: AlertEngineDependencies['fill'];
    askPast?: AlertEngineDependencies['askPast'];
    isIncident?: AlertEngineDependencies['isIncident'];
    silences?: SilenceStore;
    links?: Linker | undefined;
  }) {
    const { dataDir, rules, settings, fill, askPast, isIncident, silences, links } = dependencies;
    this.engine = new AlertEngine({
      store: new FileStateStore(join(dataDir, 'alerts')),
      rules,
      settings,
      onPersisted: positions => {
        for (const [source, spool] of this.#spools)
          if (Object.hasOwn(positions, source)) spool.releaseHits(positions[source]!);
      },
      ...(fill === undefined ? {} : { fill }),
      askPast,
      isIncident,
      ...(silences === undefined ? {} : { silences }),
      ...(links === undefined ? {} : { links }),
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
    if (isAlive) this.#watermark.expect(source);
    return {
      persisted: () => this.engine.persistedPosition(source),
      opened: () => {},
      take: (hits, position) => this.engine.consume(hits, position, source),
      watermark: at => {
        const reached = this.#watermark.hear(source, at);
        if (reached !== undefined) this.engine.advance(reached);
      },
    };
  }
}
