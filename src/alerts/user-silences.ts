import { randomUUID } from 'node:crypto';
import { DAY_MS } from '../base/time/duration.ts';
import type { Lifecycle } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { alertSettings } from './settings.ts';
import { idOfLabels, linkToken, readLinkToken } from './silencing/link-token.ts';
import type { Labels } from './silencing/matcher.ts';
import type { NewSilence, Silence } from './silencing/silence.ts';
import { SilenceStore } from './silencing/silence-store.ts';

const log = logger('alerts');
/** So long a link in a message is good for. */
const LINK_MS = 3 * DAY_MS;
/** Alertmanager's interval. */
const SWEEP_MS = 900_000;

/** Where silences are kept between two runs, and shared where there are several processes. */
export interface SilenceKeeper {
  /** How often others may have changed them, milliseconds; undefined: there are no others. */
  readonly askAgainMs?: number | undefined;
  /** Those that are kept; undefined: the same as when this was called last. */
  read(): Promise<readonly Silence[] | undefined>;
  /** What links in messages are signed with: made when there is none, the same for all processes. */
  secret(): Promise<Uint8Array>;
  /** Resolves when it is durable. `removed`: ids of those that are forgotten. */
  write(change: {
    readonly changed: readonly Silence[];
    readonly removed: readonly string[];
    readonly all: () => readonly Silence[];
  }): Promise<void>;
}

/** The silences that people made: one change at a time, told when it is durable. */
export class UserSilences implements Lifecycle {
  /** What they hold for. Changed here only. */
  readonly store: SilenceStore;
  readonly #keeper: SilenceKeeper;
  /** Undefined until it was read. */
  #secret: Uint8Array | undefined;
  readonly #now: () => number;
  #last: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #sweep: NodeJS.Timeout | undefined;

  constructor(keeper: SilenceKeeper, now: () => number = Date.now) {
    this.#keeper = keeper;
    this.#now = now;
    this.store = new SilenceStore({ newId: randomUUID, limit: alertSettings().max_user_silences });
  }

  /** Does not fail when they cannot be read: they are asked for again. */
  async start(): Promise<void> {
    await this.#refresh();
    this.#sweep = setInterval(() => this.#forget(), SWEEP_MS);
    this.#sweep.unref();
    const { askAgainMs } = this.#keeper;
    if (askAgainMs === undefined) return;
    this.#timer = setInterval(() => void this.#inTurn(() => this.#refresh()), askAgainMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    clearInterval(this.#sweep);
    await this.#last;
  }

  /** @throws LongshoreError LS_ALERTS_SILENCE, LS_ALERTS_SILENCE_UNKNOWN, LS_ALERTS_MATCHER, or why it cannot be kept. */
  add(wanted: NewSilence): Promise<Silence> {
    return this.#change(now => this.store.set(wanted, now));
  }

  /** Ends it now; one that has ended stays as it is. @throws LongshoreError LS_ALERTS_SILENCE_UNKNOWN, or why it cannot be kept. */
  expire(id: string): Promise<Silence> {
    return this.#change(now => {
      this.store.expire(id, now);
      return this.store.get(id)!;
    });
  }

  /** What a link in a message has that silences an alert; undefined while it cannot be signed. */
  tokenOf(instance: string): string | undefined {
    return this.#secret && linkToken(this.#secret, instance, this.#now() + LINK_MS);
  }

  /** The same for all alerts with these labels; undefined also where they are none, or too many. */
  tokenOfLabels(labels: Labels): string | undefined {
    const id = idOfLabels(labels);
    return id === undefined ? undefined : this.tokenOf(id);
  }

  /** The alert that a link is for, or the id of labels; undefined: it is not one of ours, or its time is over. */
  instanceOf(token: string): string | undefined {
    return this.#secret && readLinkToken(this.#secret, token, this.#now());
  }

  #change<T>(run: (now: number) => T): Promise<T> {
    return this.#inTurn(async () => {
      await this.#read();
      this.store.takeChanges();
      const result = run(this.#now());
      const changes = this.store.takeChanges();
      const changed: Silence[] = [];
      const removed: string[] = [];
      for (const id of changes.keys()) {
        const silence = this.store.get(id);
        if (silence === undefined) removed.push(id);
        else changed.push(silence);
      }
      try {
        if (changes.size > 0) await this.#keeper.write({ changed, removed, all: () => this.store.list() });
      } catch (error) {
        this.store.undo(changes);
        throw error;
      }
      return result;
    });
  }

  /** Those that ended long ago, also where nobody changes anything. */
  #forget(): void {
    void this.#change(now => this.store.forget(now)).catch((error: unknown) =>
      log.debug({ error: messageOf(error) }, 'silences that are over cannot be removed for a moment'),
    );
  }

  async #refresh(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'silences cannot be read for a moment');
    }
  }

  async #read(): Promise<void> {
    this.#secret ??= await this.#keeper.secret().catch((error: unknown) => {
      log.debug({ error: messageOf(error) }, 'links in messages cannot be signed for a moment');
      return undefined;
    });
    const kept = await this.#keeper.read();
    if (kept !== undefined) this.store.restore(kept, this.#now());
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    this.#last = result.catch(() => {});
    return result;
  }
}
