import { counter } from '../core/metrics.ts';

/** Why an event was adjusted on its way into the schema: the label of the counter. */
export type NoteReason =
  | 'time_clamped'
  | 'time_unreadable'
  | 'type'
  | 'name'
  | 'string_cut'
  | 'too_many_fields'
  | 'too_deep'
  | 'event_cut';

const adjusted = counter('longshore_schema_adjusted_total', 'Values adjusted to fit the schema, by reason.', [
  'reason',
]);

const MAX_NOTES = 16;

/** What had to be adjusted in one event: it becomes `schema_errors`. One object serves all events; `reset` between them. */
export class Notes {
  #texts: string[] = [];
  #more = 0;
  readonly isCounted: boolean;

  /** `isCounted` false: the metrics hear nothing of it. */
  constructor(isCounted = true) {
    this.isCounted = isCounted;
  }

  add(reason: NoteReason, field: string, what: string): void {
    if (this.isCounted) adjusted.inc({ reason });
    if (this.#texts.length >= MAX_NOTES) this.#more++;
    else this.#texts.push(`${field.length > 80 ? `${field.slice(0, 80).toWellFormed()}…` : field}: ${what}`);
  }

  get empty(): boolean {
    return this.#texts.length === 0;
  }

  /** The sentences, and starts anew. */
  take(): string[] {
    const texts = this.#texts;
    if (this.#more > 0) texts.push(`and ${this.#more} more`);
    this.#texts = [];
    this.#more = 0;
    return texts;
  }
}
