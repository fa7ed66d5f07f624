import type { Settings } from '../app/settings.ts';
import { INDEX_PREFIX } from '../core/fields.ts';
import { indexNames } from '../store/elasticsearch/index-name.ts';

/** Name of the index that an event of a day (`YYYY.MM.DD`) is in or will be in: `_index` of events that no store has given back. */
export function indexOf({ store }: Pick<Settings, 'store'>): (day: string) => string {
  if (store.type !== 'elasticsearch') return day => INDEX_PREFIX + day;
  const names = indexNames(store.index);
  let last = { day: '', name: '' };
  return day => {
    if (day !== last.day) last = { day, name: names.of(day) };
    return last.name;
  };
}
