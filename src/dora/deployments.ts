import { DAY_MS, HOUR_MS } from '../base/time/duration.ts';
import type { Predicate, QueryNode, StoredEvent } from '../core/contracts.ts';
import { fieldAt } from '../core/event.ts';
import { storedField } from '../store/query/fields.ts';
import { parseQuery } from '../store/query/parse.ts';
import { parseTime } from '../store/query/times.ts';
import type { Searcher } from '../store/search.ts';
import type { Deployment } from './figures.ts';
import type { DoraOptions } from './options.ts';

/** Deployments that are known; of more, the newest. */
const MAX_DEPLOYMENTS = 10_000;
/** What comes later than this is found when all is read again. */
const LATE_MS = DAY_MS;
const READ_AGAIN_MS = 6 * HOUR_MS;

interface Known {
  readonly from: number;
  readonly readAt: number;
  readonly events: Map<string, StoredEvent>;
}

/** The events that are deployments. What was read is kept: only the latest day is asked for again each time. */
export class Deployments {
  readonly #searcher: Pick<Searcher, 'newest' | 'predicate'>;
  readonly #query: QueryNode;
  readonly #isFailed: Predicate;
  readonly #isRollback: Predicate;
  readonly #commitTimeField: string;
  #known: Known | undefined;
  #to = 0;

  /** Throws LS_QUERY_* where a query of the settings cannot be read. */
  constructor(searcher: Pick<Searcher, 'newest' | 'predicate'>, options: DoraOptions) {
    this.#searcher = searcher;
    this.#query = parseQuery(options.deployments);
    this.#isFailed = searcher.predicate(options.failed);
    this.#isRollback = searcher.predicate(options.rollbacks);
    this.#commitTimeField = storedField(options.commit_time_field);
  }

  /** Those from then to now, epoch milliseconds, and whether there are more than are read. */
  async since(from: number, now: number): Promise<{ deployments: Deployment[]; isCut: boolean }> {
    const known = this.#known;
    const isFresh = known !== undefined && known.from <= from && now - known.readAt < READ_AGAIN_MS;
    const begin = isFresh ? Math.max(from, this.#to - LATE_MS) : from;
    const found = await this.#searcher.newest(this.#query, begin, now, MAX_DEPLOYMENTS);
    const events = isFresh ? known.events : new Map<string, StoredEvent>();
    for (const event of found) events.set(event._id, event);
    if (!isFresh) this.#known = { from, readAt: now, events };
    this.#to = now;
    const deployments = [...events.values()].map(event => this.#deploymentOf(event)).filter(({ time }) => time >= from);
    return { deployments, isCut: found.length >= MAX_DEPLOYMENTS };
  }

  #deploymentOf(event: StoredEvent): Deployment {
    return {
      service: String(event['service'] ?? ''),
      time: Date.parse(event['@timestamp']),
      failed: this.#isFailed(event),
      isRollback: this.#isRollback(event),
      commitTime: timeOf(fieldAt(event, this.#commitTimeField)),
    };
  }
}

function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  try {
    return parseTime(value, 0);
  } catch {
    return undefined;
  }
}
