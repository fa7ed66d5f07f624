import type { Kind } from './lines/index.ts';
import type { Place, Surroundings } from './surroundings.ts';

/** What is measured: Longshore, another checkout of it, or a peer. */
export interface Program {
  readonly name: string;
  start(place: Place & { readonly kind: Kind }, around: Surroundings): Promise<Running>;
}

export interface Running {
  /** Takes forward frames. */
  readonly port: number;
  /** Answers searches; undefined where it has none. */
  readonly http: number | undefined;
  /** The processes that take in and parse. */
  readonly accepting: readonly number[];
  /** Those of its own store. */
  readonly stores: readonly number[];
  /** Takes a CPU profile of the accepting process until it is called with nothing. */
  profile?(file: string | null): Promise<void>;
  end(): Promise<void>;
}
