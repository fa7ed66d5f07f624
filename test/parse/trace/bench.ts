import { readdirSync, readFileSync } from 'node:fs';
import { lineBudgets } from '../../../src/base/regexp/line-budgets.ts';
import { type EventMeta, type Fields, newFields } from '../../../src/core/event.ts';
import { Joiner, type JoinLimits } from '../../../src/parse/join/joiner.ts';
import { loadPipelines } from '../../../src/parse/pipelines.ts';
import { createAdmit } from '../../../src/schema/admit.ts';
import { createConform } from '../../../src/schema/conform.ts';
import { levelOfText } from '../../../src/schema/level-text.ts';

const admit = createAdmit();

const folder = new URL('../../../pipelines/', import.meta.url);
const shipped = loadPipelines(
  readdirSync(folder).map(name => ({
    path: `pipelines/${name}`,
    text: readFileSync(new URL(name, folder), 'utf8'),
  })),
);
// On a busy machine any expression may be slow.
lineBudgets.setLimits({ slow_ms_per_container_second: 1e6, slow_ms_per_second: 1e6 });
const conform = createConform({});
const NOW = Date.UTC(2026, 10, 29, 17);

/** Records become events as they do live, with the shipped pipelines, one millisecond after the other. */
export class Bench {
  readonly #joiner: Joiner;
  readonly #out: Fields[] = [];
  #count = 0;

  constructor(limits: Partial<JoinLimits> = {}) {
    this.#joiner = new Joiner(
      { max_open_bytes: 1e8, max_event_bytes: 1e6, max_open_joins: 1000, docker_piece_timeout_ms: 1000, ...limits },
      levelOfText,
    );
  }

  offer(record: object, tag: string, sender = '10.0.0.1'): void {
    const now = NOW + this.#count;
    const meta: EventMeta = { tag, time: Number.NaN, receivedAt: now };
    const fields = admit(Object.assign(newFields(), structuredClone(record)), meta);
    const id = `l${this.#count++}`;
    const offered = this.#joiner.line(fields, meta, id, sender, (event, at) => shipped.multilineFor(event, at));
    for (const { record: done, meta: at } of offered?.complete ?? []) this.#document(done, at);
    if (offered === undefined || offered.isAlone) this.#document(fields, meta);
  }

  /** The events in their order; those that waited come last. */
  finish(): Fields[] {
    for (const { record, meta } of this.#joiner.expire(NOW + this.#count + 60_000)) this.#document(record, meta);
    return this.#out;
  }

  #document(fields: Fields, meta: EventMeta): void {
    const parsed = shipped.run(fields, meta);
    if (parsed !== undefined) this.#out.push(conform(parsed, meta).fields);
  }
}
