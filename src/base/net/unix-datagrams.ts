import { Worker } from 'node:worker_threads';
import { removeDeadSocket } from './unix-socket.ts';

/** What the thread and its owner share: positions in an Int32Array. */
export const STOP = 0;
/** Batches that the owner has been given and not taken yet. */
export const GIVEN = 1;
export interface UnixDatagramsData {
  readonly path: string;
  readonly shared: Int32Array;
}
export type FromThread =
  | { readonly listening: true }
  | { readonly failed: string; readonly code: string }
  | Uint8Array[];

/**
 * A unix socket for datagrams, which Node does not have. A thread waits for them in the system's own calls; while a batch is not
 * taken it reads no further, so that senders wait.
 */
export class UnixDatagrams {
  readonly #worker: Worker;
  readonly #shared: Int32Array;
  readonly #ended: Promise<unknown>;

  private constructor(worker: Worker, shared: Int32Array) {
    this.#worker = worker;
    this.#shared = shared;
    this.#ended = new Promise(resolve => worker.once('exit', resolve));
  }

  /**
   * Takes over a socket file that a dead process left behind. `take`: resolves when more may come.
   * @throws an Error with the code of the system
   */
  static async open(path: string, take: (datagrams: Buffer[]) => Promise<void>): Promise<UnixDatagrams> {
    await removeDeadSocket(path);
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const workerData: UnixDatagramsData = { path, shared };
    const worker = new Worker(new URL('./unix-datagrams-thread.ts', import.meta.url), { workerData });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    worker.once('error', reject);
    worker.on('message', (message: FromThread) => {
      if ('failed' in message) reject(Object.assign(new Error(message.failed), { code: message.code }));
      else if ('listening' in message) resolve();
      else {
        const datagrams = message.map(bytes => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
        void take(datagrams).finally(() => {
          Atomics.sub(shared, GIVEN, 1);
          Atomics.notify(shared, GIVEN);
        });
      }
    });
    await promise;
    return new UnixDatagrams(worker, shared);
  }

  /** Takes what has already come, then no more. */
  async close(): Promise<void> {
    Atomics.store(this.#shared, STOP, 1);
    await this.#ended;
    await this.#worker.terminate();
  }
}
