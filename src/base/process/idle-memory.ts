import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 10_000;
/** Of a core. A collection takes a tenth of a second: one that has work does not wait for it. */
const IDLE_PART = 0.02;
/** Less is not worth it. */
const WORTH_BYTES = 10 * 1024 * 1024;

/** What a look finds, in bytes and in seconds since the start of the process. */
export interface Look {
  readonly heapTotal: number;
  readonly heapUsed: number;
  readonly cpuSeconds: number;
  readonly seconds: number;
}

/**
 * Memory that reading the program, or a burst, has left with the heap goes back to the system while the process has nothing
 * to do: V8 keeps its young generation as large as it once was, 16 MB, until a collection of the last resort.
 */
export class IdleMemory {
  readonly #look: () => Look;
  readonly #collect: () => void;
  #before: Look;

  constructor(look: () => Look = lookAtProcess, collect: () => void = collectAll) {
    this.#look = look;
    this.#collect = collect;
    this.#before = look();
  }

  /** Looks now and then from here on, as long as the process runs. */
  start(): void {
    setInterval(() => this.check(), LOOK_EVERY_MS).unref();
  }

  check(): void {
    const { heapTotal, heapUsed, cpuSeconds, seconds } = this.#look();
    const { cpuSeconds: cpuBefore, seconds: before } = this.#before;
    const isIdle = cpuSeconds - cpuBefore < (seconds - before) * IDLE_PART;
    if (isIdle && heapTotal - heapUsed > WORTH_BYTES) this.#collect();
    // What the collection took is no work.
    this.#before = this.#look();
  }
}

function lookAtProcess(): Look {
  const { heapTotal, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return { heapTotal, heapUsed, cpuSeconds: (user + system) / 1e6, seconds: performance.now() / 1000 };
}

let gc: ((options: { type: 'major'; flavor: 'last-resort' }) => void) | undefined;

function collectAll(): void {
  if (gc === undefined) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc') as typeof gc;
  }
  gc?.({ type: 'major', flavor: 'last-resort' });
}
