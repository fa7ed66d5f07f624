import { findZone, type Zone } from '../base/time/zone.ts';
import { LongshoreError } from '../core/errors.ts';
import { parseTime } from './query/times.ts';

/** What parameters of searches have in common. All of it throws LS_SEARCH_PARAMETER, or LS_QUERY_TIME. */
export function parameterError(where: string, what: string, fix: string): LongshoreError {
  return new LongshoreError('LS_SEARCH_PARAMETER', what, { where, fix });
}

export type GivenTime = string | number | undefined;

/** Epoch milliseconds, inclusive. */
export function span(
  params: { from?: GivenTime; to?: GivenTime; timezone?: string | undefined },
  now: number,
): { from: number | undefined; to: number | undefined } {
  const zone = zoneParameter(params.timezone);
  const from = timeParameter('from', params.from, now, false, zone);
  const to = timeParameter('to', params.to, now, true, zone);
  if (from !== undefined && to !== undefined && from > to) {
    throw parameterError('from', 'from is later than to.', 'Swap them.');
  }
  return { from, to };
}

function timeParameter(name: string, value: GivenTime, now: number, end: boolean, zone: Zone): number | undefined {
  if (value === undefined || value === '') return undefined;
  try {
    return parseTime(value, now, end, zone);
  } catch (error) {
    if (!(error instanceof LongshoreError)) throw error;
    throw new LongshoreError(error.code, error.what, { where: name, fix: error.fix, cause: error });
  }
}

export function orderOf(given: string | undefined): 'asc' | 'desc' {
  if (given === undefined || given === '' || given === 'desc') return 'desc';
  if (given === 'asc') return 'asc';
  throw parameterError('order', `order ${JSON.stringify(given.slice(0, 50))} is not known.`, 'Write asc or desc.');
}

/** UTC by default. */
export function zoneParameter(given: string | undefined): Zone {
  const zone = findZone(given === undefined || given === '' ? 'UTC' : given);
  if (zone !== undefined) return zone;
  const shown = JSON.stringify(given!.slice(0, 64));
  throw parameterError(
    'timezone',
    `the time zone ${shown} is not known.`,
    'Write a name such as Europe/Berlin, or +02:00.',
  );
}
