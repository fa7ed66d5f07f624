import { rm } from 'node:fs/promises';
import { FileReader } from '../base/disk/file-reader.ts';
import type {
  Chunk,
  CountRow,
  DayInfo,
  DocumentForm,
  HistogramBucket,
  SearchResult,
  Store,
} from '../core/contracts.ts';
import { LongshoreError } from '../core/errors.ts';
import { faultPoint } from '../core/fault.ts';
import type { StatsResult } from '../core/stats.ts';
import type { ForwardOutOptions } from './forward/options.ts';
import { chunkFile, Sender } from './forward/sender.ts';

/**
 * Keeps nothing: a chunk is taken when a target of the forward protocol has acknowledged all of its events. What is still
 * here, in the spool, is searched there; everything else is asked of the targets.
 */
export class ForwardStore implements Store {
  readonly form: DocumentForm = 'elasticsearch';
  readonly #options: ForwardOutOptions;
  readonly #sender: Sender;
  readonly #files = new FileReader();

  /** `node`: a random name of this data_dir that survives restarts. */
  constructor(options: ForwardOutOptions, node: string) {
    this.#options = options;
    this.#sender = new Sender(options, { name: 'store', node });
  }

  async start(): Promise<void> {
    this.#sender.start();
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.#sender.stop(signal);
  }

  /** Why nothing leaves, if nothing does. */
  get alarm(): string | undefined {
    return this.#sender.state.alarm;
  }

  /** False while no target takes events, for a reason that `alarm` and the log tell. */
  ready(): boolean {
    return this.#sender.state.ready;
  }

  /** Waits as long as the targets are away. Rejects for good when the file does not exist, retryable after `stop`. */
  async accept(chunk: Chunk): Promise<void> {
    await this.#sender.deliver(chunkFile(chunk, this.#files));
    faultPoint('forward.before_unlink');
    await rm(chunk.path, { force: true });
  }

  search(): Promise<SearchResult> {
    return Promise.reject(this.#notHere());
  }

  histogram(): Promise<HistogramBucket[]> {
    return Promise.reject(this.#notHere());
  }

  counts(): Promise<CountRow[]> {
    return Promise.reject(this.#notHere());
  }

  statistics(): Promise<StatsResult> {
    return Promise.reject(this.#notHere());
  }

  async days(): Promise<DayInfo[]> {
    return [];
  }

  async fieldNames(): Promise<string[]> {
    return [];
  }

  #notHere(): LongshoreError {
    const targets = this.#options.targets.map(({ address }) => address).join(', ');
    return new LongshoreError('LS_SEARCH_NOT_HERE', 'this longshore forwards what it takes in and keeps nothing.', {
      where: 'store.type',
      fix: `Search at ${targets}.`,
    });
  }
}
