/**
 * Points at which a test may have this process killed, as `kill -9` would: `LONGSHORE_FAULT=name` or `name:3` for the
 * third time the point is passed. Costs one comparison where the variable is not set.
 */
const [wanted, nth] = (process.env['LONGSHORE_FAULT'] ?? '').split(':');
let left = Number(nth ?? 1);

export function faultPoint(name: string): void {
  if (wanted === name && --left === 0) process.kill(process.pid, 'SIGKILL');
}
