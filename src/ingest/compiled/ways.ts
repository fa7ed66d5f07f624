import type { EventMeta, Fields } from '../../core/event.ts';
import type { PipelineSet } from '../../parse/pipelines.ts';
import { createAdmit } from '../../schema/admit.ts';
import type { EventOptions } from '../../schema/options.ts';
import { EventWriter } from './events/event-writer.ts';
import { type LineWriter, lineWriter, nothingWritten } from './line-writer.ts';
import { writerRules } from './writer-rules.ts';

/** Tells people how documents are written: by a function that is made for the pipeline, or by the names that its events have. */
export class WaysOfDocuments {
  readonly #pipelines: PipelineSet;
  readonly #admit: (record: Fields, meta: EventMeta) => Fields;
  readonly #rules: ReturnType<typeof writerRules>;
  readonly #events: EventWriter;

  constructor(pipelines: PipelineSet, options: EventOptions) {
    this.#pipelines = pipelines;
    this.#admit = createAdmit(options);
    this.#rules = writerRules(options, 'embedded');
    const { max_name_bytes: maxNameBytes, max_depth: maxDepth } = options;
    this.#events = new EventWriter({ ...this.#rules, maxNameBytes, maxDepth }, nothingWritten());
  }

  /** The way of one record: a headline, and the function or what the names decide. */
  of(record: Fields, meta: EventMeta): string {
    const pipelines = this.#pipelines;
    const fields = this.#admit(record, meta);
    const pipeline = pipelines.at(pipelines.choose(fields, meta));
    const name = pipeline === undefined ? 'no pipeline' : `pipeline ${pipeline.name}`;
    const made =
      pipeline === undefined
        ? 'the line is JSON, pairs, or a text'
        : lineWriter(pipeline, other => pipelines.named(other), this.#rules, nothingWritten());
    if (typeof made !== 'string') return `${name}: one function from the line to its document\n${codeText(made)}`;
    const event = pipelines.runTyped(fields, meta);
    if (event === undefined) return `${name}: the event is dropped\n`;
    const text = this.#events.describe(event);
    const rest = text === undefined ? 'the document field by field' : `the document by these names\n${text}`;
    return `${name}: its processors one by one (${made}), ${rest}\n`;
  }
}

/** The code, and behind it what its short names stand for. */
function codeText({ code, names, values }: LineWriter): string {
  const fields = [...names].map((name, i) => `f${i}: ${JSON.stringify(name)}`);
  const constants = values.map((value, i) => `K[${i}]: ${valueText(value)}`);
  return `${[code, ...fields, ...constants].join('\n')}\n`;
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof RegExp || typeof value === 'number') return String(value);
  if (value instanceof Set) return JSON.stringify([...value]);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString());
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`;
  if (hasSource(value)) return value.source;
  return value?.constructor.name ?? String(value);
}

const hasSource = (value: unknown): value is { source: string } =>
  typeof value === 'object' && value !== null && 'source' in value && typeof value.source === 'string';
