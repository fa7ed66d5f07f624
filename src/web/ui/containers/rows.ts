import type { ContainersAnswer, ContainerView } from '../../../core/api/containers.ts';
import type { LedgerLine, LedgerReport } from '../../../core/api/ledger.ts';

/** A row of the table. */
export interface Row extends Pick<ContainerView, 'name' | 'query' | 'events' | 'errors' | 'counts' | 'error_counts'> {
  readonly id: string;
  /** The field that makes it one; undefined: only the ledger knows it. */
  readonly by: ContainerView['by'] | undefined;
  /** Epoch milliseconds; undefined: not in this time. */
  readonly lastSeen: number | undefined;
  /** Events a second now; undefined: not known yet. */
  readonly rate: number | undefined;
  readonly ledger: LedgerLine | undefined;
  readonly restarts: number | undefined;
  readonly ended: number | undefined;
}

/** Every container that wrote something in this time, and those that only the ledger knows. */
export function rowsOf(
  { containers, times }: ContainersAnswer,
  ledger: LedgerReport | undefined,
  rates: ReadonlyMap<string, number>,
): Row[] {
  const left = new Map(Object.entries(ledger?.containers ?? {}));
  const rows = containers.map((view): Row => {
    const { name, by, query, events, errors, counts, error_counts, restarts, ended } = view;
    const own = left.get(name);
    left.delete(name);
    const rate = own === undefined ? undefined : rates.get(name);
    // What comes in just now is not in the answer yet.
    const lastSeen = rate !== undefined && rate > 0 ? ledger!.at : Date.parse(view.last_seen);
    return {
      id: `${by}:${name}`,
      name,
      by,
      query,
      events,
      errors,
      counts,
      error_counts,
      restarts,
      ended,
      lastSeen,
      rate,
      ledger: own,
    };
  });
  const none = times.map(() => 0);
  for (const [name, line] of left) {
    const quoted = `"${name.replace(/[\\"]/g, '\\$&')}"`;
    rows.push({
      ...{
        id: `:${name}`,
        name,
        by: undefined,
        query: `container_name:${quoted} OR service:${quoted} OR tag:${quoted}`,
      },
      ...{ events: 0, errors: 0, counts: none, error_counts: none, lastSeen: undefined, ledger: line },
      ...{ rate: rates.get(name), restarts: undefined, ended: undefined },
    });
  }
  return rows;
}

const SPAN_MS = 15_000;

/** How many events a second each container sends, from what the ledger has received between two of its reports. */
export class RateMeter {
  readonly #reports: LedgerReport[] = [];

  rates(report: LedgerReport | undefined): ReadonlyMap<string, number> {
    const rates = new Map<string, number>();
    if (report === undefined) return rates;
    if (this.#reports.at(-1)?.at !== report.at) this.#reports.push(report);
    while (this.#reports.length > 2 && this.#reports[0]!.at < report.at - SPAN_MS) this.#reports.shift();
    const first = this.#reports[0]!;
    const seconds = (report.at - first.at) / 1000;
    if (seconds <= 0) return rates;
    for (const [name, { received }] of Object.entries(report.containers)) {
      const before = first.containers[name]?.received ?? 0;
      // The ledger began anew.
      rates.set(name, received < before ? 0 : (received - before) / seconds);
    }
    return rates;
  }
}
