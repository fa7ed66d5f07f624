import { levelOf } from './levels.ts';
import { type LevelScale, MAPPING, type Mapping } from './mapping.ts';
import { TIME_NAMES } from './time-names.ts';

/*
 * The names that events arrive with, where the schema keeps the value under another: `service.name` is `service`, `log.level`
 * is `level`, `@t` is `@timestamp`. Queries, rules and texts may use them: an event that has a value of its own under such a
 * name is asked by that, any other one by what the value became. In comparisons and texts the value is in the unit that
 * the name has (`event.duration` is nanoseconds, `response_time` milliseconds).
 */
export interface Alias {
  /** The stored field. */
  readonly to: string;
  readonly as: Mapping['as'];
}

const ALIASES: ReadonlyMap<string, Alias> = new Map([
  // A letter alone means too much to too many.
  ...MAPPING.filter(isSameThing).flatMap(({ to, as, from }) =>
    from.filter(name => name.length > 1).map((name): [string, Alias] => [name, { to, as }]),
  ),
  ...TIME_NAMES.filter(({ use }) => use === 'repeats').map(({ name }): [string, Alias] => [
    name,
    { to: '@timestamp', as: undefined },
  ]),
  // Docker's driver and Fluentd's records of it.
  ['source', { to: 'stream', as: undefined }] as const,
]);

/** Names that are kept because they mean more (`event`, `priority`) are not other names of the field they fill. */
function isSameThing({ to, keep, as }: Mapping): boolean {
  if (as === 'named') return false;
  return keep !== true || to === 'ip_address' || to === 'response_time';
}

/** Where the value of a name is stored; undefined when it is no such name. */
export function aliasOf(name: string): Alias | undefined {
  return ALIASES.get(name);
}

/** All such names. */
export const aliasNames = (): Iterable<string> => ALIASES.keys();

/** What the stored field is compared with when the name is compared with `value`. */
export function askedOf({ to, as }: Alias, value: string | number | boolean): string | number | boolean {
  if (to === 'response_time') {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) ? inMilliseconds(number, as) : value;
  }
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value));
  return to === 'level' && isNumber ? (levelOf(value, as as LevelScale | undefined) ?? value) : value;
}

/** The stored value as the name would have held it. */
export function toldBy({ to, as }: Alias, value: unknown): unknown {
  if (to !== 'response_time' || typeof value !== 'number') return value;
  if (as === 'ns') return Math.round(value * 1e6);
  if (as === 'us') return value * 1000;
  return as === 's' ? value / 1000 : value;
}

/** Quotients of whole numbers, rounded so that 0.1 + 0.2 is not seen in milliseconds. */
export function inMilliseconds(value: number, unit: Mapping['as']): number {
  switch (unit) {
    case 'ns':
      return value / 1e6;
    case 'us':
      return value / 1000;
    case 's':
      return Math.round(value * 1e9) / 1e6;
    default:
      return value;
  }
}
