import { type Fields, newFields } from '../../core/event.ts';
import { formatNumber } from '../python/format-number.ts';
import { pythonStr } from '../python/str.ts';
import type { OptionTable } from '../rules/options.ts';
import type { Problems } from '../rules/problems.ts';
import { checkBounds } from './cardinality.ts';
import type { RuleKind } from './kind.ts';
import { type Measured, metricText, numberOption } from './measured.ts';
import { METRIC_TYPES, type MetricOptions, metricName, valuesOf } from './metric-windows.ts';
import {
  checkInterval,
  SLIDING_OPTIONS,
  SLIDING_WINDOW_OPTIONS,
  slidingMs,
  ThresholdWindow,
} from './threshold-window.ts';

/** Options that say what is computed. */
export const METRIC_OPTIONS = {
  metric_agg_key: 'text',
  metric_agg_type: METRIC_TYPES,
  percentile_range: 'number',
  metric_agg_script: 'any',
} as const satisfies OptionTable;

/** `metric_aggregation`: what is computed of a field over a sliding window is above or below a threshold, per key. */
export const metricAggregation: RuleKind = {
  type: 'metric_aggregation',
  required: ['metric_agg_key', 'metric_agg_type'],
  options: {
    ...METRIC_OPTIONS,
    max_threshold: 'number',
    min_threshold: 'number',
    ...SLIDING_OPTIONS,
    metric_format_string: 'text',
  },
  windowOptions: ['metric_agg_key', 'metric_agg_type', ...SLIDING_WINDOW_OPTIONS],
  thresholdOptions: ['max_threshold', 'min_threshold'],
  fieldOptions: ['metric_agg_key'],
  check: (options, problems) => {
    checkBounds('max_threshold', 'min_threshold')(options, problems);
    checkMetric(options, problems);
    checkInterval(options, problems);
  },
  measured: options => ({ ...measuredBy(options), ...boundsOf(options) }),
  fillMs: slidingMs,
  open: (rule, limits) => {
    const { options } = rule;
    const metric = metricOptions(options);
    const threshold = {
      max: numberOption(options['max_threshold']),
      min: numberOption(options['min_threshold']),
      minCount: 0,
      isAdditive: ['sum', 'value_count', 'cardinality'].includes(metric.type),
      fieldsOf: (value: number) => metricFields(options, value),
    };
    return new ThresholdWindow(rule, metric, threshold, limits);
  },
  sentence: (match, options) => {
    const value = match[metricName(options)];
    const format = options['metric_format_string'];
    const shown = typeof format === 'string' ? formatNumber(format, value) : pythonStr(value);
    const what = `${pythonStr(options['metric_agg_type'])}:${pythonStr(options['metric_agg_key'])}`;
    const bounds = `(min: ${pythonStr(options['min_threshold'])} max : ${pythonStr(options['max_threshold'])})`;
    return `Threshold violation, ${what} ${shown} ${bounds} \n\n`;
  },
};

const boundsOf = (options: Fields): Measured => ({
  above: numberOption(options['max_threshold']),
  below: numberOption(options['min_threshold']),
});

function measuredBy(options: Fields): Measured {
  const type = pythonStr(options['metric_agg_type']);
  const named = type === 'percentiles' ? `p${pythonStr(options['percentile_range'])}` : type;
  return { metric: metricText(named, pythonStr(options['metric_agg_key'])) };
}

export function metricOptions(options: Fields): Omit<MetricOptions, 'spanMs' | 'minDocuments'> {
  return {
    type: options['metric_agg_type'] as (typeof METRIC_TYPES)[number],
    valuesOf: valuesOf(pythonStr(options['metric_agg_key'])),
    percent: Number(options['percentile_range'] ?? 0),
  };
}

export function checkMetric(options: Fields, problems: Problems): void {
  const { metric_agg_type: type, percentile_range: percent } = options;
  if (type === 'percentiles' && (percent ?? null) === null)
    problems.error('LS_ALERTS_MISSING', 'percentile_range is missing.', {
      option: 'metric_agg_type',
      fix: 'It is required for percentiles, for example percentile_range: 95',
    });
  if (typeof percent === 'number' && !(percent >= 0 && percent <= 100))
    problems.error('LS_ALERTS_OPTION', 'percentile_range must be from 0 to 100.', { option: 'percentile_range' });
  if ((options['metric_agg_script'] ?? null) !== null)
    problems.error('LS_ALERTS_OPTION', 'metric_agg_script is a script of Elasticsearch, which cannot run here.', {
      option: 'metric_agg_script',
      fix: 'Let a pipeline compute a field, and name that in metric_agg_key.',
    });
}

function metricFields(options: Fields, value: number): Fields {
  const fields = newFields();
  const name = metricName(options);
  const format = options['metric_format_string'];
  fields[name] = value;
  fields['metric_agg_value'] = value;
  if (typeof format !== 'string') return fields;
  fields[`${name}_formatted`] = formatNumber(format, value);
  fields['metric_agg_value_formatted'] = formatNumber(format, value);
  return fields;
}
