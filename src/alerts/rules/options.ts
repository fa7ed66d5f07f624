// What ElastAlert 2 knows of a rule: the options, what their values must be, and which of them mean nothing here.

import { didYouMean } from '../../base/text/did-you-mean.ts';
import { misfit, type Shape, typeName } from '../../base/yaml/shape.ts';

const TEXT: Shape = { type: 'string' };
const SHAPES = {
  text: TEXT,
  integer: { type: 'integer' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  texts: { type: 'array', items: TEXT },
  text_or_boolean: { type: ['string', 'boolean'] },
  text_or_texts: { type: ['string', 'array'], items: TEXT },
  list: { type: 'array' },
  mapping: { type: 'object' },
  text_or_mapping: { type: ['string', 'object'] },
  /** Judged elsewhere. */
  any: {},
  /** `{ minutes: 5 }`; judged elsewhere. */
  duration: {},
} as const satisfies Record<string, Shape>;

/** What a value must be: of a kind, or one of some words. */
export type OptionShape = keyof typeof SHAPES | readonly string[];

/** How what may be of two kinds is written. */
const FORMS: Readonly<Partial<Record<keyof typeof SHAPES, string>>> = {
  text_or_boolean: 'Write a text, or true or false without quotes.',
  text_or_texts: 'Write a text, or a list of them: [a, b].',
  text_or_mapping: 'Write lines `name: value` below it, indented; or the same as a text in JSON.',
};

export type OptionTable = Readonly<Record<string, OptionShape>>;

/** Options that any rule may have. */
export const COMMON_OPTIONS: OptionTable = {
  name: 'text',
  type: 'text',
  index: 'text',
  alert: 'any',
  filter: 'any',
  is_enabled: 'boolean',
  import: 'text_or_texts',
  description: 'text',
  owner: 'text',
  category: 'text',
  priority: 'integer',
  query_key: 'text_or_texts',
  realert: 'duration',
  realert_key: 'text',
  // ElastAlert takes them for custom data of any form.
  severity: 'any',
  labels: 'any',
  for: 'any',
  resolve_after: 'duration',
  send_resolved: 'boolean',
  levels: 'mapping',
  overrides: 'list',
  only_on: 'any',
  compare_to: 'any',
  exponential_realert: 'duration',
  timeframe: 'duration',
  aggregation: 'any',
  aggregation_key: 'text_or_texts',
  aggregate_by_match_time: 'boolean',
  aggregation_alert_time_compared_with_timestamp_field: 'boolean',
  summary_table_fields: 'any',
  summary_table_type: ['ascii', 'markdown', 'html'],
  summary_table_max_rows: 'integer',
  summary_prefix: 'text',
  summary_suffix: 'text',
  alert_subject: 'text',
  alert_subject_args: 'texts',
  alert_subject_max_len: 'integer',
  alert_text: 'text',
  alert_text_args: 'texts',
  alert_text_kw: 'mapping',
  alert_text_type: ['alert_text_only', 'alert_text_jinja', 'exclude_fields', 'aggregation_summary_only'],
  alert_missing_value: 'text',
  jinja_root_name: 'text',
  jinja_template_path: 'text',
  include: 'texts',
  attach_related: 'boolean',
  top_count_keys: 'texts',
  top_count_number: 'integer',
  raw_count_keys: 'boolean',
  timestamp_field: 'text',
  timestamp_type: 'text',
  timestamp_format: 'text',
  use_local_time: 'boolean',
  custom_pretty_ts_format: 'text',
  buffer_time: 'duration',
  query_delay: 'duration',
  run_every: 'duration',
  limit_execution: 'text',
  limit_execution_coverage: 'boolean',
  limit_execution_timezone: 'text',
  match_enhancements: 'texts',
  run_enhancements_first: 'boolean',
  include_rule_params_in_matches: 'texts',
  include_rule_params_in_first_match_only: 'boolean',
  dry_run: 'boolean',
  ...Object.fromEntries(
    ['kibana', 'opensearch'].flatMap((app): [string, OptionShape][] => [
      [`generate_${app}_discover_url`, 'boolean'],
      [`${app}_url`, 'text'],
      [`${app}_discover_app_url`, 'text'],
      [`${app}_discover_index_pattern_id`, 'text'],
      [`${app}_discover_columns`, 'texts'],
      [`${app}_discover_from_timedelta`, 'duration'],
      [`${app}_discover_to_timedelta`, 'duration'],
    ]),
  ),
  kibana_discover_security_tenant: 'text',
  /** Read where they are run. */
  tests: 'any',
};

const CONNECTION = 'events come from the stream, not from Elasticsearch';
const STREAMED = 'each event is evaluated once, as it arrives';
const NOT_SHORTENED = 'links to Kibana are not shortened: that would take a request before each alert';

/** Options that are accepted and do nothing, with the reason. */
export const IGNORED_OPTIONS: Readonly<Record<string, string>> = {
  ...reason(CONNECTION, [
    ...['es_host', 'es_hosts', 'es_port', 'es_url_prefix', 'es_username', 'es_password', 'es_bearer', 'es_api_key'],
    ...['es_send_get_body_as', 'es_conn_timeout', 'use_ssl', 'verify_certs', 'ca_certs', 'client_cert', 'client_key'],
    ...[
      'ssl_show_warn',
      'aws_region',
      'profile',
      'doc_type',
      'use_strftime_index',
      'search_extra_index',
      'query_timezone',
    ],
    ...['_source_enabled', 'include_fields', 'statsd_host', 'statsd_instance_tag', 'include_match_in_root'],
  ]),
  ...reason(STREAMED, [
    ...['use_count_query', 'use_terms_query', 'terms_size', 'scan_entire_timeframe', 'max_query_size'],
    ...['max_scrolling_count', 'scroll_keepalive'],
  ]),
  ...reason('values are compared here, not asked for in a query', ['filter_by_list']),
  ...reason(NOT_SHORTENED, [
    ...['shorten_kibana_discover_url', 'kibana_username', 'kibana_password', 'kibana_verify_certs'],
  ]),
  ...reason('links are the same for all versions from 7 on', [
    'kibana_discover_version',
    'opensearch_discover_version',
  ]),
  ...reason('ElastAlert 2 has no dashboards of Kibana 4 any more; generate_kibana_discover_url makes links', [
    'use_kibana4_dashboard',
  ]),
  ...reason('one alerter does not know what another one made', ['slack_attach_jira_ticket_url']),
  ...reason('field names keep their dots', ['replace_dots_in_field_names']),
  ...reason('Jinja filters of Python modules cannot run here', ['jinja_filters']),
  ...reason('expressions of Python cannot run here', ['timestamp_format_expr', 'timestamp_to_datetime_format_expr']),
};

/** Why an option has no effect here; undefined for the others. */
export const whyIgnored = (option: string): string | undefined =>
  Object.hasOwn(IGNORED_OPTIONS, option) ? IGNORED_OPTIONS[option] : undefined;

/** What the loader itself gives a rule: no mistake of spelling. */
export const OPTIONS_TO_COME: readonly string[] = ['jinja_template'];

function reason(text: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map(name => [name, text]));
}

/** What is wrong with a value, to go on after its name; undefined when it fits. */
export function optionMisfit(
  value: unknown,
  wanted: OptionShape,
): { what: string; fix?: string | undefined } | undefined {
  if (typeof wanted === 'object') {
    if (typeof value === 'string' && wanted.includes(value)) return undefined;
    return {
      what: `must be one of ${wanted.join(', ')}`,
      fix: (typeof value === 'string' ? didYouMean(value, wanted) : undefined) ?? `For example ${wanted[0]}.`,
    };
  }
  const shape: Shape = SHAPES[wanted];
  const { items = {} } = shape;
  if (Array.isArray(value) && value.some(item => misfit(item, items) !== undefined))
    return { what: `must be ${typeName(shape)}`, fix: FORMS[wanted] ?? 'Write a list of texts: [a, b].' };
  const wrong = misfit(value, shape);
  return wrong && { what: wrong.what, fix: wrong.form ?? FORMS[wanted] };
}
