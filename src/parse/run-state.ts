import { type EventMeta, type Fields, newFields } from '../core/event.ts';

/** Why a processor failed, and which one: what `_ingest.on_failure_*` and the tag tell. */
export interface Failure {
  readonly message: string;
  readonly processor: string;
  readonly tag: string | undefined;
  readonly pipeline: string;
  /** The tag that the event gets when nobody handles the failure: `_grokparsefailure`. */
  readonly eventTag: string;
  /** A pattern did not match the text: no mistake, the text is of another form. */
  readonly isMismatch: boolean;
}

/** What is to happen after a step: go on, leave this pipeline, forget the event, leave this pipeline and those that called it. */
export const GO_ON = 0;
export const END_PIPELINE = 1;
export const DROP = 2;
export const END_ALL = 3;

/** What steps know beside the event. One object a pipeline set, used again for each event: a run is synchronous. */
export class RunState {
  meta: EventMeta = { tag: '', time: Number.NaN, receivedAt: 0 };
  next: typeof GO_ON | typeof END_PIPELINE | typeof DROP | typeof END_ALL = GO_ON;
  /** Nesting of the `pipeline` processor. */
  depth = 0;
  /** `_ingest` beside `timestamp`: `on_failure_message`, `_value`, `_key`, ... */
  ingest: Fields = newFields();
  /** What the document is called before its pipelines; empty: nobody knows yet. */
  id = '';
  /** `_id` and what else a document has beside its fields, as far as its pipelines have set it. */
  metadata: Fields = newFields();
  /** Set by a processor that wants another tag than its usual one on failure (`_groktimeout`). */
  failureTag: string | undefined = undefined;
  /** A processor has read what it was made for in the event: grok, dissect, json, kv, csv, automatic. */
  hasMatched = false;
  /**
   * Set by whoever puts a number into the event that is not plain: a bigint or a `Double` (base/number/double.ts). They are made
   * plain when the pipelines are done; an event without any costs nothing.
   */
  hasTypedNumbers = false;
  /** The pipeline has taken a prefix away, and the rest is for the pipeline that takes it. */
  isUnwrapped = false;

  begin(meta: EventMeta, id = ''): void {
    this.meta = meta;
    this.id = id;
    for (const _ in this.metadata) {
      this.metadata = newFields();
      break;
    }
    this.next = GO_ON;
    this.depth = 0;
    this.failureTag = undefined;
    this.hasMatched = false;
    this.hasTypedNumbers = false;
    this.isUnwrapped = false;
  }
}

/** Whether a pipeline with `pass_unmatched` leaves the event to others: it has read nothing in it. */
export function passesOn(passesUnmatched: boolean, failure: Failure | undefined, state: RunState): boolean {
  return passesUnmatched && !state.hasMatched && (failure === undefined || failure.isMismatch);
}

/** Undefined: done. A text: it failed, because of this. A failure: one further down was not handled. */
export type RunOutcome = string | Failure | undefined;

/** A prepared processor. It may also throw; what it throws counts as its failure. */
export type Run = (event: Fields, state: RunState) => RunOutcome;

/** A prepared condition; may throw when it reads a field of nothing. */
export type Condition = (event: Fields, state: RunState) => boolean;
