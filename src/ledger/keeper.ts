import type { CanaryStatus, LedgerLine, LedgerReport } from '../core/api/ledger.ts';
import type { DeadLetterCounts, Lifecycle } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { logger } from '../core/log.ts';
import { gauge } from '../core/metrics.ts';
import { LossAlarm } from './alarm.ts';
import { balance, type LedgerCounts, type LedgerSnapshot, lettersOf, type QueueCounts, sumLedgers } from './ledger.ts';

const log = logger('ledger');
const events = gauge('longshore_ledger_events', 'The ledger of `GET /api/ledger`, as of the last second', [
  'container',
  'state',
]);
const unaccounted = gauge(
  'longshore_ledger_unaccounted',
  'Events that were received and are nowhere: anything but 0 is a loss (below 0: a count went wrong)',
);

const INTERVAL_MS = 1000;
/** The counts of all processes together are asked for less often than the own ones are told. */
const READ_EVERY = 3;

/** What a process says of itself to the others. */
export interface ProcessReport {
  /** Name of the process (and its workers) in all of the system: the id of its data_dir. */
  readonly source: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly ledger: LedgerSnapshot;
  readonly canary?: CanaryStatus;
}

/** Where several processes put their reports together. */
export interface LedgerExchange {
  publish(report: ProcessReport): Promise<void>;
  read(): Promise<Shared>;
}

/** The reports of all processes, and the counts of the queue between them. */
export interface Shared {
  readonly reports: readonly ProcessReport[];
  readonly queue: ReadonlyMap<string, QueueCounts>;
}

export interface LedgerDeps {
  readonly source: string;
  readonly letters: () => ReadonlyMap<string, Readonly<DeadLetterCounts>>;
  readonly canary: () => CanaryStatus | undefined;
  /** Without one, this process is the whole system. */
  readonly exchange?: LedgerExchange | undefined;
}

/** Keeps the ledger of one process, tells it to the others, and shouts when it does not balance. */
export class Ledger implements Lifecycle {
  readonly #deps: LedgerDeps;
  #spools: () => readonly LedgerCounts[] = () => [];
  readonly #alarm = new LossAlarm();
  #timer: NodeJS.Timeout | undefined;
  #beats = 0;
  #working: Promise<void> | undefined;
  #last: LedgerReport | undefined;
  /** What all processes together last were; undefined until they could be asked. */
  #shared: Shared | undefined;

  constructor(deps: LedgerDeps) {
    this.#deps = deps;
  }

  /** Before the start: the counts of all spools that this process speaks for. */
  follow(spools: () => readonly LedgerCounts[]): void {
    this.#spools = spools;
  }

