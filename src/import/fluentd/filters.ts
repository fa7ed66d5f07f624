import type { Step } from '../model.ts';
import { both, fieldText, negated, regexText } from '../painless.ts';
import type { Directive } from './ast.ts';
import { type FluentdConversion, fieldOf, Params, readTemporary, temporary } from './conversion.ts';
import { type ParsePlan, parsePlan, source, withHandlers } from './parse-section.ts';
import { recordSteps } from './records.ts';

/** What a filter becomes: steps without the condition on the tag. */
export interface FilterPlan {
  readonly steps: readonly Step[];
  readonly multiline?: Record<string, unknown> | undefined;
}

export function filterPlan(directive: Directive, conversion: FluentdConversion): FilterPlan {
  const params = new Params(directive, conversion);
  const kind = Object.hasOwn(FILTERS, params.type) ? FILTERS[params.type]! : undefined;
  if (kind === undefined) {
    params.ignoreAll();
    const hint = Object.hasOwn(HINTS, params.type) ? HINTS[params.type] : 'There is no such filter.';
    return { steps: [conversion.leftOut(params.where, `the filter ${params.type}`, hint)] };
  }
  const plan = kind(params, conversion);
  params.finish();
  return plan;
}

type FilterKind = (params: Params, conversion: FluentdConversion) => FilterPlan;

/** `parser`: reads one field; without `reserve_data` nothing else stays. */
const parser: FilterKind = (params, conversion) => {
  const field = fieldOf(params.text('key_name') ?? 'message');
  const reserves = params.boolean('reserve_data', false);
  const reservesTime = params.boolean('reserve_time', false);
  const removes = params.boolean('remove_key_name_field', false);
  params.ignore('replace_invalid_sequence', 'ignore_key_not_exist', 'suppress_parse_error_log');
  const emits = params.boolean('emit_invalid_record_to_error', true);
  if (emits)
    conversion.changedOnce(
      params.where,
      'parser: what cannot be parsed is kept as it came, with the tag _parsefailure; Fluentd sends it to @ERROR.',
      'Drop it in `on_failure`, or look for the tag.',
    );
  const [section] = params.children('parse');
  const directive = section ?? params.directive;
  if (section === undefined) for (const name of LEGACY) params.ignore(name);
  const raw = temporary('raw');
  // The parsed record may have a field of the same name: the text moves aside before.
  const movesAside = !reserves || removes;
  const holder = params.has('inject_key_prefix') ? undefined : params.text('hash_value_field');
  const nests = holder !== undefined && /^(?:json|ltsv)$/.test(new Params(directive, conversion).type);
  const plan = parsePlan(directive, movesAside ? raw : field, conversion, nests ? `${holder}.` : '');
  if (plan.read === undefined) return { steps: [], multiline: plan.multiline };
  const mark = `failed_parser_${params.line}`;
  const failed: Step[] = [
    ...(movesAside
      ? [{ processor: 'rename', options: { field: raw, target_field: field, ignore_missing: true, override: true } }]
      : []),
    ...(emits
      ? [{ processor: 'append', options: { field: 'tags', value: '_parsefailure', allow_duplicates: false } }]
      : []),
    { processor: 'set', options: { field: temporary(mark), value: true } },
  ];
  const shaped = shape(plan, params, conversion);
  const after = [
    ...(reservesTime ? shaped.after.filter(step => step.processor !== 'date') : shaped.after),
    ...shaped.moves,
  ];
  const present = `${fieldText((movesAside ? raw : field).split('.'))} != null`;
  return {
    steps: [
      ...(movesAside
        ? [{ processor: 'rename', options: { field, target_field: raw, ignore_missing: true, override: true } }]
        : []),
      ...(reserves ? [] : [{ processor: 'remove', options: { keep: ['@metadata', 'tag', 'tags'] } }]),
      withHandlers({ ...shaped.read!, options: { ...shaped.read!.options, if: present } }, failed),
      ...after.map(step => ({
        ...step,
        options: { ...step.options, if: both(`${readTemporary(mark)} != true`, step.options?.if) },
      })),
    ],
    multiline: plan.multiline,
  };
};

const LEGACY = [
  'format',
  'time_key',
  'time_format',
  'keep_time_key',
  'types',
  'expression',
  'timezone',
  'keys',
  'delimiter',
  'message_key',
];

/** `hash_value_field` and `inject_key_prefix`: where the parsed fields go. */
function shape(plan: ParsePlan, params: Params, conversion: FluentdConversion): ParsePlan & { moves: Step[] } {
  const holder = params.text('hash_value_field');
  const prefix = params.text('inject_key_prefix');
  if (holder === undefined && prefix === undefined) return { ...plan, moves: [] };
  if (
    holder !== undefined &&
    prefix === undefined &&
    (plan.read?.processor === 'json' || plan.read?.processor === 'pairs')
  ) {
    const { add_to_root: _, ...options } = plan.read.options ?? {};
    return { ...plan, read: { ...plan.read, options: { ...options, target_field: holder } }, moves: [] };
  }
  if (plan.fields === undefined) {
    conversion.leftOut(
      params.where,
      'hash_value_field or inject_key_prefix of fields that are not known',
      'Use `target_field`.',
    );
    return { ...plan, moves: [] };
  }
  const name = (field: string): string => `${holder === undefined ? '' : `${holder}.`}${prefix ?? ''}${field}`;
  const moves = plan.fields.map(
    (field): Step => ({
      processor: 'rename',
      options: { field, target_field: name(field), ignore_missing: true, override: true },
    }),
  );
  return { ...plan, moves };
}

