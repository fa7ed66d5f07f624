import type { QueryNode, Store, Tail, TailResult } from '../core/contracts.ts';
import { parseTime } from './query/times.ts';

/** Epoch milliseconds; undefined: the oldest event there is, and now. */
interface GivenSpan {
  readonly query: QueryNode;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly now: number;
}

/** What the tail has of a time, and where that begins and ends. */
export async function tailOfTime(
  store: Pick<Store, 'days'>,
  tail: Tail,
  { query, now, ...given }: GivenSpan,
  signal?: AbortSignal,
): Promise<{ from: number; to: number; tail: TailResult }> {
  const to = given.to ?? now;
  // The oldest day is asked for first: as little as can be lies between the tail and the store.
  const oldest = given.from ?? (await oldestDay(store));
  const found = await tail.search({ query, from: oldest, to, now }, signal);
  const first = (): number =>
    found.events.reduce((least, event) => Math.min(least, Date.parse(event['@timestamp'])), to);
  return { from: Math.min(to, oldest ?? first()), to, tail: found };
}

/** Where the oldest day of the store begins, epoch milliseconds; undefined where it has none. */
async function oldestDay(store: Pick<Store, 'days'>): Promise<number | undefined> {
  const days = (await store.days()).map(({ day }) => parseTime(day, 0)).filter(Number.isFinite);
  return days.length === 0 ? undefined : Math.min(...days);
}
