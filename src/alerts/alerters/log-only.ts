import type { Alerter } from './alerter.ts';

/** Stands in for an alerter that cannot run here: its alerts go to the log and to the list of alerts. */
export function logOnly(type: string): Alerter {
  return {
    type,
    missing: 'alert',
    render: () => [],
    queue: () => type,
    send: () => Promise.resolve({ ok: true }),
  };
}
