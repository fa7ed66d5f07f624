import type { QueryNode, StoredEvent } from '../core/contracts.ts';
import { messageOf } from '../core/errors.ts';
import { type Fields, newFields } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { type Pending, type RuleRuntime, ruleFailed } from './rule-runtime.ts';
import type { Rule } from './rules/rule.ts';

const log = logger('alerts');

export interface FillerDependencies {
  /** The newest `FILL_PAGE` events of the past; `from` and `to` are epoch milliseconds, both in. */
  readonly read: ((rule: Rule, query: QueryNode, from: number, to: number) => Promise<StoredEvent[]>) | undefined;
  readonly maxEvents: number;
  readonly now: () => number;
  /** False when the rules were swapped meanwhile. */
  readonly isCurrent: (runtime: RuleRuntime) => boolean;
  /** An event of the stream. */
  readonly take: (runtime: RuleRuntime, hit: Pending) => void;
  readonly onFilled: () => void;
}

/** Events that are read at a time: as many as Elasticsearch gives. */
export const FILL_PAGE = 10_000;

/**
 * Reads the past into the window of a new or edited rule, or of one whose state is gone. It only fills: what was complete
 * in the past raises nothing, unless the hits of these events are still to come.
 */
export class Filler {
  readonly #deps: FillerDependencies;

  constructor(deps: FillerDependencies) {
    this.#deps = deps;
  }

  /** Hits of the stream wait meanwhile; the same event from both sides counts once, as one of the stream. */
  fill(runtime: RuleRuntime): void {
    const { rule } = runtime;
    const { read, now } = this.#deps;
    const span = rule.kind.fillMs(rule);
    if (read === undefined || span <= 0) return;
    runtime.waiting = [];
    const to = now();
    this.#read(rule, to - span, to).then(
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

  /** Newest first, page by page, until there are enough. */
  async #read(rule: Rule, from: number, to: number): Promise<StoredEvent[]> {
    const { read, maxEvents } = this.#deps;
    const events = new Map<string, StoredEvent>();
    for (let end = to; ; ) {
      const before = events.size;
      const page = await read!(rule, rule.query, from, end);
      for (const event of page) events.set(event._id, event);
      if (page.length < FILL_PAGE || events.size === before) break;
      end = page.reduce((least, event) => Math.min(least, Date.parse(event['@timestamp'])), end);
      if (events.size < maxEvents) continue;
      log.warn(
        { rule: rule.name, events: events.size, since: new Date(end).toISOString() },
        'a rule has a longer past than is read of it; what was before that is unknown to it',
      );
      break;
    }
    return [...events.values()];
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
