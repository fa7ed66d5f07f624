import { compileMatcher, levelsAsked, type RuleMatcher } from '../alerts/match.ts';
import type { Rule } from '../alerts/rules/rule.ts';
import { lineBudgets } from '../base/regexp/line-budgets.ts';
import { dayOf } from '../base/time/iso.ts';
import type { Spool } from '../buffer/spool/spool.ts';
import { messageOf } from '../core/errors.ts';
import type { EventMeta, Fields, Frame, LogEvent } from '../core/event.ts';
import { logger } from '../core/log.ts';
import { containerOf } from '../ledger/counts.ts';
import { JoinedLines } from '../parse/join/joined-lines.ts';
import type { Complete, Joiner, PieceRecord } from '../parse/join/joiner.ts';
import { type Line, StreamLine } from '../parse/join/line.ts';
import type { PipelineSet } from '../parse/pipelines.ts';
import { plainNumbers } from '../parse/plain-numbers.ts';
import { createAdmit } from '../schema/admit.ts';
import { createConform } from '../schema/conform.ts';
import { conformAgain } from '../schema/conform-again.ts';
import { writeDocument } from '../schema/serialise.ts';
import { asText } from './as-text.ts';
import { EventWriter } from './compiled/events/event-writer.ts';
import { isWanted, nothingWritten, type Written } from './compiled/line-writer.ts';
import { PlainLines, type Writers } from './compiled/plain-lines.ts';
import type { Stream } from './compiled/stream.ts';
import { writerRules } from './compiled/writer-rules.ts';
import type { Draft } from './draft.ts';
import * as metrics from './intake-metrics.ts';
import type { LiveListeners } from './live-listeners.ts';
import type { LogMetrics } from './log-metrics/log-metrics.ts';
import type { IngestSettings } from './settings.ts';
import { tellUnknown } from './unknown-names.ts';

const log = logger('intake');

/** What users write, compiled; another one after each reload. */
export interface ActiveDefinitions {
  readonly pipelines: Pick<PipelineSet, 'documentId' | 'run' | 'multilineFor'> &
    Partial<Writers & Pick<PipelineSet, 'runNamed' | 'runTyped' | 'leftTypedNumbers' | 'unknownNames' | 'names'>>;
  readonly rules: readonly Rule[];
}

export interface DocumentsDeps {
  readonly settings: Pick<IngestSettings, 'form' | 'event'>;
  readonly spool: Pick<Spool, 'pages' | 'containers'>;
  readonly joiner: Joiner;
  readonly live: LiveListeners;
  readonly logMetrics: LogMetrics;
  readonly firstSeq: number;
}

/** Those who join records, too, where sockets are shared. True: the record is on its way there, and no matter of this draft. */
export interface OtherJoiners {
  takePiece(record: Fields, meta: EventMeta, id: string, draft: Draft, sender: string): boolean;
  /** `isJoinable`: its pipeline's `multiline`, or its form, says that it may be joined with other lines. */
  takeLine(fields: Fields, meta: EventMeta, id: string, draft: Draft, sender: string, isJoinable: boolean): boolean;
}

/** Records -> documents of a draft: the one place where an event is parsed. */
export class Documents {
  readonly #deps: DocumentsDeps;
  readonly #admit: (record: Fields, meta: EventMeta) => Fields;
  readonly #conform: (fields: Fields, meta: EventMeta) => LogEvent;
  readonly #others: OtherJoiners | undefined;
  #pipelines: ActiveDefinitions['pipelines'];
  #match: RuleMatcher;
  readonly #plain: PlainLines;
  readonly #events: EventWriter;
  readonly #eventWritten = nothingWritten();
  #hasRules: boolean;
  /** Events with other levels are no matter of the rules; undefined: any may be. */
  #levels: ReadonlySet<string> | undefined;
  #seq: number;
  /** How a line is joined that continues no event. */
  readonly #ruleOf = (fields: Fields, meta: EventMeta) => this.#pipelines.multilineFor(fields, meta);
  readonly #ruleOfLine = (line: Line) =>
    line instanceof StreamLine ? this.#plain.ruleOf(line) : this.#ruleOf(line.record, line.meta);

  constructor(deps: DocumentsDeps, { pipelines, rules }: ActiveDefinitions, others?: OtherJoiners) {
    this.#deps = deps;
    this.#admit = createAdmit(deps.settings.event);
    this.#conform = createConform(deps.settings.event);
    this.#others = others;
    this.#pipelines = pipelines;
    this.#match = compileMatcher(rules);
    this.#hasRules = rules.length > 0;
    this.#levels = levelsAsked(rules);
    const { event, form } = deps.settings;
    this.#plain = new PlainLines(event, form, deps.joiner, pipelines, this.#admit);
    const { max_name_bytes: maxNameBytes, max_depth: maxDepth } = event;
    this.#events = new EventWriter({ ...writerRules(event, form), maxNameBytes, maxDepth }, this.#eventWritten);
    this.#seq = deps.firstSeq;
  }

