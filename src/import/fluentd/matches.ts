import { indexSettings, nodeUrl } from '../addresses.ts';
import { type Step, setAt } from '../model.ts';
import { both, negated, quoted, regexText } from '../painless.ts';
import { child, type Directive, settingText } from './ast.ts';
import { type FluentdConversion, fieldOf, Params } from './conversion.ts';
import { source } from './parse-section.ts';
import { tagCondition } from './tags.ts';

/** Matches as settings and, for what goes nowhere or under another tag, as steps. `before`: what earlier ones took. */
export function matchSteps(
  directive: Directive,
  before: string | undefined,
  settings: Record<string, unknown>,
  conversion: FluentdConversion,
): Step[] {
  const params = new Params(directive, conversion);
  const condition = both(before, tagCondition(directive.argument));
  if (params.type === 'null') {
    params.ignore('never_flush');
    return [{ processor: 'drop', options: { if: condition } }];
  }
  if (params.type === 'rewrite_tag_filter') return rewriteSteps(params, condition, conversion);
  if (params.type === 'relabel') return [];
  output(params, settings, conversion);
  return [];
}

function output(params: Params, settings: Record<string, unknown>, conversion: FluentdConversion): void {
  params.ignore('@label', 'buffer', 'inject', 'format', 'secondary', ...BUFFER);
  switch (params.type) {
    case 'copy':
    case 'roundrobin':
    case 'forest':
      params.ignore('copy_mode', 'deep_copy');
      for (const store of params.children('store')) output(new Params(store, conversion), settings, conversion);
      break;
    case 'elasticsearch':
    case 'elasticsearch_dynamic':
    case 'elasticsearch_data_stream':
    case 'opensearch':
      elasticsearch(params, settings, conversion);
      break;
    case 'forward':
    case 'secure_forward':
      forward(params, settings, conversion);
      break;
    case 'stdout':
      conversion.changed(params.where, 'stdout is not needed: `longshore tail` shows events as they come in.');
      params.ignoreAll();
      return;
    case 'null':
    case 'relabel':
      return;
    case 'detect_exceptions':
      conversion.changed(
        params.where,
        'detect_exceptions is not needed: the lines of stack traces are joined without it.',
      );
      params.ignoreAll();
      return;
    default:
      conversion.leftOut(
        params.where,
        `the output ${params.type}`,
        Object.hasOwn(HINTS, params.type) ? HINTS[params.type] : 'There is no such output.',
      );
      params.ignoreAll();
      return;
  }
  params.finish();
}

function elasticsearch(params: Params, settings: Record<string, unknown>, conversion: FluentdConversion): void {
  if (settings['store'] !== undefined) {
    params.ignoreAll();
    conversion.leftOut(
      params.where,
      `a second output ${params.type}`,
      'There is one store: tell events apart by a field.',
    );
    return;
  }
  params.ignore(...UNNEEDED);
  const scheme = params.raw('scheme') ?? 'http';
  const isTls = scheme === 'https' || params.boolean('ssl', false);
  const port = params.raw('port') ?? '9200';
  const hosts = (params.raw('hosts') ?? params.raw('host') ?? 'localhost').split(',');
  const store: Record<string, unknown> = {
    type: 'elasticsearch',
    nodes: hosts
      .map(host => nodeUrl(settingText(host), isTls, settingText(port)))
      .map(url => (scheme.includes('\u0001') ? url.replace(/^https?/, () => settingText(scheme)) : url)),
  };
  const texts = { user: 'username', password: 'password', ca_file: 'ca_file', ilm_policy_id: 'ilm_policy' };
  for (const [name, setting] of Object.entries(texts)) {
    const text = params.raw(name);
    if (text !== undefined) store[setting] = settingText(text);
  }
  if (!params.boolean('ssl_verify', true)) store['tls_verify'] = false;
  store['index'] = indexOf(params, conversion);
  if (params.has('pipeline'))
    conversion.leftOut(
      params.where,
      `the ingest pipeline ${params.text('pipeline')}`,
      "Import it, too ('longshore import ingest'), and call it with the processor `pipeline`.",
    );
  setAt(settings, 'store', store);
  // The tag is a field of every event here; `tag_key` says under which name it is to be found as well.
  const key = params.text('tag_key') ?? 'tag';
  if (params.boolean('include_tag_key', false) && key !== 'tag') setAt(settings, 'event.tag_field', key);
}

