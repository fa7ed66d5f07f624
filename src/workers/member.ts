import type { Link } from '../base/process/link.ts';
import { type Supervised, Supervisor } from '../base/process/supervisor.ts';
import type { UserTexts } from '../definitions/user-content.ts';
import type { LedgerCounts } from '../ledger/ledger.ts';
import type { JoinDelivery } from './peers.ts';
import { isGone, type PrimaryCalls, type WorkerCalls, workerErrors } from './protocol.ts';

export interface Undelivered {
  readonly delivery: JoinDelivery;
  resolve(): void;
  reject(error: Error): void;
}

/** One worker over all its processes: the same name, the same spool. */
export class Member {
  readonly name: string;
  readonly process: Supervisor<WorkerCalls, PrimaryCalls>;
  #serving = new Gate();
  #adopted = new Gate();
  /** Why it takes nothing in. */
  refusal: string | undefined;
  ledger: LedgerCounts | undefined;
  /** Pipelines and rules that its process runs. */
  texts: UserTexts | undefined;
  readonly undelivered = new Set<Undelivered>();

  constructor(name: string, supervised: (member: Member) => Supervised<WorkerCalls, PrimaryCalls>) {
    this.name = name;
    this.process = new Supervisor(supervised(this));
  }

  /** Throws LS_WORKERS_GONE while there is no process. */
  get link(): Link<WorkerCalls, PrimaryCalls> {
    if (this.process.link === undefined) throw workerErrors.gone();
    return this.process.link;
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
    this.process.link?.request('deliver', entry.delivery).then(entry.resolve, error => {
      // Kept for the next process.
      if (!isGone(error)) entry.reject(error);
    });
  }

  ended(): void {
    this.#serving.close();
    this.#adopted.close();
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
