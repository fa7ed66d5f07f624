/** The answer of `GET /api/ledger`. Everything is counted in events. */
export interface LedgerReport extends LedgerBalance {
  /** Epoch milliseconds. */
  at: number;
  /** Left out when it is switched off. */
  canary?: CanaryStatus;
  /** Where several processes share a Redis: who takes part, and when it last said something. */
  processes?: LedgerProcess[];
  /** Why the numbers are not those of this moment. */
  incomplete?: string;
}

export interface LedgerBalance {
  containers: Record<string, LedgerLine>;
  total: LedgerLine;
}

/** received = stored + dead_lettered + dropped + in_flight + unaccounted */
export interface LedgerLine {
  received: number;
  stored: number;
  dead_lettered: number;
  dropped: number;
  in_flight: number;
  unaccounted: number;
}

export interface LedgerProcess {
  source: string;
  age_ms: number;
  received: number;
  in_flight: number;
  canary?: CanaryStatus;
}

/**
 * `starting`: the first line is on its way. `dropped`: a pipeline drops these lines. `not_checked`: this process takes
 * nothing in. `found_in`: where a line counts as back; without a store to search that is whoever takes the chunks.
 */
export interface CanaryStatus {
  state: 'starting' | 'ok' | 'late' | 'dropped' | 'not_checked';
  found_in?: 'store' | 'next_hop';
  /** Epoch milliseconds. */
  last_sent_at?: number;
  last_found_at?: number;
  took_ms?: number;
  late_since?: number;
  reason?: string;
}
