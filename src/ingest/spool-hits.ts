import type { AlertHit } from '../alerts/engine.ts';
import type { RecoveredHits, Spool } from '../buffer/spool/spool.ts';
import type { Hit } from '../core/contracts.ts';

export interface PositionHits {
  position: number;
  hits: AlertHit[];
}

/** A spool that hits come from. */
export interface HitSource {
  /** Up to this position they are not needed any more. */
  releaseHits(position: number): void;
  /** Those behind a position that it still has. */
  reread(after: number, maxBytes: number): Promise<{ positions: PositionHits[]; isAll: boolean }>;
}

/** Documents of a spool's hits as events. */
export function hitsOfSpool({ hits }: RecoveredHits, parse: (line: string, day: string) => Hit): AlertHit[] {
  return hits.map(({ rule, line, day }) => {
    const event = parse(line, day);
    return { rule, id: event._id, event };
  });
}

export function spoolHits(
  spool: Pick<Spool, 'releaseHits' | 'keptHits'>,
  parse: (line: string, day: string) => Hit,
): HitSource {
  return {
    releaseHits: position => spool.releaseHits(position),
    reread: async (after, maxBytes) => {
      const { positions, isAll } = await spool.keptHits(after, maxBytes);
      return { positions: positions.map(one => ({ position: one.position, hits: hitsOfSpool(one, parse) })), isAll };
    },
  };
}
