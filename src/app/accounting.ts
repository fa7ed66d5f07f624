import { randomBytes } from 'node:crypto';
import { RedisLedger } from '../buffer/redis/redis-ledger.ts';
import { CANARY_CONTAINER, Canary } from '../canary/canary.ts';
import type { CanaryStatus, LedgerReport } from '../core/api/ledger.ts';
import type { Consumer, DeadLetterCounts, Lifecycle, Store } from '../core/contracts.ts';
import { Ledger } from '../ledger/keeper.ts';
import type { LedgerCounts } from '../ledger/ledger.ts';
import type { Settings } from './settings.ts';

export interface AccountingDeps {
  readonly settings: Pick<Settings, 'buffer' | 'store' | 'canary'>;
  /** The ledger's name of this process and its workers: the id of its data_dir. Chunks that they put into Redis are counted under it, too. */
  readonly source: string;
  /** The counts of every spool that this process speaks for; asked again and again. */
  readonly spools: () => readonly LedgerCounts[];
  readonly letters: () => ReadonlyMap<string, Readonly<DeadLetterCounts>>;
}

/** Where the canary's line goes in, and where it is looked for. */
export interface CanaryWay {
  readonly intake: Consumer;
  /** Left out where the process has no store, or one that cannot be searched. */
  readonly store?: Pick<Store, 'search'> | undefined;
}

/** The ledger and the canary of one process. `ledger` starts before the spool and stops after it; the canary comes last and goes first. */
export class Accounting {
  readonly ledger: Lifecycle;
  readonly #keeper: Ledger;
  readonly #deps: AccountingDeps;
  #canary: Canary | undefined;

  constructor(deps: AccountingDeps) {
    this.#deps = deps;
    const { buffer } = deps.settings;
    const exchange = buffer.type === 'redis' ? new RedisLedger(buffer) : undefined;
    const keeper = new Ledger({ ...deps, exchange, canary: () => this.canaryStatus() });
    this.#keeper = keeper;
    this.ledger = {
      async start() {
        await exchange?.start();
        await keeper.start();
      },
      async stop(signal) {
        await keeper.stop(signal);
        await exchange?.stop();
      },
    };
  }

  report(): Promise<LedgerReport> {
    return this.#keeper.report();
  }

  canaryStatus(): CanaryStatus | undefined {
    if (this.#deps.settings.canary === false) return undefined;
    return this.#canary?.status() ?? { state: 'not_checked' };
  }

  /** To be started when the process takes events in; undefined where the settings want none. */
  canary(way: CanaryWay): Canary | undefined {
    const options = this.#deps.settings.canary;
    if (options === false) return undefined;
    this.#canary ??= new Canary(options, {
      ...way,
      counts: () => {
        const spools = this.#deps.spools();
        const sum = (name: 'dropped' | 'in_flight'): number =>
          spools.reduce((all, spool) => all + (spool[name][CANARY_CONTAINER] ?? 0), 0);
        return { dropped: sum('dropped'), in_flight: sum('in_flight') };
      },
      bootId: `c${Date.now().toString(36)}${randomBytes(4).toString('hex')}`,
    });
    return this.#canary;
  }
}
