import { copyFields, type EventMeta, type Fields } from '../../core/event.ts';
import { controlsWeight, weightOf } from './weight.ts';

/** A line on its way into an event. */
export interface Line {
  readonly record: Fields;
  readonly text: string;
  readonly meta: EventMeta;
  /** What the caller calls it. */
  readonly id: string;
}

/** What the lines of a stream share: each of them has these fields, and a message. */
export interface LineSource {
  /** Their event as it is before its pipeline; its message is that of any of them. */
  readonly view: Fields;
  /** What joins know the stream by; undefined: each of its lines is an event. */
  readonly key: string | undefined;
  /** About what a line without a text takes (`weightOf`); below 0: not known yet. */
  lineWeight: number;
}

/** Nobody waits for it yet; it waits, in the draft at hand; a draft with it went to the spool; it is part of an event. */
type Stage = 'new' | 'waits' | 'written' | 'gone';

/** A line that has nothing but its text beside what its stream has: its record and its id are made when somebody asks for them. */
export class StreamLine implements Line {
  readonly source: LineSource;
  readonly text: string;
  readonly meta: EventMeta;
  readonly idBase: string;
  readonly index: number;
  stage: Stage = 'new';
  /** What was chosen for it, and by whom: they know what it means. */
  choice = 0;
  chooser: unknown = undefined;
  #record: Fields | undefined = undefined;

  /** Its id is `<idBase>-<index in base 36>`. */
  constructor(source: LineSource, text: string, meta: EventMeta, idBase: string, index: number) {
    this.source = source;
    this.text = text;
    this.meta = meta;
    this.idBase = idBase;
    this.index = index;
  }

  get record(): Fields {
    if (this.#record === undefined) {
      this.#record = copyFields(this.source.view);
      this.#record['message'] = this.text;
    }
    return this.#record;
  }

  get id(): string {
    return `${this.idBase}-${this.index.toString(36)}`;
  }

  /** As `weightOf` its record. `bytes`: of its text. */
  weight(bytes: number): number {
    const { source } = this;
    if (source.lineWeight < 0) source.lineWeight = weightOf({ ...source.view, message: '' });
    return source.lineWeight + bytes + controlsWeight(this.text);
  }
}
