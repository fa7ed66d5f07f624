import type { AlertHit } from './engine.ts';

/** The hits of one commit of a spool. */
export interface PositionHits {
  readonly position: number;
  readonly hits: readonly AlertHit[];
}

/** A spool that hits come from. */
export interface HitSource {
  /** Up to this position they are not needed any more. */
  releaseHits(position: number): void;
  /** Those behind a position that it still has, in order, about `maxBytes` of them or one position; `isAll`: it had no more. */
  reread(after: number, maxBytes: number): Promise<{ positions: PositionHits[]; isAll: boolean }>;
}

/** Where the hits of one spool go. */
export interface HitTaker {
  /** Hits up to this position are counted durably: a spool that opens tells of those after it. Undefined: of none, they are read again. */
  persisted(): number | undefined;
  /** The spool is open. */
  opened(): void;
  /** Durable hits, in order. */
  take(hits: readonly AlertHit[], position: number): void;
  /** Everything that the spool's intake received before `at` (epoch milliseconds) was taken; undefined: nothing new. */
  watermark(at: number | undefined): void;
}
