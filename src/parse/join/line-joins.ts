import { lineBudgets } from '../../base/regexp/line-budgets.ts';
import type { EventMeta, Fields } from '../../core/event.ts';
import { originOf } from '../origin.ts';
import { type LevelOfText, Trace, type TraceVerdict } from '../trace/trace.ts';
import { eachAlone } from './each-alone.ts';
import { JoinedLines } from './joined-lines.ts';
import { type Line, StreamLine } from './line.ts';
import { linePiece, MultilineJoin, type MultilineRule, textKey } from './multiline-join.ts';
import type { JoinOptions } from './options.ts';
import { type Complete, LINE_MARK, type Offered, type PieceRecord } from './piece.ts';
import { streamOf } from './stream.ts';

/** A pipeline's `multiline` for a line that continues nothing; undefined: only stack traces are joined. */
export type RuleOf = (record: Fields, meta: EventMeta) => MultilineRule | undefined;

export interface OfferedLine extends Offered {
  /** The line itself is neither held nor complete: it is an event by itself. */
  readonly isAlone: boolean;
}

/** The same of a `StreamLine`; of any other one, too. */
export type RuleOfLine = (line: Line) => MultilineRule | undefined;

/** What became of a line. */
export interface Outcome {
  /** It waits in there. */
  readonly join: MultilineJoin | undefined;
  readonly complete: Complete[];
  /** It is an event by itself. */
  readonly isAlone: boolean;
}

/** The events of several lines that are open, one a stream. */
export class LineJoins {
  readonly #options: JoinOptions;
  readonly #levelOf: LevelOfText;
  readonly #traceRule: MultilineRule;
  /** Tells what ended an event. */
  readonly #onEnd: (cause: string | undefined) => void;
  // In the order of their last line, so that the first is the oldest.
  readonly #open = new Map<string, MultilineJoin>();
  /** Complete since `restore`, waiting for `expire` to say so. */
  readonly #ready: Complete[] = [];
  /** What the line that was last looked at begins: the same line is most often offered next. */
  #begunText = '';
  #begun: Trace | undefined;
  #bytes = 0;
  #soonest = Number.POSITIVE_INFINITY;