/** Without `logstash_format` one index takes everything; here indices are daily. */
function indexOf(params: Params, conversion: FluentdConversion): Record<string, string> {
  const separator = params.text('logstash_prefix_separator') ?? '-';
  const isDaily = params.boolean('logstash_format', false);
  const named = isDaily
    ? (params.text('logstash_prefix') ?? 'logstash')
    : (params.text('index_name') ?? params.text('data_stream_name') ?? 'fluentd');
  params.ignore(
    'logstash_dateformat',
    'index_name',
    'logstash_prefix',
    'utc_index',
    'index_date_pattern',
    'index_separator',
  );
  const written = params.text('logstash_dateformat') ?? '%Y.%m.%d';
  const format = written.replaceAll('%Y', 'YYYY').replaceAll('%m', 'MM').replaceAll('%d', 'DD');
  const own = named.replace(/\$\{[^}]*\}|%\{[^}]*\}/g, '').replace(/[-_.]?%[A-Za-z][-_.%A-Za-z]*$/, '');
  const prefix = `${
    own
      .toLowerCase()
      .replace(/-{2,}/g, '-')
      .replace(/^[-_.]+|[-_.]+$/g, '') || 'logs'
  }${separator}`;
  const found = indexSettings(prefix, format);
  if (found === undefined || own !== named || !isDaily)
    conversion.changed(
      params.where,
      `the index ${named}${isDaily ? `${separator}${written}` : ''}: indices are daily here, named by a beginning and the day: ${(found ?? FALLBACK).prefix}${(found ?? FALLBACK).date_format}.`,
      'Set `store.index` as you want it.',
    );
  return found ?? FALLBACK;
}

const FALLBACK = { prefix: 'logs-', date_format: 'YYYY.MM.DD' };

function forward(params: Params, settings: Record<string, unknown>, conversion: FluentdConversion): void {
  params.ignore(
    'heartbeat_type',
    'heartbeat_interval',
    'phi_failure_detector',
    'phi_threshold',
    'hard_timeout',
    'expire_dns_cache',
    'dns_round_robin',
    'ignore_network_errors_at_startup',
    'recover_wait',
    'keepalive',
    'keepalive_timeout',
    'send_timeout',
    'connect_timeout',
    'ack_response_timeout',
    'time_as_integer',
    'tls_insecure_mode',
    'tls_allow_self_signed_cert',
    'tls_verify_hostname',
    'verify_connection_at_startup',
    'slow_flush_log_threshold',
  );
  const security = child(params.directive, 'security');
  params.ignore('security', 'server', 'transport');
  const key = security?.params.find(({ name }) => name === 'shared_key')?.text;
  const tls = params.raw('transport') === 'tls' || child(params.directive, 'transport')?.argument === 'tls';
  const ca = params.raw('tls_cert_path') ?? params.raw('tls_ca_cert_path');
  const targets = params.children('server').map(server => {
    const of = (name: string): string | undefined => server.params.find(one => one.name === name)?.text;
    return {
      address: settingText(`${of('host') ?? 'localhost'}:${of('port') ?? 24224}`),
      ...(key === undefined ? {} : { shared_key: settingText(key) }),
      ...(tls ? { tls: ca === undefined ? {} : { ca_file: settingText(ca) } } : {}),
    };
  });
  if (targets.length === 0) {
    conversion.leftOut(params.where, 'a forward output without <server>');
    return;
  }
  const options = {
    targets,
    ...(params.boolean('require_ack_response', false) ? {} : { require_ack: false }),
    ...(params.text('compress') === 'gzip' ? { compress: 'gzip' } : {}),
  };
  const copies = (settings['copies'] as Record<string, unknown>[] | undefined) ?? [];
  setAt(settings, 'copies', [...copies, { name: `fluentd-${copies.length + 1}`, ...options }]);
  if (targets.length > 1)
    conversion.changedOnce(
      params.where,
      'forward: the first server is used, the next ones while it is down; there is no load balancing.',
    );
}

/** Another tag, by the first rule that fits. */
function rewriteSteps(params: Params, condition: string | undefined, conversion: FluentdConversion): Step[] {
  params.ignore(
    'capitalize_regex_backreference',
    'hostname_command',
    'remove_tag_prefix',
    'remove_tag_regexp',
    'emit_mode',
  );
  conversion.changedOnce(
    params.where,
    'rewrite_tag_filter: the event gets its new tag here, and goes on with the filters below; Fluentd begins again at the top.',
    'Put the filters of the new tag behind.',
  );
  const earlier: string[] = [];
  return params.children('rule').flatMap((rule): Step[] => {
    const inner = new Params(rule, conversion);
    inner.ignore('invert', 'label');
    const field = fieldOf(inner.text('key') ?? 'message').split('.');
    const pattern = source(inner.text('pattern')) ?? '';
    const value = `(ctx${field.map(name => (/^\w+$/.test(name) ? `.${name}` : `['${name}']`)).join('?')} ?: '').toString()`;
    const test = `${value} =~ ${regexText(pattern)}`;
    const holds = inner.boolean('invert', false) ? negated(test) : test;
    const tag = inner.text('tag') ?? '';
    const all = [condition, ...earlier.map(negated), holds].reduce<string | undefined>(
      (left, right) => both(left, right),
      undefined,
    );
    earlier.push(holds);
    if (!PLACEHOLDERS.test(tag.replaceAll('${tag}', '')))
      return [{ processor: 'set', options: { field: 'tag', value: tag.replaceAll('${tag}', '{{{tag}}}'), if: all } }];
    const expression = tagExpression(tag, value, pattern);
    if (expression === undefined)
      return [conversion.leftOut(inner.where, `the tag ${tag}`, 'Write it with `grok` and `set` of `tag`.')];
    return [{ processor: 'set', options: { field: 'tag', expression, ignore_failure: true, if: all } }];
  });
}

