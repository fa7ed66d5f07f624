import { LongshoreError } from '../core/errors.ts';
import type { LedgerCounts } from '../ledger/ledger.ts';
import { isGone, Link } from './link.ts';
import type { JoinDelivery } from './peers.ts';
import type { PrimaryCalls, WorkerCalls } from './protocol.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

export interface Undelivered {
  readonly delivery: JoinDelivery;
  resolve(): void;
  reject(error: Error): void;
}

/** One worker over all its processes: the same name, the same spool. */
export class Member {
  readonly name: string;
  process: WorkerProcess | undefined;
  link: Link<WorkerCalls, PrimaryCalls> | undefined;
  #starts = 0;
  #serving = new Gate();
  #adopted = new Gate();
  recovered = Promise.withResolvers<void>();
  exited: Promise<void> = Promise.resolve();
  /** Unexpected ends since it last was well. */
  failures = 0;
  restart: NodeJS.Timeout | undefined;
  /** Why it takes nothing in. */
  refusal: string | undefined;
  ledger: LedgerCounts | undefined;
  readonly undelivered = new Set<Undelivered>();

  constructor(name: string) {
    this.name = name;
  }

  /** It listens. */
  get isServing(): boolean {
    return this.#serving.isOpen;
  }

  get serving(): Promise<true> {
    return this.#serving.opened;
  }

  /** Resolves once the store has what its last process left. */
  get adopted(): Promise<true> {
    return this.#adopted.opened;
  }

  serves(): void {
    this.#serving.open();
  }

  isAdopted(): void {
    this.#adopted.open();
  }

  deliver(entry: Undelivered): void {
    this.link?.request('deliver', entry.delivery).then(entry.resolve, error => {
      // Kept for the next process.
      if (!isGone(error)) entry.reject(error);
    });
  }

  /** Resolves when the process has read its spool; rejects when it ends before. `ended` is told when it ends later. */
  start(calls: PrimaryCalls, ended: (cause: string) => void): Promise<void> {
    const process = startWorkerProcess(this.#starts++ === 0);
    const link = new Link<WorkerCalls, PrimaryCalls>(process.channel, calls);
    this.process = process;
    this.link = link;
    this.recovered = Promise.withResolvers();
    this.recovered.promise.catch(() => {});
    const exited = Promise.withResolvers<void>();
    this.exited = exited.promise;
    process.onExit(cause => {
      this.process = undefined;
      this.link = undefined;
      this.#serving.close();
      this.#adopted.close();
      this.recovered.reject(
        new LongshoreError('LS_WORKERS_START', `worker ${this.name} ended while it started (${cause}).`, {
          fix: 'Its log says why.',
        }),
      );
      link.close();
      exited.resolve();
      ended(cause);
    });
    return this.recovered.promise;
  }
}

/** Opens and closes; whoever waits waits until it is open. */
class Gate {
  isOpen = false;
  #opened = Promise.withResolvers<true>();

  get opened(): Promise<true> {
    return this.#opened.promise;
  }

  open(): void {
    this.isOpen = true;
    this.#opened.resolve(true);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#opened = Promise.withResolvers();
  }
}
