import type { Key, Keys } from '../buffer/spool/accepted.ts';
import { addToRun, type DocumentRun, newRun, type SpoolEntry } from '../buffer/spool/commit.ts';
import type { Pages } from '../buffer/spool/pages.ts';
import type { LogEvent } from '../core/event.ts';
import { Tally } from '../ledger/counts.ts';
import { type Line, StreamLine } from '../parse/join/line.ts';
import { linePiece } from '../parse/join/multiline-join.ts';
import { encodePiece, LINE_MARK, type PieceRecord } from '../parse/join/piece.ts';
import type { LogMetrics, Observations } from './log-metrics/log-metrics.ts';

/** A document that became durable, for alerts and for the live tail. */
export interface Stored {
  readonly event: LogEvent;
  readonly id: string;
  readonly seq: number;
  readonly rules: readonly string[] | undefined;
}

/** The first `length` of `bytes`. */
export interface DocumentBytes {
  readonly bytes: Buffer;
  readonly length: number;
}

const NOTHING: Observations = [];

/** An entry on its way to the spool. */
export class Draft implements SpoolEntry {
  parts: DocumentRun[] = [];
  /** Not among the parts yet: its bytes are what `Pages` has not given out. */
  run: DocumentRun | undefined = undefined;
  hits: [number, string][] = [];
  /** Set when the draft goes to the spool: what waits of it, as plain values. */
  pieces: { id: string }[] = [];
  /** Records that wait, by their ids. One that is let go before the draft is written was never here. */
  readonly held = new Map<string, PieceRecord>();
  /** What waits, or did so until other lines of the draft came, in order; lines with what the joins know them by. */
  readonly #waiting: (PieceRecord | readonly [StreamLine, string])[] = [];
  releases: string[] = [];
  /** What ids of its documents begin with. */
  idBase = '';
  /** Where each record is a message with a chunk id, and the first of its own: what the id of its document begins with. */
  idBases: readonly string[] | undefined = undefined;
  /** Of a frame with a chunk id: the name of the frame, and the part of it that the spool remembers. */
  digest: string | undefined = undefined;
  key: Key | undefined = undefined;
  /** Of messages with ids. */
  keys: Keys | undefined = undefined;
  frames = 1;
  seq = 0;
  events = 0;
  dropped = 0;
  drops: Tally | undefined = undefined;
  /** Longshore's own: no alert rule counts its events. */
  isSilent = false;
  /** What its events add to metrics. */
  observations: Observations = NOTHING;
  /** Those with hits; all of them while somebody listens. */
  context: Stored[] = [];
  readonly #onSettled: ((draft: Draft) => void) | undefined;

  /** `onSettled`: told when it is durable or was rejected, before its promise says so. */
  constructor(onSettled?: (draft: Draft) => void) {
    this.#onSettled = onSettled;
  }

  settled(): void {
    this.#onSettled?.(this);
  }

  /** The document of record `index` is `<idBaseOf>-<idIndexOf in base 36>`. */
  idBaseOf(index: number): string {
    return this.idBases === undefined ? this.idBase : this.idBases[index]!;
  }

  idIndexOf(index: number): number {
    return this.idBases === undefined ? index : 0;
  }

  /** A document as it is stored. Its bytes lie in `pages`, behind those of the others of its run. */
  write(
    pages: Pages,
    { bytes, length }: DocumentBytes,
    { day, time }: Pick<LogEvent, 'day' | 'time'>,
    container: string,
  ): void {
    if (this.run !== undefined && this.run.day !== day) this.endRun(pages);
    if (!pages.append(bytes, length)) {
      this.endRun(pages);
      pages.append(bytes, length);
    }
    const { run } = this;
    if (run === undefined) this.run = newRun(day, time, container);
    else addToRun(run, time, container);
  }

  observe(metrics: LogMetrics, event: LogEvent): void {
    if (this.observations === NOTHING) this.observations = [];
    metrics.observe(event.fields, this.observations);
  }

  /** The same of an event of which only these two are known. */
  observeNamed(metrics: LogMetrics, service: string, level: string): void {
    if (this.observations === NOTHING) this.observations = [];
    metrics.observeNamed(service, level, this.observations);
  }

  hold(piece: PieceRecord): void {
    this.held.set(piece.id, piece);
    this.#waiting.push(piece);
  }

  /** The piece is part of a document now. */
  release(id: string): void {
    // It may have waited before this draft as well.
    this.held.delete(id);
    this.releases.push(id);
  }

  /** `key`: what the joins know it by. */
  wait(line: StreamLine, key: string): void {
    line.stage = 'waits';
    this.#waiting.push([line, key]);
  }

  /** The line is part of a document now. */
  letGo(line: Line): void {
    if (!(line instanceof StreamLine)) {
      this.release(line.id + LINE_MARK);
      return;
    }
    // The spool never heard of one that came with this draft.
    if (line.stage === 'written') this.releases.push(line.id + LINE_MARK);
    line.stage = 'gone';
  }

  /** Before the draft goes to the spool. */
  writePieces(): void {
    for (const one of this.#waiting) {
      if ('kind' in one) {
        if (this.held.get(one.id) === one) this.pieces.push(encodePiece(one));
        continue;
      }
      const [line, key] = one;
      if (line.stage !== 'waits') continue;
      line.stage = 'written';
      this.pieces.push(encodePiece(linePiece(line.record, line.meta, line.id, key)));
    }
  }

  endRun(pages: Pages): void {
    const { run } = this;
    if (run === undefined) return;
    run.bytes = pages.take();
    this.parts.push(run);
    this.run = undefined;
  }

  /** A pipeline dropped an event of this container. */
  drop(container: string): void {
    this.dropped++;
    if (this.drops === undefined) this.drops = new Tally(container, 1);
    else this.drops.add(container, 1);
  }
}
