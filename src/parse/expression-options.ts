import { ANY, count } from '../base/options.ts';
import { LINE_BUDGET_DEFAULTS } from '../base/regexp/line-budgets.ts';

/** What the expressions of pipelines may cost (`expressions`); see the descriptions. */
export const expressionsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    slow_ms_per_container_second: count(
      1,
      ANY,
      LINE_BUDGET_DEFAULTS.slow_ms_per_container_second,
      'Milliseconds that the slow lines of one container (without one, of one tag) may take of each second. After that its lines get the short try that is enough for ordinary ones; those that need more are kept, tagged (`_groktimeout`, `_conditiontimeout`, `_gsubtimeout` ...) and counted.',
    ),
    slow_ms_per_second: count(
      1,
      ANY,
      LINE_BUDGET_DEFAULTS.slow_ms_per_second,
      'The same for the slow lines of all containers together, in each worker.',
    ),
  },
} as const;
