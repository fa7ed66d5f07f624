/**
 * Where a test may kill the store process: `LONGSHORE_FAULT=<point>[:<n>]` ends it with SIGKILL when it comes to that
 * point for the n-th time (default 1). `kill -9` and nothing softer: no handler runs, no buffer is written.
 */
export const FAULT_POINTS = [
  'before_copy',
  'after_copy',
  'after_dead_letters',
  'before_rename',
  'after_rename',
  'after_commit',
  'between_deletions',
  'after_deletions',
  'before_drop',
  'between_drops',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

const [point, nth = '1'] = (process.env['LONGSHORE_FAULT'] ?? '').split(':');
let left = Number(nth);

export function faultPoint(name: FaultPoint): void {
  if (name === point && --left === 0) process.kill(process.pid, 'SIGKILL');
}
