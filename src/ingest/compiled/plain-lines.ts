import { lineBudgets } from '../../base/regexp/line-budgets.ts';
import type { DocumentForm } from '../../core/contracts.ts';
import type { EventMeta, Fields } from '../../core/event.ts';
import { isPlainText } from '../../parse/automatic/automatic.ts';
import { NONE } from '../../parse/candidates.ts';
import type { Joiner, MultilineRule } from '../../parse/join/joiner.ts';
import { StreamLine } from '../../parse/join/line.ts';
import { originOf } from '../../parse/origin.ts';
import type { Pipeline, PipelineSet } from '../../parse/pipelines.ts';
import { lineCleaner } from '../../schema/admit.ts';
import { createConform } from '../../schema/conform.ts';
import type { EventOptions } from '../../schema/options.ts';
import {
  type LineWriter,
  lineWriter,
  nothingWritten,
  PASSED_ON,
  textWriter,
  type WriterRules,
  type Written,
} from './line-writer.ts';
import type { Stream } from './stream.ts';
import { Streams } from './streams.ts';
import { StructuredWriters } from './structured/structured.ts';
import { WideStreams } from './wide-streams.ts';
import { writerRules } from './writer-rules.ts';

export type Writers = Pick<PipelineSet, 'choose' | 'chooseNext' | 'at' | 'chose' | 'named'>;

const NOTHING: readonly Pipeline[] = [];

/**
 * Lines of containers that a pipeline of plain processors takes: they become documents by a function that is made for the
 * pipeline, without an event in between. Any other line is left alone, and whatever is unusual in one.
 */
export class PlainLines {
  readonly #streams: Streams;
  /** Of events that went through `admit` before they were joined. */
  readonly #admitted: WideStreams;
  readonly #joiner: Joiner;
  readonly #rules: WriterRules;
  readonly #lineOf: (text: string) => string;
  readonly #isWanted: boolean;
  /** What is known of the document that was written last. */
  readonly written: Written = nothingWritten();
  /** Undefined: whoever gave them wants to run them. */
  #pipelines: Writers | undefined;
  readonly #text: LineWriter | undefined;
  readonly #structured: StructuredWriters;
  /** Of lines that no pipeline takes. */
  readonly #automatic: LineWriter | undefined;
  #writers = new Map<Pipeline, LineWriter | undefined>();
  /** The document that was written last. */
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  length = 0;
  /** Where the line belongs that `take` has left. */
  #place = NONE;
  #hasPlace = false;
  /** The pipelines that have passed it on, and the place behind them. */
  #passed: readonly Pipeline[] = NOTHING;
  #next = NONE;
  /** It was left because other lines may belong to it. */
  mayBeJoined = false;
  /** The line that `take` has left for that reason, if nothing but its text tells it from others of its stream. */
  joinable: StreamLine | undefined = undefined;

  constructor(
    options: EventOptions,
    form: DocumentForm,
    joiner: Joiner,
    pipelines: Partial<Writers>,
    admit: (record: Fields, meta: EventMeta) => Fields,
  ) {
    this.#rules = writerRules(options, form);
    const { max_name_bytes: maxNameBytes, max_depth: maxDepth } = options;
    const streams = { ...this.#rules, ...{ admit, maxNameBytes, maxDepth }, conform: createConform(options, false) };
    this.#streams = new Streams(streams);
    this.#admitted = new WideStreams({ ...streams, admit: fields => fields });
    this.#text = textWriter(this.#rules, this.written);
    this.#structured = new StructuredWriters(options, this.#rules, this.written);
    this.#automatic = this.#structured.automatic();
    this.#joiner = joiner;
    this.#pipelines = asWriters(pipelines);
    this.#lineOf = lineCleaner(options);
    this.#isWanted = options.tag_field === undefined && !options.keep_colors;
  }

  /** False: it takes no line at all. */
  get isOn(): boolean {
    return this.#isWanted && this.#pipelines !== undefined;
  }

  replace(pipelines: Partial<Writers>): void {
    this.#pipelines = asWriters(pipelines);
    this.#writers = new Map();
    this.#forget();
  }

  #forget(): void {
    this.#streams.forget();
    this.#admitted.forget();
  }