  /** For the records that come from now on. */
  replace({ pipelines, rules }: ActiveDefinitions): void {
    this.#pipelines = pipelines;
    this.#match = compileMatcher(rules);
    this.#hasRules = rules.length > 0;
    this.#levels = levelsAsked(rules);
    this.#plain.replace(pipelines);
  }

  /** Before the first record of a draft. */
  begin(): void {
    // Of a draft that could not be finished.
    this.#deps.spool.pages.discard();
  }

  /** All records of a frame. */
  add(frame: Frame, draft: Draft): void {
    const { records, times, tags, receivedAt, sender, pipeline } = frame;
    const { joiner } = this.#deps;
    draft.isSilent = frame.isSilent === true;
    lineBudgets.beginFrame(sender);
    const mayBePlain = pipeline === undefined && this.#beginPlain(draft);
    // Who joins a line elsewhere asks for the event.
    const isPlain = mayBePlain && this.#others === undefined;
    for (let i = 0; i < records.length; i++) {
      const record = records[i]!;
      const tag = tags === undefined ? frame.tag : tags[i]!;
      const meta: EventMeta = { tag, time: times[i]!, receivedAt };
      try {
        if (frame.isParsed === true)
          this.#store(conformAgain(this.#conform, record, meta), meta, idOf(draft, i), draft);
        else if (pipeline !== undefined) this.#named(pipeline, this.#admit(record, meta), meta, idOf(draft, i), draft);
        else if (record['partial_message'] !== undefined || joiner.wantsWhole(record, sender, tag)) {
          const id = idOf(draft, i);
          if (this.#others?.takePiece(record, meta, id, draft, sender) !== true)
            this.#piece(record, meta, id, draft, sender);
        } else if (!isPlain || !this.#takePlain(record, meta, sender, i, draft)) {
          const line = isPlain ? this.#plain.joinable : undefined;
          if (line !== undefined) {
            this.#streamLine(line, draft, sender);
            continue;
          }
          const fields = this.#admit(record, meta);
          if (isPlain) this.#plain.left(fields);
          const isLeft = isPlain ? this.#plain.mayBeJoined : mayBePlain;
          this.#line(fields, meta, idOf(draft, i), draft, sender, isLeft);
        }
      } catch (error) {
        this.#rescue(record, meta, idOf(draft, i), draft, error);
      }
    }
    const unknown = this.#pipelines.unknownNames?.take() ?? [];
    if (unknown.length > 0) tellUnknown(unknown, this.#pipelines.names ?? []);
  }

  /** Whether lines may become documents without an event; makes ready for them. */
  #beginPlain(draft: Draft): boolean {
    this.#ask(this.#plain.written, draft);
    return this.#plain.isOn;
  }

  /** Says for which events more is wanted than their documents. */
  #ask(written: Written, draft: Draft): void {
    const { live, logMetrics } = this.#deps;
    const areAsked = !draft.isSilent && (this.#hasRules || logMetrics.needsFields);
    written.wantsFields = areAsked || !live.isEmpty;
    written.wantedLevels = logMetrics.needsFields || !live.isEmpty ? undefined : this.#levels;
  }

  /** True: the document of the record is in the draft. */
  #takePlain(record: Fields, meta: EventMeta, sender: string, index: number, draft: Draft): boolean {
    const plain = this.#plain;
    const before = this.#seq;
    const seq = this.#nextSeq(meta.receivedAt);
    const stream = plain.take(record, meta, sender, draft.idBaseOf(index), draft.idIndexOf(index), seq);
    if (stream === undefined) {
      this.#seq = before;
      return false;
    }
    this.#putPlain(stream, seq, isWanted(plain.written) ? idOf(draft, index) : '', draft);
    return true;
  }

