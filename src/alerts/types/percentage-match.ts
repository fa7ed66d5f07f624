import { type Fields, newFields } from '../../core/event.ts';
import { formatNumber } from '../python/format-number.ts';
import { pythonStr } from '../python/str.ts';
import { checkBounds } from './cardinality.ts';
import type { RuleKind } from './kind.ts';
import { numberOption } from './measured.ts';
import {
  checkInterval,
  SLIDING_OPTIONS,
  SLIDING_WINDOW_OPTIONS,
  slidingMs,
  ThresholdWindow,
} from './threshold-window.ts';

const YES = [1];
const NO = [0];

/** `percentage_match`: how many of the events of a sliding window pass `match_bucket_filter`, in percent, per key. */
export const percentageMatch: RuleKind = {
  type: 'percentage_match',
  required: ['match_bucket_filter'],
  options: {
    match_bucket_filter: 'any',
    max_percentage: 'number',
    min_percentage: 'number',
    min_denominator: 'integer',
    ...SLIDING_OPTIONS,
    percentage_format_string: 'text',
  },
  windowOptions: ['match_bucket_filter', ...SLIDING_WINDOW_OPTIONS],
  thresholdOptions: ['max_percentage', 'min_percentage', 'min_denominator'],
  filterOptions: ['match_bucket_filter'],
  check: (options, problems) => {
    checkBounds('max_percentage', 'min_percentage')(options, problems);
    checkInterval(options, problems);
  },
  fillMs: slidingMs,
  open: (rule, limits) => {
    const { options } = rule;
    const isOfKind = rule.filters['match_bucket_filter']!;
    const metric = { type: 'share', percent: 0, valuesOf: (event: Fields) => (isOfKind(event) ? YES : NO) } as const;
    const threshold = {
      max: numberOption(options['max_percentage']),
      min: numberOption(options['min_percentage']),
      minCount: Math.max(1, Number(options['min_denominator'] ?? 0)),
      isAdditive: false,
      fieldsOf: (percentage: number, denominator: number) => percentageFields(options, percentage, denominator),
    };
    return new ThresholdWindow(rule, metric, threshold, limits);
  },
  sentence: (match, options) => {
    const format = options['percentage_format_string'];
    const { percentage, denominator } = match;
    const shown = typeof format === 'string' ? formatNumber(format, percentage) : pythonStr(percentage);
    const bounds = `(min: ${pythonStr(options['min_percentage'])} max : ${pythonStr(options['max_percentage'])})`;
    return `Percentage violation, value: ${shown} ${bounds} of ${pythonStr(denominator)} items\n\n`;
  },
};

function percentageFields(options: Fields, percentage: number, denominator: number): Fields {
  const fields = newFields();
  const format = options['percentage_format_string'];
  fields['percentage'] = percentage;
  fields['denominator'] = denominator;
  if (typeof format === 'string') fields['percentage_formatted'] = formatNumber(format, percentage);
  return fields;
}
