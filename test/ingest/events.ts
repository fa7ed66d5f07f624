import { withDefaults } from '../../src/base/options.ts';
import type { DocumentForm } from '../../src/core/contracts.ts';
import type { EventMeta, Fields } from '../../src/core/event.ts';
import { EventWriter } from '../../src/ingest/compiled/events/event-writer.ts';
import { nothingWritten } from '../../src/ingest/compiled/line-writer.ts';
import { writerRules } from '../../src/ingest/compiled/writer-rules.ts';
import { plainNumbers } from '../../src/parse/plain-numbers.ts';
import { createConform } from '../../src/schema/conform.ts';
import { type EventOptions, eventSchema } from '../../src/schema/options.ts';
import { writeDocument } from '../../src/schema/serialise.ts';

export const META: EventMeta = { tag: 'docker.x', time: Number.NaN, receivedAt: Date.UTC(2026, 10, 20, 14) };
/** Samples are of any year. */
const OPTIONS = withDefaults(eventSchema, { clamp_past_days: 40_000, clamp_future_minutes: 100_000_000 });
const SEQ = 1_795_182_936_123_456;

/** Writes events that pipelines have left in both ways. */
export class BothWays {
  /** Those that were written by what is known of their names, and all others. */
  known = 0;
  others = 0;
  readonly #writer: EventWriter;
  readonly #conform: (fields: Fields, meta: EventMeta) => ReturnType<ReturnType<typeof createConform>>;
  readonly #form: DocumentForm;

  constructor(form: DocumentForm, options: EventOptions = OPTIONS) {
    const { max_name_bytes: maxNameBytes, max_depth: maxDepth } = options;
    this.#writer = new EventWriter({ ...writerRules(options, form), maxNameBytes, maxDepth }, nothingWritten());
    this.#conform = createConform(options, false);
    this.#form = form;
  }

  /** The documents of an event as it is, the new one and the one as before; the new one undefined: it is left alone. */
  documents(fields: Fields, id = 'a1b2-z'): [made: string | undefined, reference: string] {
    const writer = this.#writer;
    const isKnown = writer.write(fields, META, id, SEQ);
    const made = isKnown ? writer.bytes.toString('utf8', 0, writer.length) : undefined;
    if (isKnown) this.known++;
    else this.others++;
    plainNumbers(fields);
    return [made, writeDocument(this.#conform(fields, META), id, SEQ, this.#form).toString()];
  }
}
