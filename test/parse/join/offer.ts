import type { EventMeta, Fields } from '../../../src/core/event.ts';
import type { Joiner, MultilineRule, Offered } from '../../../src/parse/join/joiner.ts';

/** Offers a line under a rule; one that is an event by itself is complete. */
export function offerLine(
  joiner: Joiner,
  record: Fields,
  meta: EventMeta,
  id: string,
  rule: MultilineRule | undefined,
  sender = '',
): Offered {
  const offered = joiner.line(record, meta, id, sender, () => rule);
  const complete = offered?.complete ?? [];
  if (offered === undefined || offered.isAlone)
    complete.push({ record, meta, id, releases: [], kind: 'multiline' as const });
  return { held: offered?.held, complete };
}
