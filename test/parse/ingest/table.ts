import type { Comparison } from './compare.ts';

/** Counts by group. `decided`: the same but for a decision in known-differences.json. */
export class Table {
  readonly #rows = new Map<string, Record<Comparison['verdict'], number>>();

  add(group: string, verdict: Comparison['verdict']): void {
    for (const name of [group, ALL]) {
      const row = this.#rows.get(name) ?? { agree: 0, decided: 0, differ: 0 };
      row[verdict]++;
      this.#rows.set(name, row);
    }
  }

  toString(): string {
    const rows = [...this.#rows].filter(([name]) => name !== ALL);
    const total = this.#rows.get(ALL);
    if (total !== undefined) rows.push(['all', total]);
    return rows
      .map(([name, { agree, decided, differ }]) => {
        const all = agree + decided + differ;
        return `${name.padEnd(18)} ${String(agree).padStart(5)} of ${String(all).padStart(5)} agree, ${String(decided).padStart(4)} decided, ${String(differ).padStart(4)} differ`;
      })
      .join('\n');
  }
}

const ALL = '';
