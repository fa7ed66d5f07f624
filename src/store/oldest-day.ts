import type { Store } from '../core/contracts.ts';
import { parseTime } from './query/times.ts';

/** Where the oldest day of the store begins, epoch milliseconds; undefined where it has none. */
export async function oldestDay(store: Pick<Store, 'days'>): Promise<number | undefined> {
  const days = (await store.days()).map(({ day }) => parseTime(day, 0)).filter(Number.isFinite);
  return days.length === 0 ? undefined : Math.min(...days);
}
