import type { AlertHit } from '../alerts/engine.ts';
import type { HitSource, HitTaker } from '../alerts/hit-source.ts';
import type { Recovered, RecoveredHits, Spool, SpoolDeps } from '../buffer/spool/spool.ts';

type Parse = SpoolDeps['parseStored'];

/** Documents of a spool's hits as events. */
function hitsOfSpool({ hits }: RecoveredHits, parse: Parse): AlertHit[] {
  return hits.map(({ rule, line, day }) => {
    const event = parse(line, day);
    return { rule, id: event._id, event };
  });
}

export function spoolHits(spool: Pick<Spool, 'releaseHits' | 'keptHits'>, parse: Parse): HitSource {
  return {
    releaseHits: position => spool.releaseHits(position),
    reread: async (after, maxBytes) => {
      const { positions, isAll } = await spool.keptHits(after, maxBytes);
      return { positions: positions.map(one => ({ position: one.position, hits: hitsOfSpool(one, parse) })), isAll };
    },
  };
}

/** Hits of the last run that may not have been counted are told of first. */
export async function openSpool(spool: Spool, parse: Parse, taker: HitTaker): Promise<Recovered> {
  const after = taker.persisted();
  const recovered = await spool.open(after ?? 0, after !== undefined);
  for (const one of recovered.hits) taker.take(hitsOfSpool(one, parse), one.position);
  taker.opened();
  return recovered;
}
