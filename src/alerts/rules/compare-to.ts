import { didYouMean } from '../../base/text/did-you-mean.ts';
import { DAY_MS } from '../../base/time/duration.ts';
import { findZone, fixedZone, type Zone } from '../../base/time/zone.ts';
import { type Fields, isFields } from '../../core/event.ts';
import type { RuleKind } from '../types/kind.ts';
import { durationMs } from './duration.ts';
import type { Problems } from './problems.ts';

/** What a rule compares with: the same time of the day, so many days before. */
export interface CompareTo {
  readonly days: number;
  /** Whose clocks say what the same time is. */
  readonly zone: Zone;
}

const NAMES = ['weeks', 'days', 'timezone'];
const EXAMPLE = 'For example compare_to: { weeks: 1 }';
/** Backtests read so much of the past. */
const MAX_DAYS = 35;

/** `a week`, `2 weeks`, `a day`, `3 days`. */
export function daysText(days: number): string {
  const [count, unit] = days % 7 === 0 ? [days / 7, 'week'] : [days, 'day'];
  return count === 1 ? `a ${unit}` : `${count} ${unit}s`;
}

/** The same time on the clocks of the zone, so many days before; epoch milliseconds. */
export function sameTimeBefore({ days, zone }: CompareTo, time: number): number {
  const wall = time + zone.offsetAt(time) - days * DAY_MS;
  return wall - zone.offsetAtLocal(wall);
}

/** `compare_to` of a rule; undefined without it, and where it is wrong. */
export function readCompareTo(options: Fields, kind: RuleKind | undefined, problems: Problems): CompareTo | undefined {
  const given = options['compare_to'] ?? undefined;
  if (given === undefined || kind === undefined) return undefined;
  const wrong = (what: string, fix?: string, ...path: string[]): undefined => {
    problems.error('LS_ALERTS_OPTION', what, { option: 'compare_to', path, fix });
  };
  if (kind.compared === undefined) {
    const fix = 'Use type: spike (spike_type: up, down or both), or spike_aggregation for a metric.';
    return wrong(`a ${kind.type} rule compares with nothing: compare_to is for spike and spike_aggregation.`, fix);
  }
  if (!isFields(given)) return wrong('compare_to must say how long ago.', EXAMPLE);
  const unknown = Object.keys(given).find(name => !NAMES.includes(name));
  if (unknown !== undefined) {
    const fix = didYouMean(unknown, NAMES) ?? `It takes ${NAMES.join(', ')}.`;
    return wrong(`compare_to has no ${unknown}.`, fix, unknown);
  }
  for (const name of ['weeks', 'days'])
    if (given[name] !== undefined && !(Number.isInteger(given[name]) && Number(given[name]) >= 0))
      return wrong(`compare_to: ${name} must be a whole number.`, EXAMPLE, name);
  const days = 7 * Number(given['weeks'] ?? 0) + Number(given['days'] ?? 0);
  if (days < 1 || days > MAX_DAYS) return wrong(`compare_to must be from a day to ${MAX_DAYS / 7} weeks ago.`, EXAMPLE);
  const timeframe = durationMs(options['timeframe']);
  if (typeof timeframe === 'number' && timeframe > days * DAY_MS)
    return wrong('compare_to is shorter than timeframe: the two windows would overlap.', 'Make timeframe shorter.');
  if ((options['timestamp_field'] ?? '@timestamp') !== '@timestamp')
    return wrong('a rule with compare_to goes by @timestamp, as the store does.', 'Leave timestamp_field out.');
  const zone = zoneOf(given['timezone'] ?? options['limit_execution_timezone'] ?? undefined);
  if (zone !== undefined) return { days, zone };
  const place = given['timezone'] === undefined ? [] : ['timezone'];
  const name = JSON.stringify(given['timezone'] ?? options['limit_execution_timezone']);
  return wrong(`compare_to: nobody knows the time zone ${name}.`, 'Use a name such as Europe/Berlin.', ...place);
}

function zoneOf(given: unknown): Zone | undefined {
  if (given === undefined) return fixedZone('UTC', 0);
  return typeof given === 'string' && /^[A-Z][\w+/-]*$/i.test(given) ? findZone(given) : undefined;
}
