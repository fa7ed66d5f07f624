import type { StoredEvent } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { type Fields, newFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { type ReadPast, readPast } from './past.ts';
import { type Pending, type RuleRuntime, ruleFailed } from './rule-runtime.ts';

const log = logger('alerts');

export interface FillerDependencies {
  readonly read: ReadPast | undefined;
  readonly maxEvents: number;
  readonly now: () => number;
  /** False when the rules were swapped meanwhile. */
  readonly isCurrent: (runtime: RuleRuntime) => boolean;
  /** An event of the stream. */
  readonly take: (runtime: RuleRuntime, hit: Pending) => void;
  readonly onFilled: () => void;
}

/**
 * Reads the past into the window of a new or edited rule, or of one whose state is gone. It only fills: what was complete
 * in the past raises nothing, unless the hits of these events are still to come.
 */
export class Filler {
  readonly #deps: FillerDependencies;

  constructor(deps: FillerDependencies) {
    this.#deps = deps;
  }

  /**
   * Hits of the stream wait meanwhile; the same event from both sides counts once, as one of the stream. `pieces`: what was
   * written of the rule, if that was while its hits waited.
   */
  fill(runtime: RuleRuntime, pieces?: ReadonlyMap<string, readonly string[]>): void {
    const { rule } = runtime;
    const { read, now, maxEvents } = this.#deps;
    const span = rule.kind.fillMs(rule);
    const waited = pieces === undefined ? [] : runtime.state.restoreWaiting(pieces);
    const hits = waited.filter(({ event }) => rule.predicate(event));
    if (read === undefined || span <= 0) {
      for (const hit of hits) this.#deps.take(runtime, hit);
      return;
    }
    runtime.waiting = hits;
    const to = now();
    readPast(read, rule, to - span, to, maxEvents).then(
      events => this.#filled(runtime, events),
      (error: unknown) => {
        log.warn(
          { rule: rule.name, error: messageOf(error) },
          'the past of a rule cannot be read; its window starts empty',
        );
        this.#filled(runtime, []);
      },
    );
  }

  #filled(runtime: RuleRuntime, events: readonly StoredEvent[]): void {
    const waiting = runtime.waiting ?? [];
    runtime.waiting = undefined;
    if (!this.#deps.isCurrent(runtime)) return;
    const streamed = new Set(waiting.map(({ id }) => id));
    const past = events
      .filter(event => !streamed.has(event._id))
      .toSorted((a, b) => a['@timestamp'].localeCompare(b['@timestamp']))
      .slice(-this.#deps.maxEvents);
    const now = this.#deps.now();
    for (const event of past) {
      try {
        runtime.fill(event._id, withoutIdentity(event), now);
      } catch (error) {
        ruleFailed(runtime.rule, error);
      }
    }
    for (const hit of waiting) this.#deps.take(runtime, hit);
    this.#deps.onFilled();
  }
}

function withoutIdentity(stored: StoredEvent): Fields {
  const event = newFields();
  for (const key of Object.keys(stored))
    if (key !== '_id' && key !== '_index' && key !== 'seq') event[key] = stored[key];
  return event;
}
