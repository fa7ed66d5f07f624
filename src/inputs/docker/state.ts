import { randomBytes } from 'node:crypto';
import { KeyedJournal } from '../../base/disk/keyed-journal.ts';
import { Coalesced } from '../../base/flow/coalesced.ts';
import type { Place } from './position.ts';

/*
 * `data_dir/docker/positions.log`: how far the log of each container is read, and which events of the engine are known.
 * `pending` is on the disk before its lines are handed on: after a crash the same lines are handed on under the same name.
 */

/** What is known of the log of a container; `key` is its id. */
export interface LogState extends Place {
  readonly key: string;
  readonly kind: 'log';
  /** A part of the names of its batches: what was read before the state was lost has another one. */
  readonly series: string;
  /** For people. */
  name: string;
  /** Lines that are durable. */
  taken: number;
  /** `since` of the first request; undefined: the beginning. */
  from?: string | undefined;
  /** All is read up to this end of the container, in the engine's words. */
  endedAt?: string | undefined;
  /** Since when the engine does not know it, epoch milliseconds. */
  goneAt?: number | undefined;
}

/** Which events of the engine are durable; there is one, `key` is `events`. */
export interface EventsState {
  readonly key: string;
  readonly kind: 'events';
  /** Of the latest one, in nanoseconds since 1970. */
  nanos: string;
  /** Digests of the latest ones. */
  seen: string[];
}

export type State = LogState | EventsState;

export function newLogState(key: string, name: string, from: string | undefined): LogState {
  return { key, kind: 'log', series: randomBytes(9).toString('base64url'), name, taken: 0, from };
}

/** The states on the disk; many write at once. */
export class Checkpoints {
  readonly #journal: KeyedJournal<State>;
  #failure: unknown;
  readonly #flushing = new Coalesced(async () => {
    this.#failure = undefined;
    await this.#journal.flush().catch(error => {
      this.#failure = error ?? new Error('unknown');
    });
  });

  private constructor(journal: KeyedJournal<State>) {
    this.#journal = journal;
  }

  static async open(path: string): Promise<Checkpoints> {
    return new Checkpoints(await KeyedJournal.open<State>(path, ({ kind }) => kind === 'log' || kind === 'events'));
  }

  /** Lines of the file that were none of ours. */
  get broken(): number {
    return this.#journal.broken;
  }

  *logs(): IterableIterator<LogState> {
    for (const state of this.#journal.states) if (state.kind === 'log') yield state;
  }

  log(id: string): LogState | undefined {
    const state = this.#journal.get(id);
    return state?.kind === 'log' ? state : undefined;
  }

  get events(): EventsState | undefined {
    const state = this.#journal.get('events');
    return state?.kind === 'events' ? state : undefined;
  }

  /** The containers of an engine were looked at in an earlier run. */
  knows(entry: string): boolean {
    return this.#journal.knowsEntry(entry);
  }

  remember(entry: string): void {
    this.#journal.addEntry(entry);
  }

  note(state: State): void {
    this.#journal.note(state);
  }

  forget(state: State): void {
    this.#journal.forget(state);
  }

  /** Resolves when all that was noted is on the disk. Rejects with what the disk said. */
  async durable(): Promise<void> {
    await this.#flushing.run();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }
}
