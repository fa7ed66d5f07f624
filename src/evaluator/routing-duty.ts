import type { Alertmanager } from '../alerts/manager/alertmanager.ts';
import { abortableDelay } from '../base/flow/abort.ts';
import type { Lifecycle } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import type { Lease } from './evaluator-lock.ts';
import type { RoutedKeeper, SharedRouting } from './shared-routing.ts';

const log = logger('alertmanager');

/** So often the posted words are looked at. */
const LOOK_MS = 100;
const RETRY_MS = 300;

/** Routing goes with the evaluation of rules: whoever has the lease tells the groups, and hears what others were given. */
export class RoutingDuty implements Lifecycle {
  readonly #manager: Alertmanager;
  readonly #shared: SharedRouting;
  readonly #lease: Lease;
  readonly #ending = new AbortController();
  #looking: Promise<void> | undefined;

  constructor(manager: Alertmanager, shared: SharedRouting, lease: Lease) {
    this.#manager = manager;
    this.#shared = shared;
    this.#lease = lease;
  }

  /** Rejects while what is shared cannot be read or written. */
  async start(): Promise<void> {
    let keeper: RoutedKeeper | undefined;
    const open = () => (keeper = this.#shared.keeper(this.#lease));
    try {
      await this.#manager.begin(open, () => this.#lease.isHeld());
    } catch (error) {
      await this.#manager.end(AbortSignal.abort());
      throw error;
    }
    this.#looking = this.#look(keeper!);
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#ending.abort();
    await this.#looking;
    await this.#manager.end(signal);
  }

  async #look(keeper: RoutedKeeper): Promise<void> {
    const end = AbortSignal.any([this.#ending.signal, this.#lease.lost]);
    let heard = '0-0';
    while (!end.aborted) {
      let pause = LOOK_MS;
      try {
        const posted = await this.#shared.posted(heard);
        if (!this.#lease.isHeld()) return;
        for (const one of posted) {
          if (one.word !== undefined) this.#manager.hear(one.word);
          keeper.took(one);
          heard = one.id;
        }
        await keeper.flush();
        if (posted.length > 0) pause = 0;
      } catch (error) {
        log.debug({ error: messageOf(error) }, 'posted alerts are not taken for a moment');
        pause = RETRY_MS;
      }
      await abortableDelay(pause, end);
    }
  }
}
