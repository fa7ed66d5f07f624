import type { DayInfo } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { logger } from '../../core/log.ts';
import type { Elastic } from './client.ts';
import type { IndexNames } from './index-name.ts';
import { droppedBytes, droppedEvents, droppedIndices } from './metrics.ts';
import type { ElasticsearchStoreOptions } from './options.ts';
import { decideIndexRetention, type IndexOnDisk } from './retention.ts';
import { MANAGED_BY } from './template.ts';
import { errorOfBody } from './verdict.ts';

const log = logger('store');

/** Our daily indices: which there are, and which go. */
export class DailyIndices {
  readonly #elastic: Elastic;
  readonly #options: ElasticsearchStoreOptions;
  readonly #names: IndexNames;
  readonly #warned = new Set<string>();
  #lastAgeDrop: number | undefined;

  constructor(elastic: Elastic, options: ElasticsearchStoreOptions, names: IndexNames) {
    this.#elastic = elastic;
    this.#options = options;
    this.#names = names;
  }

  /** Every index whose name is one of ours, by day. */
  async list(): Promise<IndexOnDisk[]> {
    const pattern = encodeURIComponent(`${this.#names.prefix}*`);
    const columns = 'index,status,docs.count,store.size';
    const path = `/_cat/indices/${pattern}?format=json&bytes=b&expand_wildcards=open,closed&h=${columns}`;
    const { status, body } = await this.#elastic.request({ method: 'GET', path });
    if (status === 404) return [];
    if (status !== 200) {
      throw new LongshoreError(
        'LS_STORE_READ_FAILED',
        `the indices cannot be listed: ${errorOfBody(body)?.reason ?? status}.`,
        {
          retryable: true,
        },
      );
    }
    const found: IndexOnDisk[] = [];
    for (const row of body as { [column: string]: string | null }[]) {
      const name = row['index'] ?? '';
      const day = this.#names.dayOf(name);
      if (day === undefined) continue;
      found.push({ name, day, bytes: Number(row['store.size'] ?? 0), events: Number(row['docs.count'] ?? 0) });
    }
    return found.sort((a, b) => (a.day < b.day ? -1 : 1));
  }

  async days(): Promise<DayInfo[]> {
    return (await this.list()).map(({ day, events, bytes }) => ({ day, events, bytes }));
  }

  /** Deletes what has to go by now (epoch milliseconds). Nothing when an ILM policy does it. */
  async retain(now: number): Promise<void> {
    if (this.#options.ilm_policy !== undefined) return;
    const ours = await this.#ours(await this.list());
    const sinceAgeDropMs = this.#lastAgeDrop === undefined ? undefined : performance.now() - this.#lastAgeDrop;
    for (const { reason, index } of decideIndexRetention(
      { now, sinceAgeDropMs, indices: ours },
      this.#options.retention,
    )) {
      const { status, body } = await this.#elastic.request({
        method: 'DELETE',
        path: `/${encodeURIComponent(index.name)}`,
      });
      if (status === 404) continue;
      if (status !== 200) {
        log.error({ index: index.name, reason: errorOfBody(body)?.reason ?? status }, 'an index could not be deleted');
        return;
      }
      if (reason === 'age') this.#lastAgeDrop = performance.now();
      droppedIndices.inc({ reason });
      droppedEvents.inc({ reason }, index.events);
      droppedBytes.inc({ reason }, index.bytes);
      log.info({ index: index.name, reason, events: index.events, bytes: index.bytes }, 'an index was deleted');
    }
  }

  /** Those that our template made. Another program's indices can have our prefix: they are searched, not deleted. */
  async #ours(indices: IndexOnDisk[]): Promise<IndexOnDisk[]> {
    if (indices.length === 0) return [];
    const pattern = encodeURIComponent(`${this.#names.prefix}*`);
    const path = `/${pattern}/_mapping?filter_path=*.mappings._meta&expand_wildcards=open,closed`;
    const { status, body } = await this.#elastic.request({ method: 'GET', path });
    if (status !== 200) return [];
    const metas = body as { [index: string]: { mappings?: { _meta?: { managed_by?: unknown } } } };
    return indices.filter(({ name }) => {
      if (metas[name]?.mappings?._meta?.managed_by === MANAGED_BY) return true;
      if (!this.#warned.has(name)) {
        this.#warned.add(name);
        log.warn(
          { index: name },
          'an index of our prefix was not made by longshore: it is searched, but retention leaves it alone',
        );
      }
      return false;
    });
  }
}

/** `retain`, without an error: it is tried again at the next look. */
export async function retainQuietly(indices: DailyIndices): Promise<void> {
  try {
    await indices.retain(Date.now());
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'retention could not look at the indices');
  }
}
