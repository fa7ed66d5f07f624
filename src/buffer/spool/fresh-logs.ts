import { Backoff } from '../../base/flow/backoff.ts';
import { Outage } from '../../base/flow/outage.ts';
import { systemErrorFix } from '../../base/process/system-error.ts';
import { messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import type { Log } from './log.ts';
import * as metrics from './metrics.ts';

const log = logger('spool');
const RETRY = { baseMs: 50, capMs: 2000 };

/** Makes logs, one ahead, so that nobody waits for one; a disk that refuses is asked again until the signal aborts. */
export class FreshLogs {
  readonly #dir: string;
  readonly #create: () => Promise<Log>;
  readonly #signal: AbortSignal;
  readonly #onReady: () => void;
  readonly #outage = new Outage();
  #ready: Log | undefined;
  #making: Promise<void> | undefined;
  #attempted = Promise.withResolvers<void>();
  /** Why there is none. */
  failure: string | undefined;

  /** `dir`: where they are made. `onReady`: told when one is there that was waited for. */
  constructor(dir: string, create: () => Promise<Log>, signal: AbortSignal, onReady: () => void) {
    this.#dir = dir;
    this.#create = create;
    this.#signal = signal;
    this.#onReady = onReady;
  }

  get isReady(): boolean {
    return this.#ready !== undefined;
  }

  /** Begins to make one. Resolves when it is there, or when the disk has refused it for the first time. */
  prepare(): Promise<void> {
    if (this.#making === undefined && this.#ready === undefined) {
      this.#attempted = Promise.withResolvers();
      this.#making = this.#make();
    }
    return this.#attempted.promise;
  }

  /** The one that is there, if one is; the next is begun. */
  take(): Log | undefined {
    const ready = this.#ready;
    this.#ready = undefined;
    void this.prepare();
    return ready;
  }

  /** After the signal has aborted: what was made and never used. */
  async end(): Promise<Log | undefined> {
    await this.#making;
    return this.#ready;
  }

  async #make(): Promise<void> {
    const backoff = new Backoff(RETRY);
    while (!this.#signal.aborted) {
      try {
        this.#ready = await this.#create();
      } catch (error) {
        this.#failed(error);
        await backoff.wait(this.#signal);
        continue;
      }
      this.failure = undefined;
      this.#making = undefined;
      this.#outage.over(facts => log.info(facts, 'spool logs can be created again'));
      this.#attempted.resolve();
      this.#onReady();
      return;
    }
    this.#attempted.resolve();
  }

  #failed(error: unknown): void {
    this.failure = messageOf(error);
    metrics.writeErrors.inc();
    this.#outage.failed(facts =>
      log.error(
        { path: this.#dir, error: messageOf(error), fix: systemErrorFix(error), ...facts },
        'cannot create a spool log; senders have to wait',
      ),
    );
    this.#attempted.resolve();
  }
}