  async start(): Promise<void> {
    Object.assign(events, { collect: () => this.#show() });
    this.#timer = setInterval(() => this.#beat(), INTERVAL_MS).unref();
  }

  async stop(signal: AbortSignal): Promise<void> {
    clearInterval(this.#timer);
    if (this.#deps.exchange === undefined) return;
    await this.#working;
    // The last word: what has moved on since the last beat is not in flight here any more.
    if (!signal.aborted) await this.#deps.exchange.publish(this.#own()).catch(() => {});
  }

  snapshot(): LedgerSnapshot {
    return sumLedgers([
      ...this.#spools(),
      { received: {}, dropped: {}, taken: {}, in_flight: {}, ...lettersOf(this.#deps.letters()) },
    ]);
  }

  /** As of now; where others cannot be asked, as of the last time they were. Never rejects. */
  async report(): Promise<LedgerReport> {
    const { exchange } = this.#deps;
    if (exchange === undefined) return this.#report(this.#own(), undefined);
    try {
      return await this.#ask(exchange);
    } catch (error) {
      const own = this.#own();
      const report = this.#report(own, this.#shared && withNewlyMoved(this.#shared, own));
      const others = this.#shared === undefined ? 'are not known yet' : 'are as they last were';
      report.incomplete = `The other processes ${others}: ${messageOf(error)}`;
      return report;
    }
  }

  #own(): ProcessReport {
    const { source, canary } = this.#deps;
    return { source, at: Date.now(), ledger: this.snapshot(), ...withCanary(canary()) };
  }

  async #ask(exchange: LedgerExchange): Promise<LedgerReport> {
    // As it was before the others were asked: what has moved since, their counts do not know.
    const own = this.#own();
    await exchange.publish(own);
    this.#shared = await exchange.read();
    return this.#report(own, this.#shared);
  }

  #report(own: ProcessReport, shared: Shared | undefined): LedgerReport {
    const { exchange, canary } = this.#deps;
    const now = Date.now();
    const others = (shared?.reports ?? []).filter(other => other.source !== own.source);
    const known = [own, ...others].sort((a, b) => (a.source < b.source ? -1 : 1));
    const ledgers = new Map(known.map(({ source, ledger }) => [source, ledger]));
    const report: LedgerReport = { at: now, ...balance(ledgers, shared?.queue), ...withCanary(canary()) };
    if (exchange !== undefined) {
      report.processes = known.map(({ source: name, at, ledger, canary: told }) => ({
        source: name,
        age_ms: Math.max(0, now - at),
        received: sum(ledger.received),
        in_flight: sum(ledger.in_flight),
        ...withCanary(told),
      }));
    }
    this.#last = report;
    return report;
  }

  #beat(): void {
    if (this.#working !== undefined) return;
    this.#working = this.#work()
      .catch(error => log.debug({ error: messageOf(error) }, 'the ledger of all processes is out of reach'))
      .finally(() => {
        this.#working = undefined;
      });
  }

  async #work(): Promise<void> {
    const { exchange } = this.#deps;
    if (exchange === undefined) this.#check(this.#report(this.#own(), undefined));
    else if (this.#beats++ % READ_EVERY === 0) this.#check(await this.#ask(exchange));
    else await exchange.publish(this.#own());
  }

  #check({ containers }: LedgerReport): void {
    const wrong = Object.entries(containers).filter(([, line]) => line.unaccounted !== 0);
    const total = wrong.reduce((all, [, line]) => all + Math.abs(line.unaccounted), 0);
    const verdict = this.#alarm.see(total, performance.now());
    const details = {
      containers: Object.fromEntries(wrong.slice(0, 20).map(([name, line]) => [name, line.unaccounted])),
    };
    if (verdict === 'raised') log.error(details, 'events are unaccounted for: the ledger does not balance');
    if (verdict === 'cleared') log.info('the ledger balances again');
  }

  #show(): void {
    const { containers, total } = this.#last ?? this.#report(this.#own(), undefined);
    events.reset();
    for (const [container, line] of Object.entries(containers)) {
      for (const state of [
        'received',
        'stored',
        'dead_lettered',
        'dropped',
        'in_flight',
      ] as const satisfies (keyof LedgerLine)[]) {
        events.set({ container, state }, line[state]);
      }
    }
    unaccounted.set(total.unaccounted);
  }
}

/** What the queue has taken since it was last asked was in it then, as far as anybody knows. */
function withNewlyMoved(shared: Shared, { source, ledger }: ProcessReport): Shared {
  const counts = shared.queue.get(source);
  const moved = new Map(counts?.moved);
  const inFlight = new Map(counts?.in_flight);
  for (const [name, taken] of Object.entries(ledger.taken)) {
    const more = taken - (moved.get(name) ?? 0);
    if (more <= 0) continue;
    moved.set(name, taken);
    inFlight.set(name, (inFlight.get(name) ?? 0) + more);
  }
  const queue = new Map(shared.queue).set(source, { moved, taken: counts?.taken ?? new Map(), in_flight: inFlight });
  return { ...shared, queue };
}

const withCanary = (canary: CanaryStatus | undefined): { canary?: CanaryStatus } =>
  canary === undefined ? {} : { canary };

function sum(counts: Readonly<Record<string, number>>): number {
  let all = 0;
  for (const name of Object.keys(counts)) all += counts[name]!;
  return all;
}
