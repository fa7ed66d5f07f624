import type { Level } from '../../core/event.ts';
import {
  type Begin,
  BLANK,
  beginOf,
  headKind,
  insideOf,
  isRecord,
  isSuspicious,
  JUL_SECOND,
  RUST_NEXT_IS_MESSAGE,
  UNFINISHED,
} from './lines.ts';
import { RULES, type State } from './rules.ts';

/** `yes`: the line belongs to the event; `maybe`: that depends on a line still to come; `no`: it does not. */
export type TraceVerdict = 'yes' | 'maybe' | 'no';

export type LevelOfText = (text: string) => Level | undefined;

/** Lines that may wait for one that says whether they belong to the event. */
const MAX_MAYBE = 40;
/** Levels stand in front. */
const HEAD_CHARS = 160;
/** Lines of an exception's message that nothing but the missing header tells. */
const MAX_RESTS = 20;
const NAMED = /(?:Error|Exception)\b|[Uu]nhandled |Uncaught |exception\b/;
const STRAY_FRAME = /^\s+at [^\n]*(?:\(|:\d+$)/;
/** The tags of Rails, at the start or behind the prefix of Ruby's logger; one of them is the id of a request. */
const TAGS = /^(?:[DIWEFA], [^\n]{0,120}? : )?((?:\[[^\][\n]{1,100}\] )+)/;
const REQUEST_ID = /\[[0-9a-f]{8}-?[0-9a-f-]{4,}\] /;
const RESCUE = /\bin [`'][^']{0,100}\b(?:rescue|ensure) in /;
const COLOURS = /\u001b\[[0-9;:]*[A-Za-z]/g;

/**
 * Follows a stack trace of any language line by line. A trace belongs to the line above it when that line says ERROR or
 * FATAL (or names an exception and no level); below any other line it is an event of its own.
 */
export class Trace {
  #state: State;
  #maybes = 0;
  /** The first line is a record of a logger: what follows without a header of its own is not a record. */
  readonly #hasHeader: boolean;
  readonly #first: string;
  #last: string;
  #rests = 0;
  readonly #levelOf: LevelOfText;
  /** Ruby prints the cause behind the trace, and only the frames tell that from a second trace. */
  #isRescue = false;
  /** Rails sets the tags of a request in front of each line. */
  readonly #tags: string;

  private constructor(state: State, hasHeader: boolean, text: string, levelOf: LevelOfText, tags = tagsOf(text)) {
    this.#state = state;
    this.#hasHeader = hasHeader;
    this.#first = text;
    this.#last = text;
    this.#levelOf = levelOf;
    this.#tags = tags;
    this.#remember(text);
  }

  #remember(text: string): void {
    this.#last = text;
    if (this.#state === 'ruby' && RESCUE.test(text)) this.#isRescue = true;
  }

  /** The trace that the line begins, or may be the header of; undefined: it is an event by itself. Cheap for ordinary lines. */
  static begin(line: string, levelOf: LevelOfText): Trace | undefined {
    const text = plain(line);
    if (text.length === 0) return new Trace('blank', false, text, levelOf);
    const begin = beginOf(text);
    if (begin !== undefined)
      return new Trace(STATE_OF[begin] ?? (begin as State), begin === 'dotnetRecord', text, levelOf);
    const first = text.charCodeAt(0);
    if (first <= 32) {
      // An error of Next.js.
      if (text.charCodeAt(1) === 0x2a2f /* ⨯ */) return new Trace('header', true, text, levelOf);
      if (BLANK.test(text)) return new Trace('blank', false, text, levelOf);
      // Frames whose head went out before: together they say more than one by one.
      return STRAY_FRAME.test(text) ? new Trace('frames', false, text, levelOf) : undefined;
    }
    if (first === 123 /* { */) return undefined;
    const tags = first === 91 /* [ */ ? tagsOf(text) : '';
    if (tags !== '') {
      const rest = text.slice(tags.length);
      const inner = BLANK.test(rest) ? 'blank' : beginOf(rest);
      if (inner !== undefined)
        return new Trace(STATE_OF[inner as Begin] ?? (inner as State), false, rest, levelOf, tags);
    }
    const head = text.length > HEAD_CHARS ? text.slice(0, HEAD_CHARS) : text;
    if (!isSuspicious(head)) return undefined;
    const inside = insideOf(head);
    if (inside !== undefined) return new Trace(STATE_OF[inside] ?? (inside as State), true, text, levelOf);
    const level = levelOf(head);
    if (level === 'ERROR' || level === 'FATAL') return new Trace('header', true, text, levelOf);
    if (!NAMED.test(head)) return undefined;
    return new Trace(level === undefined ? 'header' : 'named', true, text, levelOf);
  }

  /** What the next line of the stream is to the trace. */
  next(line: string): TraceVerdict {
    const whole = plain(line);
    const text = this.#tags !== '' && whole.startsWith(this.#tags) ? whole.slice(this.#tags.length) : whole;
    const verdict = this.#next(text);
    if (verdict === 'yes') this.#maybes = 0;
    else if (verdict === 'maybe' && ++this.#maybes > MAX_MAYBE) return 'no';
    if (verdict !== 'no') this.#remember(text);
    return verdict;
  }

  #next(text: string): TraceVerdict {
    if ((this.#state === 'ruby' || this.#state === 'rubyGap') && beginOf(text) === 'ruby') {
      this.#state = 'ruby';
      return this.#isRescue ? 'yes' : 'no';
    }
    for (const [pattern, next, verdict] of RULES[this.#state]) {
      if (!pattern.test(text)) continue;
      if (next !== undefined) this.#state = next;
      return verdict ?? 'yes';
    }
    return this.#other(text);
  }

  /** Lines whose form alone says too little. */
  #other(text: string): TraceVerdict {
    switch (this.#state) {
      case 'header':
      case 'blank':
      case 'bang':
        return this.#headBelow(text);
      case 'jul':
        return this.#second(text);
      case 'springFailure':
        return isRecord(text) || ++this.#rests > MAX_RESTS * 3 ? 'no' : 'yes';
      case 'nodeCaret':
        if (isRecord(text)) return 'no';
        this.#state = 'head';
        return 'yes';
      case 'nodePlace':
        if (isRecord(text)) return 'no';
        this.#state = 'nodeCode';
        return 'maybe';
      case 'rust':
        if (isRecord(text) || beginOf(text) === 'rust') return 'no';
        return RUST_NEXT_IS_MESSAGE.test(this.#last) ? 'yes' : 'maybe';
      case 'head':
        if (isRecord(text)) return 'no';
        return beginOf(text) === undefined || UNFINISHED.test(this.#last) ? 'maybe' : 'no';
      case 'lua':
      case 'goCrash':
      case 'phpHead':
        return isRecord(text) || beginOf(text) !== undefined ? 'no' : 'maybe';
      case 'pythonDone':
        if (isRecord(text) || beginOf(text) !== undefined) return 'no';
        if (UNFINISHED.test(this.#last)) return 'yes';
        return this.#hasHeader ? this.#restOfMessage(text) : 'maybe';
      case 'pythonChain':
        if (isRecord(text) || headKind(text) === undefined) return 'no';
        this.#state = 'pythonDone';
        return 'yes';
      default:
        return 'no';
    }
  }

  /** A trace below a header, or below a blank line. */
  #headBelow(text: string): TraceVerdict {
    const trimmed = text.trimStart();
    const begin = beginOf(trimmed);
    const isIndented = trimmed.length < text.length;
    const isHeader = this.#state !== 'blank';
    switch (begin) {
      case 'python':
      case 'go':
      case 'ruby':
      case 'elixir':
        this.#state = STATE_OF[begin] ?? begin;
        return 'yes';
      case 'head':
        this.#state = 'head';
        return isIndented ? 'maybe' : 'yes';
      case 'plainHead':
      case 'weakHead':
        this.#state = 'head';
        return 'maybe';
      case undefined:
        return isHeader && isIndented ? 'maybe' : 'no';
    }
    // A crash is no part of what a logger wrote before it.
    if (isHeader || isIndented) return 'no';
    this.#state = STATE_OF[begin] ?? (begin as State);
    return 'yes';
  }

  /** Below a header: the program writes headers, so a line without one is the rest of the exception's message. */
  #restOfMessage(text: string): TraceVerdict {
    const looksAlike = firstWord(text) === firstWord(this.#first);
    if (looksAlike || this.#levelOf(text.slice(0, HEAD_CHARS)) !== undefined || ++this.#rests > MAX_RESTS) return 'no';
    return 'yes';
  }

  #second(text: string): TraceVerdict {
    const level = JUL_SECOND.exec(text)?.[1];
    if (level === undefined) return 'no';
    this.#state = level === 'SEVERE' ? 'header' : 'closed';
    return 'yes';
  }
}

const STATE_OF: Partial<Record<Begin, State>> = { weakHead: 'head', plainHead: 'head', php: 'phpHead' };

/** With its numbers made alike: `[worker-7]` is `[worker-0]`. */
function firstWord(text: string): string {
  const end = text.search(/\s/);
  return text.slice(0, Math.min(end < 0 ? text.length : end, 100)).replace(/\d+/g, '0');
}

function tagsOf(text: string): string {
  if (!REQUEST_ID.test(text.length > HEAD_CHARS * 2 ? text.slice(0, HEAD_CHARS * 2) : text)) return '';
  const tags = TAGS.exec(text)?.[1];
  return tags !== undefined && REQUEST_ID.test(tags) ? tags : '';
}

function plain(text: string): string {
  const line = text.includes('\u001b') ? text.replace(COLOURS, '') : text;
  return line.charCodeAt(line.length - 1) === 13 ? line.slice(0, -1) : line;
}
