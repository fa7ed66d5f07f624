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

/** What is to happen after a step: go on, leave this pipeline, forget the event. */
export const GO_ON = 0;
export const END_PIPELINE = 1;
export const DROP = 2;

/** What steps know beside the event. One object a pipeline set, used again for each event: a run is synchronous. */
export class RunState {
  meta: EventMeta = { tag: '', time: Number.NaN, receivedAt: 0 };
  next: typeof GO_ON | typeof END_PIPELINE | typeof DROP = GO_ON;
  /** Nesting of the `pipeline` processor. */
  depth = 0;
  /** `_ingest` beside `timestamp`: `on_failure_message`, `_value`, `_key`, ... */
  ingest: Fields = newFields();
  /** Set by a processor that wants another tag than its usual one on failure (`_groktimeout`). */
  failureTag: string | undefined = undefined;
  /** A processor has read what it was made for in the event: grok, dissect, json, kv, csv, automatic. */
  hasMatched = false;

  begin(meta: EventMeta): void {
    this.meta = meta;
    this.next = GO_ON;
    this.depth = 0;
    this.failureTag = undefined;
    this.hasMatched = false;
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