  /** The same for an event that went through `admit`, and to which no other line belongs. */
  #takeAlone(fields: Fields, meta: EventMeta, sender: string, id: string, draft: Draft): boolean {
    const before = this.#seq;
    const seq = this.#nextSeq(meta.receivedAt);
    const stream = this.#plain.takeAlone(fields, meta, sender, id, seq);
    if (stream === undefined) {
      this.#seq = before;
      this.#plain.left(fields);
      return false;
    }
    this.#putPlain(stream, seq, id, draft);
    return true;
  }

  /** `id`: of the document, for those who ask for its fields. */
  #putPlain(stream: Stream, seq: number, id: string, draft: Draft): void {
    const plain = this.#plain;
    const { spool } = this.#deps;
    const { time, fields } = plain.written;
    const day = dayOf(time);
    draft.write(spool.pages, plain, { time, day }, spool.containers.of(stream.containerName ?? plain.written.service));
    draft.events++;
    draft.seq = seq;
    if (isWanted(plain.written)) this.#tell({ time, day, fields }, id, seq, draft);
    else if (!draft.isSilent && !this.#deps.logMetrics.isEmpty)
      draft.observeNamed(this.#deps.logMetrics, plain.written.service, plain.written.level);
  }

  /** A line that others may belong to, or that may belong to others. */
  #streamLine(line: StreamLine, draft: Draft, sender: string): void {
    const offered = this.#deps.joiner.streamLine(line, this.#ruleOfLine);
    if (offered?.join !== undefined) draft.wait(line, offered.join.key);
    if (offered !== undefined && offered.complete.length > 0) this.finish(offered.complete, draft, sender);
    if (offered === undefined || offered.isAlone) this.#lines(new JoinedLines(line, [line]), draft, true);
  }

  /** Lines that wait no longer. */
  #lines(joined: JoinedLines, draft: Draft, isPlain: boolean): void {
    for (const line of joined.lines) draft.letGo(line);
    const { first } = joined;
    if (isPlain && joined.partialReason === undefined) {
      const before = this.#seq;
      const seq = this.#nextSeq(first.meta.receivedAt);
      const stream = this.#plain.takeJoined(first, joined.text, seq);
      if (stream !== undefined) {
        this.#putPlain(stream, seq, isWanted(this.#plain.written) ? first.id : '', draft);
        return;
      }
      this.#seq = before;
      this.#plain.left(joined.record);
    }
    this.#document(joined.record, joined.meta, joined.id, draft);
  }

  /** A record that came this far elsewhere, and is joined here. */
  join({ kind, record, meta, id }: PieceRecord, draft: Draft, sender: string): void {
    try {
      if (kind === 'multiline') this.#line(record, meta, id, draft, sender, this.#beginPlain(draft));
      else this.#piece(record, meta, id, draft, sender);
    } catch (error) {
      this.#rescue(record, meta, id, draft, error);
    }
  }

  /** What waits no longer; `held` waits from now on. */
  finish(complete: readonly Complete[], draft: Draft, sender: string, held?: PieceRecord): void {
    if (held !== undefined) draft.hold(held);
    if (complete.length === 0) return;
    const isPlain = this.#beginPlain(draft);
    for (const one of complete) {
      if (one instanceof JoinedLines) {
        try {
          this.#lines(one, draft, isPlain);
        } catch (error) {
          this.#rescue(one.record, one.meta, one.id, draft, error);
        }
        continue;
      }
      const { record, meta, id, releases, kind } = one;
      for (const released of releases) draft.release(released);
      try {
        // What multiline has joined went through `admit` already; Docker's pieces did not.
        if (kind === 'multiline') {
          if (!isPlain || !this.#takeAlone(record, meta, sender, id, draft)) this.#document(record, meta, id, draft);
        } else this.#line(this.#admit(record, meta), meta, id, draft, sender);
      } catch (error) {
        this.#rescue(record, meta, id, draft, error);
      }
    }
  }

  /** Takes pieces up that were durable before. `now`: epoch milliseconds. */
  restore(pieces: readonly PieceRecord[], now: number): void {
    this.#deps.joiner.restore(pieces, this.#ruleOf, now);
  }

  #piece(record: Fields, meta: EventMeta, id: string, draft: Draft, sender: string): void {
    const { held, complete } = this.#deps.joiner.dockerPiece(record, meta, id, sender);
    this.finish(complete, draft, sender, held);
  }

  /** `mayBePlain`: it may become a document as it is when no other line belongs to it. */
  #line(fields: Fields, meta: EventMeta, id: string, draft: Draft, sender: string, mayBePlain = false): void {
    const { joiner } = this.#deps;
    if (this.#others !== undefined) {
      const isJoinable = joiner.concerns(fields, this.#ruleOf(fields, meta));
      if (this.#others.takeLine(fields, meta, id, draft, sender, isJoinable)) return;
    }
    const offered = joiner.line(fields, meta, id, sender, this.#ruleOf);
    if (offered !== undefined) this.finish(offered.complete, draft, sender, offered.held);
    if (offered !== undefined && !offered.isAlone) return;
    if (!mayBePlain || !this.#takeAlone(fields, meta, sender, id, draft)) this.#document(fields, meta, id, draft);
  }

  #document(fields: Fields, meta: EventMeta, id: string, draft: Draft): void {
    const pipelines = this.#pipelines;
    const parsed =
      pipelines.runTyped === undefined ? pipelines.run(fields, meta, id) : pipelines.runTyped(fields, meta, id);
    this.#parsed(parsed, fields, meta, draft);
  }

  #parsed(parsed: Fields | undefined, fields: Fields, meta: EventMeta, draft: Draft): void {
    if (parsed === undefined) draft.drop(this.#deps.spool.containers.of(containerOf(fields, meta.tag)));
    else if (!this.#takeKnown(parsed, meta, draft)) {
      if (this.#pipelines.leftTypedNumbers === true) plainNumbers(parsed);
      this.#store(this.#conform(parsed, meta), meta, this.#pipelines.documentId, draft);
    }
  }

  /** True: the document of an event whose names are known by now is in the draft. */
  #takeKnown(parsed: Fields, meta: EventMeta, draft: Draft): boolean {
    const written = this.#eventWritten;
    this.#ask(written, draft);
    if (!this.#plain.isOn || (written.wantsFields && written.wantedLevels === undefined)) return false;
    const events = this.#events;
    const before = this.#seq;
    const seq = this.#nextSeq(meta.receivedAt);
    if (!events.write(parsed, meta, this.#pipelines.documentId, seq)) {
      this.#seq = before;
      return false;
    }
    const { spool, logMetrics } = this.#deps;
    const { time, service, level } = written;
    draft.write(spool.pages, events, { time, day: dayOf(time) }, spool.containers.of(events.containerName ?? service));
    draft.events++;
    draft.seq = seq;
    if (!draft.isSilent && !logMetrics.isEmpty) draft.observeNamed(logMetrics, service, level);
    return true;
  }

  #named(pipeline: string, fields: Fields, meta: EventMeta, id: string, draft: Draft): void {
    const pipelines = this.#pipelines;
    const parsed =
      pipelines.runNamed === undefined
        ? pipelines.run(fields, meta, id)
        : pipelines.runNamed(pipeline, fields, meta, id);
    this.#parsed(parsed, fields, meta, draft);
  }

  #store(event: LogEvent, meta: EventMeta, id: string, draft: Draft): void {
    this.#tell(event, id, this.#write(event, meta, id, draft), draft);
  }

  /** Those who ask for events are told of one whose document was written. */
  #tell(event: LogEvent, id: string, seq: number, draft: Draft): void {
    if (!draft.isSilent && !this.#deps.logMetrics.isEmpty) draft.observe(this.#deps.logMetrics, event);
    const rules = draft.isSilent ? undefined : this.#matching(event);
    if (rules !== undefined) for (const rule of rules) draft.hits.push([draft.events - 1, rule]);
    if (rules !== undefined || !this.#deps.live.isEmpty) draft.context.push({ event, id, seq, rules });
  }

  /** Names of the rules whose filter holds. A filter that fails costs its hit, not the event. */
  #matching(event: LogEvent): readonly string[] | undefined {
    try {
      return this.#match(event.fields);
    } catch (error) {
      metrics.unmatched.inc();
      log.error({ error: messageOf(error) }, 'the filters of the alert rules failed for an event');
      return undefined;
    }
  }

  /** Never throws for anything that the record is or says. */
  #rescue(record: Fields, meta: EventMeta, id: string, draft: Draft, error: unknown): void {
    metrics.rescued.inc();
    log.error({ error: messageOf(error), tag: meta.tag }, 'an event could not be parsed and is kept as it came');
    this.#write(asText(record, meta, error, this.#admit, this.#conform), meta, id, draft);
  }

  /** Gives the `seq` of the document. */
  #write(event: LogEvent, meta: EventMeta, id: string, draft: Draft): number {
    const { spool, settings } = this.#deps;
    const seq = this.#nextSeq(meta.receivedAt);
    const container = spool.containers.of(containerOf(event.fields, ''));
    draft.write(spool.pages, writeDocument(event, id, seq, settings.form), event, container);
    // It counts from here on, whatever happens to its hits.
    draft.events++;
    draft.seq = seq;
    return seq;
  }

  #nextSeq(receivedAt: number): number {
    const clock = receivedAt * 1000;
    this.#seq = clock > this.#seq ? clock : this.#seq + 1;
    return this.#seq;
  }
}

function idOf(draft: Draft, index: number): string {
  return `${draft.idBaseOf(index)}-${draft.idIndexOf(index).toString(36)}`;
}
