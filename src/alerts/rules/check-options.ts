import { didYouMean, nearest } from '../../base/text/did-you-mean.ts';
import type { Fields } from '../../core/event.ts';
import { isFields, newFields } from '../../core/event.ts';
import { parseCron } from '../cron.ts';
import { pythonStr } from '../python/str.ts';
import { RULE_KINDS } from '../types/index.ts';
import type { RuleKind } from '../types/kind.ts';
import { durationMs, UNIT_NAMES } from './duration.ts';
import { isKnownOption, KNOWN_OPTIONS } from './known-options.ts';
import { checkLife } from './life.ts';
import { COMMON_OPTIONS, type OptionTable, optionMisfit, whyIgnored } from './options.ts';
import type { Problems } from './problems.ts';

const REQUIRED = ['type', 'index', 'alert'];
/** Durations that mean nothing when they are zero or less. */
const POSITIVE = ['timeframe', 'resolve_after', 'exponential_realert', 'run_every', 'buffer_time', 'within'];
const TIMESTAMP_TYPES = ['iso', 'unix', 'unix_ms', 'custom'];
/** The one enhancement of ElastAlert that is no Python module of the user. */
export const TIME_ENHANCEMENT = 'TimeEnhancement';

/** Says all that is wrong with the options of a rule. Unknown options are custom data; one near a known name is pointed out. */
export function checkOptions(options: Fields, known: RuleKind | undefined, problems: Problems): void {
  const kind = known ?? meantKind(options['type']);
  const misspelt = checkRequired(options, kind, problems);
  if (typeof options['type'] === 'string' && known === undefined) checkType(options['type'], problems);
  const table: OptionTable = { ...COMMON_OPTIONS, ...kind?.options };
  for (const [option, shape] of Object.entries(table)) {
    const value = options[option];
    if (value === undefined || value === null || (option === 'priority' && value === '2')) continue;
    if (shape === 'duration') checkDuration(option, value, problems);
    else {
      const wrong = optionMisfit(value, shape);
      if (wrong !== undefined)
        problems.error('LS_ALERTS_OPTION', `${option} ${wrong.what}, not ${shown(value)}.`, { option, fix: wrong.fix });
    }
  }
  checkSpecial(options, problems);
  kind?.check?.(options, problems);
  checkNames(options, misspelt, problems);
}

/** The kind that a misspelt type is judged as, so that all is told in one round. */
function meantKind(type: unknown): RuleKind | undefined {
  const known = RULE_KINDS.map(kind => kind.type);
  const near = typeof type === 'string' ? nearest(type, known) : undefined;
  return RULE_KINDS.find(kind => kind.type === near);
}

/** Names of options that are most likely meant for one that is missing. */
function checkRequired(options: Fields, kind: RuleKind | undefined, problems: Problems): Set<string> {
  const misspelt = new Set<string>();
  const unknown = Object.keys(options).filter(name => !isKnownOption(name));
  const common = REQUIRED.filter(option => option !== 'index' || kind?.isFedByRules !== true);
  for (const option of [...common, ...(kind?.required ?? [])]) {
    const value = options[option];
    const isEmptyKey = option === 'query_key' && Array.isArray(value) && value.length === 0;
    if (value !== undefined && value !== null && !isEmptyKey) continue;
    const of = REQUIRED.includes(option) ? 'every rule' : `a ${kind?.type} rule`;
    const meant = unknown.find(name => nearest(name, KNOWN_OPTIONS) === option);
    if (meant === undefined) {
      const place = Object.hasOwn(options, option) ? { option } : {};
      problems.error('LS_ALERTS_MISSING', `${option} is missing.`, {
        ...place,
        fix: `It is required for ${of}${example(option)}.`,
      });
    } else {
      misspelt.add(meant);
      problems.error('LS_ALERTS_MISSING', `${option} is missing, and ${meant} is no option.`, {
        option: meant,
        fix: `Did you mean ${option}? It is required for ${of}${example(option)}.`,
      });
    }
  }
  return misspelt;
}

