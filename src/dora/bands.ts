import { DAY_MS, HOUR_MS, SECOND_MS } from '../base/time/duration.ts';
import type { DoraBand, DoraBands, DoraFigures } from '../core/api/dora.ts';

const [HOUR_S, DAY_S] = [HOUR_MS / SECOND_MS, DAY_MS / SECOND_MS];
const [WEEK_S, MONTH_S] = [7 * DAY_S, 30 * DAY_S];
const BANDS: readonly DoraBand[] = ['elite', 'high', 'medium'];

/** The bands of the report of 2023: up to so much is elite, high, medium. */
const LEAD_TIME_S = [DAY_S, WEEK_S, MONTH_S];
const RESTORE_S = [HOUR_S, DAY_S, WEEK_S];
const FAILURE_RATIO = [0.05, 0.1, 0.15];
/** Days from one deployment to the next. */
const DAYS_BETWEEN = [1, 7, 30];

export function bandsOf(figures: Omit<DoraFigures, 'bands'>): DoraBands {
  const { deployments, deployments_per_day, lead_time_seconds, change_failure_ratio, time_to_restore_seconds } =
    figures;
  return {
    ...(deployments > 0 && { deployments: bandOf(1 / deployments_per_day, DAYS_BETWEEN) }),
    ...(lead_time_seconds !== null && { lead_time: bandOf(lead_time_seconds, LEAD_TIME_S) }),
    ...(change_failure_ratio !== null && { change_failure: bandOf(change_failure_ratio, FAILURE_RATIO) }),
    ...(time_to_restore_seconds !== null && { time_to_restore: bandOf(time_to_restore_seconds, RESTORE_S) }),
  };
}

function bandOf(value: number, limits: readonly number[]): DoraBand {
  const at = limits.findIndex(limit => value <= limit);
  return BANDS[at] ?? 'low';
}