/** What is known with the event only: `$1` of the expression, `${tag_parts[1]}`, `__TAG__`. */
const PLACEHOLDERS = /\$\d|\$\{[^}]*\}|__[A-Z_]+(?:\[-?\d+\])?__/;

/** The new tag as an expression; undefined: something in it is not known here. */
function tagExpression(tag: string, value: string, pattern: string): string | undefined {
  const parts = tag
    .split(new RegExp(`(${PLACEHOLDERS.source})`))
    .filter(part => part !== '')
    .map(part => {
      const group = /^\$(\d)$/.exec(part)?.[1];
      if (group !== undefined) return `(found.group(${group}) ?: '')`;
      if (part === '${tag}' || part === '__TAG__') return 'ctx.tag';
      const place = /^(?:\$\{tag_parts|__TAG_PARTS)\[(-?\d+)\](?:\}|__)$/.exec(part)?.[1];
      if (place !== undefined) return `Arrays.asList(ctx.tag.splitOnToken('.'))[${place}]`;
      return PLACEHOLDERS.test(part) ? undefined : quoted(part);
    });
  if (parts.includes(undefined)) return undefined;
  const text = parts.join(' + ');
  if (!tag.includes('$')) return text;
  return `def found = ${regexText(pattern)}.matcher(${value}); found.find(); return ${text}`;
}

const BUFFER = [
  'buffer_type',
  'buffer_path',
  'buffer_chunk_limit',
  'buffer_queue_limit',
  'buffer_queue_full_action',
  'flush_interval',
  'flush_at_shutdown',
  'flush_mode',
  'num_threads',
  'retry_limit',
  'retry_wait',
  'max_retry_wait',
  'disable_retry_limit',
  'retry_forever',
  'flush_thread_count',
  'chunk_limit_size',
  'queue_limit_length',
  'overflow_action',
  'retry_max_interval',
  'slow_flush_log_threshold',
  'require_ack_response',
  'compress',
];
const UNNEEDED = [
  'port',
  'host',
  'hosts',
  'scheme',
  'path',
  'type_name',
  'include_timestamp',
  'time_key',
  'time_key_format',
  'time_key_exclude_timestamp',
  'time_precision',
  'id_key',
  'remove_keys',
  'request_timeout',
  'reload_connections',
  'reload_on_failure',
  'reconnect_on_error',
  'resurrect_after',
  'bulk_message_request_threshold',
  'suppress_type_name',
  'write_operation',
  'template_name',
  'template_file',
  'template_overwrite',
  'templates',
  'customize_template',
  'max_retry_putting_template',
  'max_retry_get_es_version',
  'fail_on_putting_template_retry_exceed',
  'verify_es_version_at_startup',
  'default_elasticsearch_version',
  'enable_ilm',
  'ilm_policy',
  'ilm_policy_overwrite',
  'rollover_index',
  'log_es_400_reason',
  'with_transporter_log',
  'include_index_in_url',
  'sniffer_class_name',
  'selector_class_name',
  'http_backend',
  'prefer_oj_serializer',
  'ssl_version',
  'ssl_max_version',
  'ssl_min_version',
  'client_cert',
  'client_key',
  'client_key_pass',
  'unrecoverable_error_types',
  'unrecoverable_record_types',
  'emit_error_for_missing_id',
  'content_type',
  'flatten_hashes',
  'flatten_hashes_separator',
  'validate_client_version',
  'ignore_exceptions',
  'exception_backup',
  'custom_headers',
  'compression_level',
  'routing_key',
  'parent_key',
  'application_name',
  'deflector_alias',
  'include_tag_key',
  'tag_key',
  'data_stream_name',
];

const HINTS: Readonly<Record<string, string>> = {
  file: 'The store keeps events; `longshore search` writes them out.',
  s3: "`longshore backup` writes the store's files; the setting `copies` sends events on.",
  gcs: 'The setting `copies` sends events on by the forward protocol.',
  azurestorage: 'The setting `copies` sends events on by the forward protocol.',
  slack: 'Use an alert rule with the alerter `slack`.',
  mail: 'Use an alert rule with the alerter `email`.',
  http: 'Use an alert rule with the alerter `post`, or the setting `copies`.',
  kafka:
    'The setting `copies` sends all events on by the forward protocol: Fluentd or Fluent Bit can pass them to Kafka.',
  kafka2:
    'The setting `copies` sends all events on by the forward protocol: Fluentd or Fluent Bit can pass them to Kafka.',
  loki: 'The store keeps events; Grafana can read Elasticsearch.',
  cloudwatch_logs: 'The setting `copies` sends events on by the forward protocol.',
  mongo: 'The store keeps events.',
  splunk_hec: 'The setting `copies` sends events on by the forward protocol.',
  prometheus: 'The setting `log_metrics` makes metrics of events.',
  grepcounter: 'Use an alert rule of the type `frequency`.',
  datacounter: 'Use an alert rule of the type `frequency`.',
  exec: 'Use an alert rule with the alerter `command`.',
};
