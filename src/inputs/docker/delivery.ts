import { Backoff } from '../../base/flow/backoff.ts';
import type { Consumer } from '../../core/contracts.ts';
import { isRetryable, messageOf } from '../../core/errors.ts';
import type { Fields, Frame } from '../../core/event.ts';
import type { Logger } from '../../core/log.ts';
import type { LogThrottle } from '../log-throttle.ts';
import * as metrics from './metrics.ts';
import { markOf, type PlacedLine } from './position.ts';
import type { LogRecords } from './records.ts';
import type { Checkpoints, EventsState, LogState } from './state.ts';

const RETRY = { baseMs: 200, capMs: 10_000 };

export interface DeliveryDeps {
  readonly consumer: Consumer;
  readonly checkpoints: Checkpoints;
  /** A `*` in it is the name of the container. */
  readonly tag: string;
  readonly log: Logger;
  readonly throttle: LogThrottle;
}

/** One event of the engine. */
export interface EngineEvent {
  readonly record: Fields;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly nanos: string;
  /** What it is told from others by. */
  readonly print: string;
}

/** How many events are known again: the engine itself remembers 256. */
const SEEN = 256;

/** Hands things on, each once, and waits as long as it takes. */
export class Delivery {
  readonly #deps: DeliveryDeps;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves when the lines are durable (or refused for good) and the state says so, or when the signal aborts. `name`: what
   * they were handed on with before.
   */
  async lines(
    state: LogState,
    records: LogRecords,
    lines: readonly PlacedLine[],
    name: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { checkpoints, tag } = this.#deps;
    const mark = markOf(lines.at(-1)!);
    if (name === undefined) {
      // On the disk before they are handed on: after a crash the same lines come again under the same name.
      state.pending = { mark, name: `${state.series}:${state.taken}` };
      for (const { time } of lines) if (time > (state.high ?? '')) state.high = time;
      checkpoints.note(state);
      if (!(await this.#insist(() => checkpoints.durable(), signal))) return;
    }
    const own = tag.replaceAll('*', records.facts.container.name);
    const sender = `docker:${state.key}`;
    const isDone = await this.#halves(lines, name ?? state.pending!.name, signal, (some, chunkId) => ({
      ...{ source: 'docker', sender, tag: own, chunkId },
      receivedAt: Date.now(),
      records: some.map(line => records.of(line)),
      times: some.map(line => line.ms),
      bytes: some.reduce((sum, line) => sum + line.bytes.length, 0),
    }));
    if (!isDone) return;
    state.mark = mark;
    state.pending = undefined;
    state.taken += lines.length;
    checkpoints.note(state);
    metrics.lines.inc(lines.length);
    metrics.bytes.inc(lines.reduce((sum, line) => sum + line.bytes.length, 0));
  }

  /** As `lines`. An event that came before is left out. */
  async event(state: EventsState, { record, time, nanos, print }: EngineEvent, signal: AbortSignal): Promise<boolean> {
    if (state.seen.includes(print)) return false;
    const frame = (): Frame => ({
      ...{ source: 'docker', sender: 'docker:events', tag: 'engine.events', chunkId: print },
      ...{ receivedAt: Date.now(), records: [structuredClone(record)], times: [time], bytes: 256 },
    });
    if (!(await this.#halves([record], print, signal, frame))) return false;
    if (isLater(nanos, state.nanos)) state.nanos = nanos;
    state.seen = [...state.seen, print].slice(-SEEN);
    this.#deps.checkpoints.note(state);
    return true;
  }

  /** False: the signal aborted. What is refused for good is left out, alone. */
  async #halves<T>(
    some: readonly T[],
    name: string,
    signal: AbortSignal,
    frameOf: (some: readonly T[], name: string) => Frame,
  ): Promise<boolean> {
    let refusal: unknown;
    const isOver = await this.#insist(async () => {
      try {
        await this.#deps.consumer.consume(frameOf(some, name));
      } catch (error) {
        if (isRetryable(error)) throw error;
        refusal = error;
      }
    }, signal);
    if (!isOver || refusal === undefined) return isOver;
    if (some.length > 1) {
      const middle = some.length >> 1;
      return (
        (await this.#halves(some.slice(0, middle), `${name}/0`, signal, frameOf)) &&
        (await this.#halves(some.slice(middle), `${name}/1`, signal, frameOf))
      );
    }
    metrics.errors.inc({ reason: 'refused' });
    if (this.#deps.throttle.allows('refused'))
      this.#deps.log.error({ error: messageOf(refusal) }, 'a line of a container is refused and left out');
    return true;
  }

  /** Until it goes well; false: the signal aborted before. */
  async #insist(work: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    const backoff = new Backoff(RETRY);
    while (!signal.aborted) {
      try {
        await work();
        return true;
      } catch (error) {
        metrics.errors.inc({ reason: 'waiting' });
        if (this.#deps.throttle.allows('waiting'))
          this.#deps.log.warn({ error: messageOf(error) }, 'lines of containers wait until they are taken');
        await backoff.wait(signal);
      }
    }
    return false;
  }
}

/** Of whole numbers as texts. */
const isLater = (a: string, b: string): boolean => a.length > b.length || (a.length === b.length && a > b);
