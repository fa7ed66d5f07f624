/** How long the lines of a stream follow one that may have opened an event, milliseconds. */
const WARM_MS = 2000;
const MAX_STREAMS = 10_000;

/**
 * Streams that a line went from to the worker that joins them. For a while all lines of such a stream go there: only that
 * worker knows whether a line without any form belongs to the open event.
 */
export class WarmStreams {
  readonly #until = new Map<string, number>();

  /** True when a line that came `at` (epoch milliseconds) goes there: it may be joined by its form, or follows one that may. */
  takes(place: string, at: number, mayBeJoined: boolean): boolean {
    if (mayBeJoined) {
      if (this.#until.size >= MAX_STREAMS) this.#until.clear();
      this.#until.set(place, at + WARM_MS);
      return true;
    }
    const until = this.#until.get(place);
    if (until === undefined || until >= at) return until !== undefined;
    this.#until.delete(place);
    return false;
  }
}
