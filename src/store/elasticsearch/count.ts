import { LongshoreError } from '../../core/errors.ts';
import { createElastic, type Elastic } from './client.ts';
import { type IndexNames, indexNames } from './index-name.ts';
import type { ElasticsearchStoreSettings } from './options.ts';
import { errorOfBody } from './verdict.ts';

/** Counts what the index of a day really holds, for whoever has written there and wants to be sure. */
export class DayCounter {
  readonly #elastic: Elastic;
  readonly #names: IndexNames;

  constructor(options: ElasticsearchStoreSettings) {
    this.#elastic = createElastic(options);
    this.#names = indexNames(options.index);
  }

  index(day: string): string {
    return this.#names.of(day);
  }

  /** Events of the day with a `seq` in the range, both ends included. Throws LS_STORE_READ_FAILED (retryable). */
  async count(day: string, seq: { min: number; max: number }): Promise<number> {
    const index = `/${encodeURIComponent(this.#names.of(day))}`;
    await this.#ask('POST', `${index}/_refresh`);
    const query = { range: { seq: { gte: seq.min, lte: seq.max } } };
    const body = (await this.#ask('POST', `${index}/_count`, { query })) as {
      count: number;
      _shards?: { failed?: number };
    };
    if ((body._shards?.failed ?? 0) > 0) throw readFailed(`some shards of ${index.slice(1)} do not answer`);
    return body.count;
  }

  close(): Promise<void> {
    return this.#elastic.close();
  }

  async #ask(method: 'POST', path: string, body?: unknown): Promise<unknown> {
    const answer = await this.#elastic.request({ method, path, ...(body === undefined ? {} : { body }) });
    if (answer.status === 200) return answer.body;
    throw readFailed(errorOfBody(answer.body)?.reason ?? `status ${answer.status}`);
  }
}

function readFailed(reason: string): LongshoreError {
  return new LongshoreError('LS_STORE_READ_FAILED', `the events cannot be counted: ${reason}.`, { retryable: true });
}
