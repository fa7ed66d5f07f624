import { logger } from '../../core/log.ts';
import { alarmed } from './metrics.ts';

const REPEAT_MS = 60_000;

/** Why nothing can be stored at the moment: shown by `ready`, `stats`, a metric, and once a minute in the log. */
export class StoreAlarm {
  readonly #log = logger('store');
  #reason: string | undefined;
  #since = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  get current(): { reason: string; since: number } | undefined {
    return this.#reason === undefined ? undefined : { reason: this.#reason, since: this.#since };
  }

  raise(reason: string): void {
    const now = Date.now();
    if (this.#reason === undefined) this.#since = now;
    const isNew = this.#reason === undefined;
    this.#reason = reason;
    alarmed.set(1);
    if (!isNew && now - this.#saidAt < REPEAT_MS) return;
    this.#saidAt = now;
    this.#log.error({ reason, since: new Date(this.#since).toISOString() }, 'Elasticsearch accepts no events');
  }

  clear(): void {
    if (this.#reason === undefined) return;
    this.#reason = undefined;
    alarmed.set(0);
    this.#log.info({ after_s: Math.round((Date.now() - this.#since) / 1000) }, 'Elasticsearch accepts events again');
  }
}