const EXAMPLES: Record<string, string> = {
  timeframe: 'timeframe: { minutes: 5 }',
  num_events: 'num_events: 10',
  threshold: 'threshold: 1',
  index: 'index: docker-logs-*',
  alert: 'alert: slack',
  type: 'type: frequency',
};

const example = (option: string): string => (EXAMPLES[option] === undefined ? '' : `, for example ${EXAMPLES[option]}`);

function checkType(type: string, problems: Problems): void {
  const known = RULE_KINDS.map(kind => kind.type);
  if (type.includes('.')) {
    problems.error('LS_ALERTS_TYPE_NOT_SUPPORTED', `the rule type ${type} is a Python module, which cannot run here.`, {
      option: 'type',
      fix: `Use one of ${known.join(', ')}.`,
    });
  } else {
    problems.error('LS_ALERTS_TYPE_UNKNOWN', `there is no rule type ${type}.`, {
      option: 'type',
      fix: didYouMean(type, known) ?? `Use one of ${known.join(', ')}.`,
    });
  }
}

function checkDuration(option: string, value: unknown, problems: Problems): void {
  const ms = durationMs(value);
  if (typeof ms === 'string') wrongDuration(option, value, ms, UNIT_NAMES, problems);
  else if (ms < 0 || (ms === 0 && POSITIVE.includes(option))) {
    const what = POSITIVE.includes(option) ? 'must be longer than nothing' : 'must not be negative';
    problems.error('LS_ALERTS_OPTION', `${option} ${what}.`, { option, fix: durationExample(option) });
  }
}

const durationExample = (option: string): string =>
  `For example ${EXAMPLES[option]?.includes('{') === true ? EXAMPLES[option] : `${option}: { minutes: 5 }`}`;

/** Told where the wrong unit stands. */
function wrongDuration(
  option: string,
  value: unknown,
  what: string,
  words: readonly string[],
  problems: Problems,
): void {
  const unit = isFields(value) ? Object.keys(value).find(name => !words.includes(name)) : undefined;
  problems.error('LS_ALERTS_OPTION', `${option} ${what}.`, {
    option,
    path: unit === undefined ? [] : [unit],
    fix: unit === undefined ? durationExample(option) : didYouMean(unit, words),
  });
}

function checkSpecial(options: Fields, problems: Problems): void {
  const timestampType = options['timestamp_type'];
  if (typeof timestampType === 'string' && !TIMESTAMP_TYPES.includes(timestampType.trim().toLowerCase())) {
    problems.error('LS_ALERTS_OPTION', `timestamp_type must be one of ${TIMESTAMP_TYPES.join(', ')}.`, {
      option: 'timestamp_type',
      fix: didYouMean(timestampType, TIMESTAMP_TYPES),
    });
  }
  const events = options['num_events'];
  if (Number.isInteger(events) && Number(events) < 1) {
    problems.error('LS_ALERTS_OPTION', 'num_events must be at least 1.', { option: 'num_events' });
  }
  const key = options['query_key'] ?? [];
  if (options['use_terms_query'] === true && Array.isArray(key) && key.length === 0) {
    problems.error('LS_ALERTS_MISSING', 'query_key is missing.', {
      option: 'use_terms_query',
      fix: 'use_terms_query needs it.',
    });
  }
  checkSchedule(options, problems);
  checkAggregation(options['aggregation'], problems);
  checkLife(options, problems);
  checkTable(options['summary_table_fields'], problems);
  const enhancements = Array.isArray(options['match_enhancements']) ? options['match_enhancements'] : [];
  for (const [i, name] of enhancements.entries()) {
    if (name === TIME_ENHANCEMENT) continue;
    problems.warn(
      `the enhancement ${pythonStr(name)} is a Python class, which cannot run here: the rule runs without it. ` +
        'Change events with a pipeline, or leave them out with the filter.',
      { option: 'match_enhancements', path: [i] },
    );
  }
}

