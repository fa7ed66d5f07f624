import type { Fields } from '../../../core/event.ts';
import type { FoundColumns, FoundType } from '../../query/found-columns.ts';

/** A member of `fields` of the events of a segment. */
export interface Member {
  readonly key: string;
  /** Of its column; `other`: it has none. */
  readonly type: FoundType | 'other';
  /** Every event that was looked at has it. */
  readonly isAlways: boolean;
  /** Some texts have characters that JSON escapes. */
  readonly isEscaped: boolean;
}

const MAX_MEMBERS = 128;
const MAX_ORDERS = 100;
const ESCAPED = /["\\\p{Cc}]/u;

/**
 * The members that most events have, all or some of them, in one order: such events are parted in one step (form.ts). None
 * when most events have them otherwise.
 */
export function usualMembers(
  events: readonly Fields[],
  found: FoundColumns,
  isColumnName: (key: string) => boolean,
): readonly Member[] {
  const names = new Set<string>();
  const members = orderOf(events)
    .filter(key => isColumnName(key) && names.size < names.add(key.toLowerCase()).size)
    .slice(0, MAX_MEMBERS)
    .map((key): Member => {
      const values = events.flatMap(event => (Object.hasOwn(event, key) ? [event[key]] : []));
      return {
        key,
        type: found.get(key) ?? 'other',
        isAlways: values.length === events.length,
        isEscaped: values.some(value => typeof value === 'string' && ESCAPED.test(value)),
      };
    });
  const places = new Map(members.map((member, place) => [member.key, { ...member, place }]));
  const usual = events.filter(event => {
    let last = -1;
    return Object.keys(event).every(key => {
      const member = places.get(key);
      const fits = member !== undefined && member.place > last && isOf(member.type, event[key]);
      last = member?.place ?? last;
      return fits;
    });
  });
  return usual.length * 2 < events.length ? [] : members;
}

/** One order for all of them, the most frequent ones first. */
function orderOf(events: readonly Fields[]): string[] {
  const orders = new Map<string, { keys: string[]; count: number }>();
  for (const event of events) {
    const keys = Object.keys(event);
    const name = JSON.stringify(keys);
    const known = orders.get(name);
    if (known === undefined) orders.set(name, { keys, count: 1 });
    else known.count++;
  }
  const order: string[] = [];
  for (const { keys } of [...orders.values()].sort((a, b) => b.count - a.count).slice(0, MAX_ORDERS)) {
    let next = 0;
    for (const key of keys) {
      const place = order.indexOf(key);
      if (place < 0) order.splice(next++, 0, key);
      else next = Math.max(next, place + 1);
    }
  }
  return order;
}

function isOf(type: Member['type'], value: unknown): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'long':
      return Number.isSafeInteger(value);
    case 'double':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'other':
      return value !== null;
  }
}
