import { isoTime } from '../base/time/iso.ts';
import type { Logger } from '../core/log.ts';

export interface Failure {
  readonly reason: string | undefined;
  /** When it is tried again, epoch milliseconds; undefined: it was given up. */
  readonly nextAt: number | undefined;
  /** What the receiver asked to wait, milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

interface Trouble {
  readonly since: number;
  failed: number;
  givenUp: number;
  /** What the last line has told of. */
  saidAt: number;
  isSaid: boolean;
  isLossSaid: boolean;
}

/** Trouble that goes on is told of again after this time, and one that comes back sooner is not told of as new. */
const SAY_AGAIN_MS = 600_000;
const BACK_SOON_MS = 60_000;
const MAX_PLACES = 1000;

/** The log of deliveries: one line when a place begins to fail, one with the counts when it takes something again. */
export class Troubles {
  readonly #log: Logger;
  readonly #places = new Map<string, Trouble>();
  /** Until when a place that has just recovered is no news. */
  readonly #recovered = new Map<string, number>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** `place`: what is in trouble together; `about`: what the line says of it. */
  failed(place: string, about: object, { reason, nextAt, retryAfterMs }: Failure, now: number): void {
    const trouble = this.#places.get(place) ?? this.#begin(place, now);
    trouble.failed++;
    if (nextAt === undefined) trouble.givenUp++;
    const isLoss = nextAt === undefined && !trouble.isLossSaid;
    const isLong = Math.abs(now - trouble.saidAt) >= SAY_AGAIN_MS;
    if (isLoss || isLong || (!trouble.isSaid && !this.#isBackSoon(place, now))) {
      const details = {
        ...about,
        reason,
        ...(retryAfterMs === undefined ? {} : { retry_after_seconds: Math.ceil(retryAfterMs / 1000) }),
        ...(nextAt === undefined ? {} : { next_try: isoTime(nextAt) }),
        ...(trouble.failed === 1 ? {} : { failed: trouble.failed, since: isoTime(trouble.since) }),
        ...(trouble.givenUp > 1 ? { given_up: trouble.givenUp } : {}),
      };
      if (nextAt === undefined) this.#log.error(details, 'notification given up');
      else this.#log.warn(details, 'notification failed; it will be tried again');
      trouble.saidAt = now;
      trouble.isSaid = true;
      if (isLoss) trouble.isLossSaid = true;
    }
  }

  taken(place: string, about: object, now: number): void {
    const trouble = this.#places.get(place);
    if (trouble === undefined) return;
    this.#places.delete(place);
    this.#recovered.delete(place);
    this.#recovered.set(place, now + BACK_SOON_MS);
    if (this.#recovered.size > MAX_PLACES) this.#recovered.delete(this.#recovered.keys().next().value!);
    if (!trouble.isSaid) return;
    const { failed, givenUp, since } = trouble;
    const lost = givenUp === 0 ? {} : { given_up: givenUp };
    this.#log.info(
      { ...about, failed, ...lost, seconds: Math.round((now - since) / 1000) },
      'notifications are taken again',
    );
  }

  #begin(place: string, now: number): Trouble {
    const trouble = { since: now, failed: 0, givenUp: 0, saidAt: now, isSaid: false, isLossSaid: false };
    this.#places.set(place, trouble);
    if (this.#places.size > MAX_PLACES) this.#places.delete(this.#places.keys().next().value!);
    return trouble;
  }

  #isBackSoon(place: string, now: number): boolean {
    const until = this.#recovered.get(place);
    return until !== undefined && now < until;
  }
}
