import { randomBytes } from 'node:crypto';
import type { NewDeadLetter, QueryNode, SearchRequest } from '../../../src/core/contracts.ts';
import type { Fields } from '../../../src/core/event.ts';
import { type ChunkBody, ElasticsearchStore } from '../../../src/store/elasticsearch/elasticsearch-store.ts';
import { elasticsearchStoreOptions } from '../../../src/store/elasticsearch/options.ts';
import type { ClusterInfo } from '../../../src/store/elasticsearch/product.ts';

export type Given = Parameters<typeof elasticsearchStoreOptions>[0];

export const NEVER = new AbortController().signal;
export const DAY = '2026.11.20';
export const TIME = Date.parse('2026-11-20T12:00:00.000Z');

/** Names that no other test uses. */
export const freshPrefix = (): string => `logs-${randomBytes(4).toString('hex')}-`;

/** A started store together with the dead letters it wrote. */
export class Place {
  readonly letters: NewDeadLetter[] = [];
  readonly prefix: string;
  readonly store: ElasticsearchStore;

  private constructor(given: Given) {
    const options = elasticsearchStoreOptions({
      max_retry_interval_ms: 200,
      ...given,
      index: { prefix: freshPrefix(), ...given.index },
    });
    this.prefix = options.index.prefix;
    this.store = new ElasticsearchStore(options, {
      deadLetters: {
        append: async letters => {
          this.letters.push(...letters);
        },
      },
    });
  }

  /** Not started. */
  static of(given: Given): Place {
    return new Place(given);
  }

  static async start(given: Given): Promise<Place> {
    const place = new Place(given);
    await place.store.start();
    const { alarm } = place.store.stats();
    if (alarm !== undefined) throw new Error(`the store did not start: ${alarm.reason}`);
    return place;
  }

  index(day = DAY): string {
    return this.prefix + day;
  }

  async ids(query: QueryNode = { type: 'all' }, more: Partial<SearchRequest> = {}): Promise<string[]> {
    const { hits } = await this.store.search({ query, size: 1000, ...more });
    return hits.map(hit => hit._id).sort();
  }

  stop(): Promise<void> {
    return this.store.stop(AbortSignal.timeout(2_000));
  }
}

/** What a started store speaks with. */
export function clusterOf(place: Place): ClusterInfo {
  const { product, version } = place.store.stats();
  if (product === undefined) throw new Error('the store is not ready');
  return { product, version };
}

/** A chunk out of documents; what every event has is filled in. */
export function chunk(documents: readonly (Fields & { _id: string })[], day = DAY, id = 'chunk'): ChunkBody {
  const lines = documents.map(({ _id, ...rest }, i) => {
    const document = { seq: 1000 + i, '@timestamp': new Date(TIME + i * 1000).toISOString(), ...rest };
    return `${JSON.stringify({ create: { _id } })}\n${JSON.stringify(document)}\n`;
  });
  return { id, day, events: documents.length, body: Buffer.from(lines.join('')) };
}

export const numbered = (count: number, more: Fields = {}): (Fields & { _id: string })[] =>
  Array.from({ length: count }, (_, i) => ({
    _id: `e${i}`,
    message: `event ${i}`,
    level: i % 5 === 0 ? 'ERROR' : 'INFO',
    ...more,
  }));

/** Resolves when the condition holds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 20_000,
): Promise<void> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; ) {
    if (await condition()) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  throw new Error(`timed out: ${what}`);
}