  /** The stream of the record when its document stands in `bytes` now; undefined: it was left alone. */
  take(
    record: Fields,
    meta: EventMeta,
    sender: string,
    idBase: string,
    index: number,
    seq: number,
  ): Stream | undefined {
    this.#begin();
    const { log, message } = record;
    const isDocker = message === undefined;
    const text = isDocker ? log : message;
    if (typeof text !== 'string') return undefined;
    const stream = this.#streams.of(record, isDocker ? 'log' : 'message', meta, sender);
    if (stream === undefined) return undefined;
    const line = this.#lineOf(text);
    // What is left of a colour may make another one.
    if (line !== text && line.includes('\u001b')) return undefined;
    const { key } = stream;
    const isPlain = key !== undefined && stream.varied === undefined && stream.time === undefined;
    if (isPlain && this.#joiner.isOpen(key)) {
      this.joinable = new StreamLine(stream, line, meta, idBase, index);
      return undefined;
    }
    if (this.#take(stream, line, meta, true, idBase, index, seq)) return stream;
    if (isPlain && this.mayBeJoined) {
      const joinable = new StreamLine(stream, line, meta, idBase, index);
      joinable.choice = this.#place;
      joinable.chooser = this.#pipelines;
      this.joinable = joinable;
    }
    return undefined;
  }

  /** How a line is joined that continues no event. */
  ruleOf(line: StreamLine): MultilineRule | undefined {
    const pipelines = this.#pipelines;
    if (pipelines === undefined) return undefined;
    const { view } = line.source;
    if (line.chooser !== pipelines) {
      view['message'] = line.text;
      line.choice = pipelines.choose(view, line.meta);
      if (this.#isSpoilt(view)) return pipelines.at(line.choice)?.multiline;
      line.chooser = pipelines;
    }
    return pipelines.at(line.choice)?.multiline;
  }

  /** As `take`, for lines that are an event together: their text, and the first of them. */
  takeJoined(first: StreamLine, text: string, seq: number): Stream | undefined {
    this.#begin();
    // Halves of a colour may have come together.
    if (text.includes('\u001b')) return undefined;
    const stream = first.source as Stream;
    const { meta, idBase, index } = first;
    const choice = first.chooser === this.#pipelines && text === first.text ? first.choice : undefined;
    lineBudgets.beginLine(originOf(stream.view, meta));
    return this.#take(stream, text, meta, false, idBase, index, seq, choice) ? stream : undefined;
  }

  /** The same for an event that went through `admit`, and to which no other line belongs. `id`: of its document. */
  takeAlone(fields: Fields, meta: EventMeta, sender: string, id: string, seq: number): Stream | undefined {
    this.#begin();
    const { message } = fields;
    // Halves of a colour may have come together.
    if (typeof message !== 'string' || message.includes('\u001b')) return undefined;
    const stream = this.#admitted.of(fields, 'message', meta, sender);
    return stream !== undefined && this.#take(stream, message, meta, false, id, -1, seq) ? stream : undefined;
  }

  #begin(): void {
    this.#hasPlace = false;
    this.#passed = NOTHING;
    this.mayBeJoined = false;
    this.joinable = undefined;
  }

  /** Whether an expression that took too long has left a mark in the view: it is taken away, and the streams are learnt anew. */
  #isSpoilt(view: Fields): boolean {
    if (view['tags'] === undefined) return false;
    this.#forget();
    // Lines that wait have this view.
    for (const name of MARKS) delete view[name];
    return true;
  }