  constructor(options: JoinOptions, levelOf: LevelOfText, onEnd: (cause: string | undefined) => void) {
    this.#options = options;
    this.#levelOf = levelOf;
    this.#onEnd = onEnd;
    this.#traceRule = {
      name: 'stack traces',
      kind: 'language',
      starts: () => true,
      continues: () => false,
      max_lines: options.max_trace_lines,
      flush_interval_ms: options.trace_flush_interval_ms,
      max_bytes: Number.POSITIVE_INFINITY,
    };
  }

  get size(): number {
    return this.#open.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When `expire` should be called next; undefined when nothing waits. */
  get soonest(): number | undefined {
    if (this.#ready.length > 0) return 0;
    return this.#open.size === 0 ? undefined : this.#soonest;
  }

  get oldest(): MultilineJoin | undefined {
    return this.#open.values().next().value;
  }

  /** Undefined: the line is an event by itself, and nothing was waiting for it. */
  offer(record: Fields, meta: EventMeta, id: string, sender: string, ruleOf: RuleOf): OfferedLine | undefined {
    const text = record[textKey(record)];
    if (typeof text !== 'string') return undefined;
    const line: Line = { record, text, meta, id };
    const key = this.#open.size > 0 ? streamOf(record, sender) : undefined;
    const outcome = this.#offer(line, key, sender, one => ruleOf(one.record, one.meta));
    if (outcome === undefined) return undefined;
    const { join, complete, isAlone } = outcome;
    return { held: join === undefined ? undefined : linePiece(record, meta, id, join.key), complete, isAlone };
  }

  /** The same for a line of a stream that has a key. */
  offerLine(line: StreamLine, ruleOf: RuleOfLine): Outcome | undefined {
    return this.#offer(line, line.source.key, '', ruleOf);
  }

  isOpen(key: string): boolean {
    return this.#open.size > 0 && this.#open.has(key);
  }

  #offer(line: Line, key: string | undefined, sender: string, ruleOf: RuleOfLine): Outcome | undefined {
    const open = key === undefined ? undefined : this.#open.get(key);
    if (open !== undefined) {
      lineBudgets.beginLine(originOf(line instanceof StreamLine ? line.source.view : line.record, line.meta));
      return this.#next(open, line, ruleOf);
    }
    const join = this.#opened(key, line, sender, ruleOf);
    if (join === undefined) return undefined;
    const complete: Complete[] = [];
    return { join: this.#add(join, line, 'yes', complete), complete, isAlone: false };
  }

  /** See `Joiner.isAlone`. */
  isAlone(stream: string, text: string, rule: MultilineRule | undefined): boolean {
    if (this.isOpen(stream)) return false;
    if (rule?.kind === 'none') return true;
    if (rule !== undefined) return rule.kind === 'language' && text.startsWith('{') && text.endsWith('}');
    if (!this.#options.stack_traces) return true;
    this.#begun = Trace.begin(text, this.#levelOf);
    this.#begunText = text;
    return this.#begun === undefined;
  }

  /** See `Joiner.concerns`. */
  concerns(record: Fields, rule: MultilineRule | undefined): boolean {
    const text = record[textKey(record)];
    if (typeof text !== 'string' || rule?.kind === 'none') return false;
    if (rule !== undefined) return true;
    if (!this.#options.stack_traces) return false;
    return text.charCodeAt(0) <= 32 || Trace.begin(text, this.#levelOf) !== undefined;
  }

  /** Ends the event; its lines that turn out to be events of their own come behind it. */
  end(join: MultilineJoin, cause: string | undefined, complete: Complete[]): void {
    for (const line of this.#take(join, cause, complete)) complete.push(alone(line));
  }

  expire(now: number, complete: Complete[]): void {
    for (const ready of this.#ready.splice(0)) complete.push(ready);
    if (now < this.#soonest) return;
    let soonest = Number.POSITIVE_INFINITY;
    for (const join of this.#open.values()) {
      if (join.deadline <= now) this.end(join, undefined, complete);
      else soonest = Math.min(soonest, join.deadline);
    }
    this.#soonest = soonest;
  }

  /** The lines that wait for others, and before them what `restore` has completed, each event with a key of its own. */
  pieces(): PieceRecord[] {
    const ready = this.#ready.map(({ record, meta, id }) => linePiece(record, meta, id, `complete\u0000${id}`));
    return [...ready, ...[...this.#open.values()].flatMap(join => join.open())];
  }

  /** Takes a line up again that was durable. `at`: when it counts as received. */
  restore(key: string, record: Fields, meta: EventMeta, at: number, id: string, ruleOf: RuleOf): void {
    const text = record[textKey(record)];
    const line: Line = { record, text: typeof text === 'string' ? text : '', meta, id };
    const open = this.#open.get(key);
    const rule: RuleOfLine = one => ruleOf(one.record, one.meta);
    if (open === undefined) {
      const join = this.#opened(key, line, '', rule) ?? new MultilineJoin(key, SINGLE_LINES);
      this.#add(join, line, 'yes', this.#ready);
    } else {
      const { complete, isAlone } = this.#next(open, line, rule);
      this.#ready.push(...complete);
      if (isAlone) this.#ready.push(alone(line));
    }
    const still = this.#open.get(key);
    if (still !== undefined) this.#touch(still, at + still.rule.flush_interval_ms);
  }

  /** A join for the line when others may follow it. */
  #opened(key: string | undefined, line: Line, sender: string, ruleOf: RuleOfLine): MultilineJoin | undefined {
    const rule = ruleOf(line);
    if (rule?.kind === 'none') return undefined;
    // JSON in one line has its trace inside.
    if (rule?.kind === 'language' && line.text.startsWith('{') && line.text.endsWith('}')) return undefined;
    const follows = rule === undefined ? this.#options.stack_traces : rule.kind === 'language';
    const trace = follows ? this.#traceOf(line.text) : undefined;
    if (rule === undefined && trace === undefined) return undefined;
    const stream = key ?? streamOf(line.record, sender);
    return stream === undefined ? undefined : new MultilineJoin(stream, rule ?? this.#traceRule, trace);
  }

  /** A trace of its own, for it changes with each line. */
  #traceOf(text: string): Trace | undefined {
    const begun = this.#begun;
    this.#begun = undefined;
    return begun !== undefined && this.#begunText === text ? begun : Trace.begin(text, this.#levelOf);
  }

  /** A line of a stream of which an event is open. */
  #next(open: MultilineJoin, line: Line, ruleOf: RuleOfLine): Outcome {
    const complete: Complete[] = [];
    if (open.has(line)) return { join: undefined, complete, isAlone: false };
    const waiting: Line[] = [line];
    let join: MultilineJoin | undefined = open;
    while (true) {
      const next = waiting.shift()!;
      let verdict: TraceVerdict = 'yes';
      if (join !== undefined) {
        verdict = join.verdict(next);
        if (verdict === 'no') {
          // What waited with it did not belong to it either, and is looked at anew before this line.
          waiting.unshift(...this.#take(join, undefined, complete), next);
          join = undefined;
          continue;
        }
        join = this.#roomIn(join, next, complete);
      }
      join ??= this.#opened(open.key, next, '', ruleOf);
      if (join !== undefined) join = this.#add(join, next, verdict, complete);
      else if (waiting.length > 0) complete.push(alone(next));
      else return { join: undefined, complete, isAlone: true };
      if (waiting.length === 0) return { join, complete, isAlone: false };
    }
  }

  /** The join itself, or one for the rest of its event when a limit would be broken. */
  #roomIn(join: MultilineJoin, { text }: Line, complete: Complete[]): MultilineJoin | undefined {
    const limit = join.overflows(text, this.#options.max_event_bytes);
    if (limit === undefined) return join;
    this.end(join, limit, complete);
    return join.rest();
  }

  /** Undefined when the line ended its event. */
  #add(join: MultilineJoin, line: Line, verdict: TraceVerdict, complete: Complete[]): MultilineJoin | undefined {
    this.#bytes -= join.bytes;
    join.add(line, verdict);
    this.#bytes += join.bytes;
    this.#touch(join, join.deadline);
    if (!join.isEnded) return join;
    this.end(join, undefined, complete);
    return undefined;
  }

  #touch(join: MultilineJoin, deadline: number): void {
    join.deadline = deadline;
    this.#open.delete(join.key);
    this.#open.set(join.key, join);
    if (deadline < this.#soonest) this.#soonest = deadline;
  }

  /** Ends the event and gives back the lines that do not belong to it. */
  #take(join: MultilineJoin, cause: string | undefined, complete: Complete[]): Line[] {
    this.#open.delete(join.key);
    this.#bytes -= join.bytes;
    try {
      complete.push(join.finish(cause));
      this.#onEnd(cause);
      return join.strays();
    } catch (error) {
      complete.push(...eachAlone(join.open(), error));
      this.#onEnd('fault');
      return [];
    }
  }
}

function alone(line: Line): Complete {
  if (line instanceof StreamLine) return new JoinedLines(line, [line]);
  const { record, meta, id } = line;
  return { record, meta, id, releases: [id + LINE_MARK], kind: 'multiline' };
}

/** For lines whose pipeline is gone: each is an event. */
const SINGLE_LINES: MultilineRule = {
  name: 'single lines',
  starts: () => true,
  continues: () => false,
  max_lines: 1,
  flush_interval_ms: 0,
  max_bytes: Number.POSITIVE_INFINITY,
};