/** `grep`: all of `<regexp>` must hold, and none of `<exclude>`. */
const grep: FilterKind = (params, conversion) => {
  const conditions: string[] = [];
  const test = (directive: Directive): string => {
    const inner = new Params(directive, conversion);
    const found = matches(fieldOf(inner.text('key') ?? 'message'), inner.text('pattern') ?? '//');
    inner.finish();
    return found;
  };
  const inside = (directive: Directive, joint: ' && ' | ' || '): { keep: string[]; drop: string[] } => {
    const tests = (name: string) => directive.children.filter(one => one.name === name).map(test);
    const joined = (all: string[]): string[] =>
      all.length === 0 ? [] : [`(${all.map(one => `(${one})`).join(joint)})`];
    return { keep: joined(tests('regexp')), drop: joined(tests('exclude')) };
  };
  for (const directive of params.children('regexp')) conditions.push(negated(test(directive)));
  for (const directive of params.children('exclude')) conditions.push(test(directive));
  for (const [name, joint] of [
    ['and', ' && '],
    ['or', ' || '],
  ] as const)
    for (const directive of params.children(name)) {
      const { keep, drop } = inside(directive, joint);
      conditions.push(...keep.map(negated), ...drop);
    }
  for (let i = 1; i <= 20; i++) {
    const [required, excluded] = [params.text(`regexp${i}`), params.text(`exclude${i}`)];
    if (required !== undefined) conditions.push(negated(legacyTest(required)));
    if (excluded !== undefined) conditions.push(legacyTest(excluded));
  }
  return { steps: conditions.map(condition => ({ processor: 'drop', options: { if: condition } })) };
};

function legacyTest(text: string): string {
  const [key = '', ...pattern] = text.split(/\s+/);
  return matches(fieldOf(key), pattern.join(' '));
}

/** A field that is missing is an empty text. */
function matches(field: string, expression: string): string {
  return `(${fieldText(field.split('.'))} ?: '').toString() =~ ${regexText(source(expression) ?? '')}`;
}

/** `concat`: pieces and lines of one event. */
const concat: FilterKind = (params, conversion) => {
  const first = source(params.text('multiline_start_regexp'));
  const last = source(params.text('multiline_end_regexp'));
  const goesOn = source(params.text('continuous_line_regexp'));
  params.ignore(
    'key',
    'stream_identity_key',
    'flush_interval',
    'timeout_label',
    'use_first_timestamp',
    'separator',
    'partial_key',
    'partial_value',
    'keep_partial_key',
    'use_partial_metadata',
    'use_partial_cri_logtag',
    'partial_cri_logtag_key',
    'partial_cri_stream_key',
    'keep_partial_metadata',
    'partial_metadata_format',
  );
  if (first !== undefined) return { steps: [], multiline: { pattern: first, negate: true, what: 'previous' } };
  if (goesOn !== undefined) return { steps: [], multiline: { pattern: goesOn, what: 'previous' } };
  if (last !== undefined) return { steps: [], multiline: { pattern: last, negate: true, what: 'next' } };
  if (params.has('n_lines'))
    return { steps: [conversion.leftOut(params.where, '`n_lines` of concat', 'Use `multiline` with a pattern.')] };
  conversion.changed(params.where, 'concat: pieces of long lines that Docker and CRI cut are joined without it.');
  return { steps: [] };
};

const recordTransformer: FilterKind = (params, conversion) => ({ steps: recordSteps(params, conversion) });

const dedot: FilterKind = (params, conversion) => {
  params.ignore('de_dot_separator', 'de_dot_nested');
  conversion.changed(params.where, 'dedot is not needed: names with dots are stored as they are.');
  return { steps: [] };
};

const geoip: FilterKind = (params, conversion) => {
  const keys = params.list('geoip_lookup_keys');
  params.ignoreAll();
  if (!conversion.options.processors.has('geoip') || keys.length === 0)
    return { steps: [conversion.leftOut(params.where, 'the filter geoip', 'There is no geographical database here.')] };
  conversion.changed(params.where, 'geoip: the fields have the names of Elasticsearch, below `geoip`.');
  return { steps: keys.map(key => ({ processor: 'geoip', options: { field: fieldOf(key), ignore_missing: true } })) };
};

const unneeded =
  (what: string): FilterKind =>
  (params, conversion) => {
    params.ignoreAll();
    conversion.changed(params.where, what);
    return { steps: [] };
  };

const FILTERS: Readonly<Record<string, FilterKind>> = {
  parser,
  grep,
  record_transformer: recordTransformer,
  record_modifier: recordTransformer,
  concat,
  dedot,
  geoip,
  stdout: unneeded('the filter stdout is not needed: `longshore tail` shows events as they come in.'),
  elasticsearch_genid: unneeded('elasticsearch_genid is not needed: every event has an id of its own.'),
  utf8: unneeded('utf8 is not needed: what is no UTF-8 is made so.'),
  string_scrub: unneeded('string_scrub is not needed: what is no UTF-8 is made so.'),
};

const HINTS: Readonly<Record<string, string>> = {
  kubernetes_metadata: 'Fluent Bit adds `kubernetes` on its way here; the labels are fields then.',
  docker_metadata: "Docker's fluentd driver sends the container's name, and its labels with `--log-opt labels-regex`.",
  prometheus: 'The setting `log_metrics` makes metrics of events.',
  throttle: 'Every event is kept; alert rules have `realert` against too many messages.',
  sampling_filter: 'Every event is kept.',
  anonymizer: 'Use `mask` of the pipeline.',
  ua_parser: 'Use the processor `user_agent`.',
  typecast: 'Use `convert`.',
  flatten_hash: 'Names with dots and objects are searched alike.',
  lua: 'Write it with `set`, conditions or `script`.',
  script: 'Write it with `set`, conditions or `script`.',
};
