import { limitedTotal } from './metrics.ts';
import type { Behind, Positions } from './state.ts';

/** How far the hits of each source are counted. */
export class Progress {
  readonly #maxSources: number;
  /** Of each source, the one heard of last at the end. */
  readonly #positions = new Map<string, number>();
  /** What was counted before the start, where rules differ in it. */
  #before: { readonly positions: Positions; readonly behind: Readonly<Record<string, Behind>> } | undefined;

  constructor(maxSources: number) {
    this.#maxSources = maxSources;
  }

  of(source: string): number {
    return this.#positions.get(source) ?? 0;
  }

  moveTo(source: string, position: number): void {
    this.#positions.delete(source);
    this.#positions.set(source, position);
    if (this.#positions.size <= this.#maxSources) return;
    limitedTotal.inc({ limit: 'max_sources' });
    this.#positions.delete(this.#positions.keys().next().value!);
  }

  /** After a crash hits come again from where the part of any rule is; for the others they are counted. */
  isCounted(rule: string, source: string, position: number): boolean {
    const until = this.#before?.positions[source];
    if (until === undefined || position > until) return false;
    const own = this.#before!.behind[rule];
    return own === undefined || position <= (own.positions[source] ?? 0);
  }

  save(): Record<string, number> {
    return Object.fromEntries(this.#positions);
  }

  restore({ positions, behind }: { positions: Positions; behind: Readonly<Record<string, Behind>> }): void {
    if (Object.keys(behind).length > 0) this.#before = { positions, behind };
    const least = leastPositions(positions, Object.values(behind));
    for (const [source, position] of Object.entries(least)) this.moveTo(source, position);
  }
}

/** Of each source, what all have counted. */
export function leastPositions(positions: Positions, others: readonly { positions: Positions }[]): Positions {
  const least: Record<string, number> = Object.create(null);
  for (const [source, position] of Object.entries(positions))
    least[source] = Math.min(position, ...others.map(other => other.positions[source] ?? 0));
  return least;
}
