import { backoffMs } from '../../base/flow/backoff.ts';
import type { LongshoreError } from '../../core/errors.ts';

/** How a target has been doing. Times: milliseconds that never go back. */
export class TargetHealth {
  /** Failures without an acknowledgement in between. */
  failures = 0;
  /** Since when it has only failed. */
  failingSince: number | undefined;
  /** Not to be tried before. */
  retryAt = 0;
  lastError: LongshoreError | undefined;

  failed(error: LongshoreError, now: number, maxPauseMs: number, random = Math.random): void {
    this.failingSince ??= now;
    this.lastError = error;
    this.retryAt = now + backoffMs(++this.failures, { baseMs: FIRST_PAUSE_MS, capMs: maxPauseMs }, random);
  }

  succeeded(): void {
    this.failures = 0;
    this.failingSince = undefined;
    this.retryAt = 0;
    this.lastError = undefined;
  }

  isDown(now: number, failoverAfterMs: number): boolean {
    return this.failingSince !== undefined && now - this.failingSince >= failoverAfterMs;
  }
}
const FIRST_PAUSE_MS = 200;

/** What the choice looks at. */
export interface Candidate {
  readonly health: TargetHealth;
  readonly isConnected: boolean;
}

/**
 * The target for a message: the one that may have it already (`last`) unless it is down, else the first that is not
 * down or is connected again, else the one that may be tried soonest.
 */
export function choose<T extends Candidate>(
  candidates: readonly T[],
  last: T | undefined,
  now: number,
  failoverAfterMs: number,
): T {
  const isUsable = (candidate: T) => candidate.isConnected || !candidate.health.isDown(now, failoverAfterMs);
  if (last !== undefined && isUsable(last)) return last;
  const usable = candidates.find(isUsable);
  if (usable !== undefined) return usable;
  return candidates.reduce((best, candidate) => (candidate.health.retryAt < best.health.retryAt ? candidate : best));
}

/** Those before the chosen one whose time has come to be tried again. */
export function toProbe<T extends Candidate>(candidates: readonly T[], chosen: T, now: number): T[] {
  return candidates
    .slice(0, candidates.indexOf(chosen))
    .filter(({ isConnected, health }) => !isConnected && now >= health.retryAt);
}
