import { type EventMeta, type Fields, newFields } from '../../core/event.ts';
import { BLANK } from '../trace/lines.ts';
import type { Line, StreamLine } from './line.ts';
import { type Complete, LINE_MARK } from './piece.ts';

/** An event of lines whose first one is a `StreamLine`: its record and its ids are made when somebody asks for them. */
export class JoinedLines implements Complete {
  readonly kind = 'multiline' as const;
  readonly first: StreamLine;
  readonly lines: readonly Line[];
  readonly text: string;
  /** Why it is not whole, for `partial_reason`. */
  readonly partialReason: string | undefined;
  #record: Fields | undefined = undefined;

  constructor(first: StreamLine, lines: readonly Line[], partialReason?: string) {
    this.first = first;
    this.lines = lines;
    this.text = lines.length > 1 ? joinedText(lines) : first.text;
    this.partialReason = partialReason;
  }

  get record(): Fields {
    if (this.#record === undefined) this.#record = recordOf(this.lines, 'message', this.text, this.partialReason);
    return this.#record;
  }

  get meta(): EventMeta {
    return this.first.meta;
  }

  get id(): string {
    return this.first.id;
  }

  get releases(): string[] {
    return releasesOf(this.lines);
  }
}

/** The first record with the text of all lines under `key`. */
export function recordOf(lines: readonly Line[], key: string, text: string, partialReason: string | undefined): Fields {
  let { record } = lines[0]!;
  if (lines.length > 1) {
    const joined = newFields();
    for (const name in record) joined[name] = record[name];
    joined[key] = text;
    record = joined;
  }
  if (partialReason !== undefined) {
    record['partial'] = true;
    record['partial_reason'] = partialReason;
  }
  return record;
}

export function releasesOf(lines: readonly Line[]): string[] {
  return lines.map(line => line.id + LINE_MARK);
}

/** Without the blank lines in front and behind, unless there is nothing else. */
export function joinedText(lines: readonly Line[]): string {
  let from = 0;
  let to = lines.length;
  while (to > 1 && BLANK.test(lines[to - 1]!.text)) to--;
  while (from < to - 1 && BLANK.test(lines[from]!.text)) from++;
  let text = lines[from]!.text;
  for (let i = from + 1; i < to; i++) text += `\n${lines[i]!.text}`;
  return text;
}