  /** `isOffered`: other lines may belong to it. */
  #take(
    stream: Stream,
    line: string,
    meta: EventMeta,
    isOffered: boolean,
    idBase: string,
    index: number,
    seq: number,
    choice?: number,
  ): boolean {
    const pipelines = this.#pipelines;
    if (pipelines === undefined) return false;
    const { view } = stream;
    view['message'] = line;
    const place = choice ?? pipelines.choose(view, meta);
    if (this.#isSpoilt(view)) return false;
    this.#place = place;
    this.#hasPlace = true;
    const first = pipelines.at(place);
    if (isOffered && first?.multiline !== undefined && !this.#isAlone(stream, line, first)) return false;
    let pipeline = first;
    let at = place;
    while (pipeline !== undefined) {
      const writer = this.#writerOf(pipeline, pipelines);
      if (writer === undefined || line.length > writer.maxChars) return false;
      if (!isAllowed(stream, writer)) return false;
      const isAsked = isOffered && pipeline === first && first.multiline === undefined;
      if (isAsked && !this.#isAlone(stream, line, first)) return false;
      const length = this.#write(writer, line, stream, meta, idBase, index, seq);
      if (length >= 0) return true;
      if (length !== PASSED_ON) return false;
      const passed = this.#passed === NOTHING ? [pipeline] : [...this.#passed, pipeline];
      at = pipelines.chooseNext(view, meta, at, passed);
      if (this.#isSpoilt(view)) return false;
      this.#passed = passed;
      this.#next = at;
      pipeline = pipelines.at(at);
    }
    const writer = this.#writerOfOthers(line);
    // If no pipeline was asked, it is not known yet whether other lines belong to it.
    if (writer === undefined || !isAllowed(stream, writer)) return false;
    if (isOffered && first === undefined && !this.#isAlone(stream, line, undefined)) return false;
    return this.#write(writer, line, stream, meta, idBase, index, seq) >= 0;
  }

  #isAlone({ key }: Stream, line: string, pipeline: Pipeline | undefined): boolean {
    this.mayBeJoined = key !== undefined && !this.#joiner.isAlone(key, line, pipeline?.multiline);
    return !this.mayBeJoined;
  }

  /** Of a line that no pipeline takes: it is JSON, or pairs, or nothing but a text. */
  #writerOfOthers(line: string): LineWriter | undefined {
    const isStructured = line.charCodeAt(0) === OPEN_BRACE || line.includes('=');
    const writer = isStructured ? this.#automatic : this.#text;
    if (writer === undefined || line.length > writer.maxChars) return undefined;
    return isStructured || isPlainText(line) ? writer : undefined;
  }

  /** As the writer answers; from 0 on it is the length. */
  #write(
    writer: LineWriter,
    line: string,
    stream: Stream,
    meta: EventMeta,
    idBase: string,
    index: number,
    seq: number,
  ): number {
    const room = writer.room(line.length);
    if (room > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(room * 2);
    try {
      const length = writer.write(this.bytes, line, stream, meta, idBase, index, seq);
      if (length >= 0) this.length = length;
      return length;
    } catch {
      // Running it as before tells what it is.
      return -1;
    }
  }

  /** Tells the pipelines what is known of the event that `take` has left. */
  left(fields: Fields): void {
    if (this.#hasPlace) this.#pipelines?.chose(fields, this.#place, this.#passed, this.#next);
  }

  #writerOf(pipeline: Pipeline, pipelines: Writers): LineWriter | undefined {
    const known = this.#writers.get(pipeline);
    if (known !== undefined || this.#writers.has(pipeline)) return known;
    const made = lineWriter(pipeline, name => pipelines.named(name), this.#rules, this.written);
    const writer = typeof made === 'string' ? this.#structured.of(pipeline) : made;
    this.#writers.set(pipeline, writer);
    return writer;
  }
}

/** Whether the writer touches nothing that the stream's records have. */
function isAllowed(stream: Stream, writer: LineWriter): boolean {
  const { names } = stream;
  if (names.length === 0 || stream.allowed === writer) return true;
  for (let i = 0; i < names.length; i++) if (writer.names.has(names[i]!)) return false;
  stream.allowed = writer;
  return true;
}

function asWriters(pipelines: Partial<Writers>): Writers | undefined {
  return pipelines.choose === undefined ? undefined : (pipelines as Writers);
}

/** What is said of an event whose expression took too long. */
const MARKS = ['tags', 'pipeline_error'];
const FIRST_BYTES = 256 * 1024;
const OPEN_BRACE = 123;