function checkSchedule(options: Fields, problems: Problems): void {
  const execution = options['limit_execution'];
  if (typeof execution === 'string' && execution !== '' && parseCron(execution) === undefined) {
    problems.error('LS_ALERTS_OPTION', 'limit_execution is no cron expression.', {
      option: 'limit_execution',
      fix: "For example '* 8-18 * * 1-5'",
    });
  }
  const zone = options['limit_execution_timezone'];
  if (typeof zone === 'string' && parseCron('* * * * *', zone) === undefined) {
    problems.error('LS_ALERTS_OPTION', `limit_execution_timezone: nobody knows the time zone ${zone}.`, {
      option: 'limit_execution_timezone',
      fix: 'Use a name such as Europe/Berlin.',
    });
  }
  for (const name of ['limit_execution_coverage', 'limit_execution_timezone'])
    if (options[name] !== undefined && (execution ?? '') === '')
      problems.warn(`${name} does nothing without limit_execution.`, { option: name });
}

function checkAggregation(value: unknown, problems: Problems): void {
  if (value === undefined || value === null) return;
  if (isFields(value) && isSchedule(value['schedule'])) {
    if (parseCron(pythonStr(value['schedule'])) === undefined) {
      problems.error('LS_ALERTS_OPTION', 'aggregation.schedule is no cron expression.', {
        option: 'aggregation',
        path: ['schedule'],
        fix: "For example '0 8 * * *'",
      });
    }
    return;
  }
  const { schedule: _, ...units } = isFields(value) ? value : newFields();
  const ms = durationMs(isFields(value) ? units : value);
  if (typeof ms === 'string') wrongDuration('aggregation', value, ms, [...UNIT_NAMES, 'schedule'], problems);
  else if (ms < 0) problems.error('LS_ALERTS_OPTION', 'aggregation must not be negative.', { option: 'aggregation' });
}

/** Names of fields, or `{ path, header }`. */
function checkTable(value: unknown, problems: Problems): void {
  if (value === undefined || value === null) return;
  const fix = 'For example summary_table_fields: [service, { path: host.name, header: Host }]';
  if (!Array.isArray(value)) {
    problems.error('LS_ALERTS_OPTION', 'summary_table_fields must be a list of fields.', {
      option: 'summary_table_fields',
      fix,
    });
    return;
  }
  for (const [i, field] of value.entries()) {
    if (typeof field === 'string' || (isFields(field) && typeof field['path'] === 'string')) continue;
    const what = 'summary_table_fields must name fields, or have a path for each.';
    problems.error('LS_ALERTS_OPTION', what, { option: 'summary_table_fields', path: [i], fix });
  }
}

/** An empty one is none. */
export const isSchedule = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

function checkNames(options: Fields, misspelt: ReadonlySet<string>, problems: Problems): void {
  for (const option of Object.keys(options)) {
    if (problems.isOfConfiguration(option)) continue;
    const why = whyIgnored(option);
    if (why !== undefined) problems.warn(`${option} is ignored: ${why}.`, { option });
    else if (!isKnownOption(option) && !misspelt.has(option)) {
      const near = nearest(option, KNOWN_OPTIONS);
      if (near !== undefined && isLikely(option, near))
        problems.warn(`${option} is no option and kept as custom data. Did you mean ${near}?`, { option });
    }
  }
}

/** Short names are near to each other by chance: they must have the same letters, or all of the other's. */
function isLikely(word: string, near: string): boolean {
  if (word.length > 5) return true;
  const [short, long] = word.length < near.length ? [word, near] : [near, word];
  let at = 0;
  for (const letter of long) if (letter === short[at]) at++;
  return at === short.length || [...word].sort().join('') === [...near].sort().join('');
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? pythonStr(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
