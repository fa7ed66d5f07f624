import { indexSettings, nodeUrl } from '../addresses.ts';
import { setAt } from '../model.ts';
import { type Entry, placeText } from './ast.ts';
import type { Conversion } from './conversion.ts';
import { PluginReader } from './plugin-reader.ts';
import { pieces, withVariables } from './references.ts';

/** Outputs as settings. One store takes all events: conditions around outputs are named. */
export function outputSettings(
  body: readonly Entry[],
  settings: Record<string, unknown>,
  conversion: Conversion,
  isConditional = false,
): void {
  for (const entry of body) {
    if (entry.kind === 'branch') {
      if (!isConditional)
        conversion.changed(
          placeText(entry.at),
          'the condition around outputs is not kept: all events go into one store.',
          'Drop in the pipeline what is not to be stored.',
        );
      for (const arm of entry.arms) outputSettings(arm.body, settings, conversion, true);
      continue;
    }
    const reader = new PluginReader(entry, conversion);
    reader.ignore('id', 'enable_metric', 'codec', 'workers', 'ecs_compatibility');
    if (entry.name === 'elasticsearch' || entry.name === 'opensearch') elasticsearch(reader, settings, conversion);
    else {
      for (const [name] of entry.options) reader.ignore(name);
      const hint = Object.hasOwn(HINTS, entry.name) ? HINTS[entry.name] : 'There is no such output.';
      if (entry.name === 'stdout') conversion.changed(reader.where, 'stdout is not needed.', hint);
      else conversion.leftOut(reader.where, `the output ${entry.name}`, hint);
    }
    reader.finish();
  }
}

function elasticsearch(plugin: PluginReader, settings: Record<string, unknown>, conversion: Conversion): void {
  plugin.ignore(...UNNEEDED);
  if (settings['store'] !== undefined) {
    for (const [name] of plugin.plugin.options) plugin.ignore(name);
    const index = plugin.raw('index');
    conversion.leftOut(
      plugin.where,
      `a second output ${plugin.name}${index === undefined ? '' : ` (index ${index})`}`,
      'There is one store: tell events apart by a field.',
    );
    return;
  }
  const ssl = ['ssl', 'ssl_enabled', 'cacert', 'ssl_certificate_authorities'].some(
    name => plugin.has(name) && plugin.raw(name) !== 'false',
  );
  const hosts = plugin.rawTexts('hosts');
  const store: Record<string, unknown> = {
    type: 'elasticsearch',
    nodes: (hosts.length === 0 ? ['localhost:9200'] : hosts).map(host => settingText(nodeUrl(host, ssl))),
  };
  const user = plugin.raw('user');
  const password = plugin.raw('password');
  if (user !== undefined) store['username'] = settingText(user);
  if (password !== undefined) store['password'] = settingText(password);
  const key = plugin.raw('api_key');
  if (key !== undefined) {
    store['api_key'] = key.includes('${') ? settingText(key) : Buffer.from(key).toString('base64');
    if (key.includes('${'))
      conversion.changed(
        plugin.where,
        'api_key is taken in the encoded form here.',
        'Give base64 of id:key in the variable.',
      );
  }
  const ca = plugin.raw('cacert') ?? plugin.rawTexts('ssl_certificate_authorities')[0];
  if (ca !== undefined) store['ca_file'] = settingText(ca);
  const fingerprint = plugin.raw('ca_trusted_fingerprint');
  if (fingerprint !== undefined) store['ca_fingerprint'] = settingText(fingerprint);
  if (plugin.raw('ssl_certificate_verification') === 'false' || plugin.raw('ssl_verification_mode') === 'none')
    store['tls_verify'] = false;
  const policy = plugin.raw('ilm_policy');
  if (policy !== undefined) store['ilm_policy'] = settingText(policy);
  index(plugin, store, conversion);
  if (plugin.has('pipeline'))
    conversion.leftOut(
      plugin.where,
      `the ingest pipeline ${plugin.raw('pipeline')}`,
      "Import it, too ('longshore import ingest'), and call it with the processor `pipeline`.",
    );
  if (plugin.has('document_id'))
    conversion.changed(
      plugin.where,
      'document_id: every event has an id of its own here, and what is sent twice in one chunk is stored once.',
    );
  setAt(settings, 'store', store);
}

function index(plugin: PluginReader, store: Record<string, unknown>, conversion: Conversion): void {
  const named = plugin.text('index');
  const isStream = plugin.text('data_stream') === 'true';
  plugin.ignore(
    'data_stream_type',
    'data_stream_dataset',
    'data_stream_namespace',
    'data_stream_auto_routing',
    'data_stream_sync_fields',
  );
  if (named === undefined) {
    if (isStream)
      conversion.changed(
        plugin.where,
        'data streams: events go to daily indices here.',
        'Name them with `store.index`.',
      );
    else store['index'] = { prefix: 'logstash-', date_format: 'YYYY.MM.DD' };
    return;
  }
  const parts = pieces(named);
  const time = parts.find(part => part.kind === 'time');
  const before = parts.slice(0, time === undefined ? undefined : parts.indexOf(time));
  const fields = before.flatMap(part => (part.kind === 'field' ? [part.path] : []));
  const prefix = before
    .map(part => (part.kind === 'text' ? part.text : ''))
    .join('')
    .replace(/-{2,}/g, '-')
    .replace(/^-/, '');
  const found = indexSettings(
    prefix === '' ? 'logs-' : prefix.toLowerCase(),
    time?.kind === 'time' ? time.format : 'YYYY.MM.dd',
  );
  if (found !== undefined) store['index'] = found;
  if (fields.length > 0 || found === undefined || time === undefined || parts.indexOf(time) < parts.length - 1)
    conversion.changed(
      plugin.where,
      `the index ${named}: indices are daily here, named by a beginning and the day${found === undefined ? '' : `: ${found.prefix}${found.date_format}`}.`,
      fields.length > 0
        ? `Search by the fields ${fields.join(', ')} instead of by the index.`
        : 'Set `store.index` as you want it.',
    );
}

const UNNEEDED = [
  'action',
  'bulk_path',
  'cloud_id',
  'custom_headers',
  'doc_as_upsert',
  'document_type',
  'flush_size',
  'idle_flush_time',
  'http_compression',
  'compression_level',
  'ilm_enabled',
  'ilm_pattern',
  'ilm_rollover_alias',
  'keystore',
  'manage_template',
  'path',
  'pool_max',
  'pool_max_per_route',
  'resurrect_delay',
  'retry_initial_interval',
  'retry_max_interval',
  'retry_on_conflict',
  'sniffing',
  'sniffing_delay',
  'template',
  'template_name',
  'template_overwrite',
  'template_api',
  'timeout',
  'validate_after_inactivity',
  'silence_errors_in_log',
  'ssl_supported_protocols',
  'legacy_template',
];

const HINTS: Readonly<Record<string, string>> = {
  stdout: '`longshore tail` shows events as they come in.',
  file: 'The store keeps events; `longshore search` writes them out.',
  null: 'Drop in the pipeline what is not to be stored.',
  email: 'Use an alert rule with the alerter `email`.',
  slack: 'Use an alert rule with the alerter `slack`.',
  pagerduty: 'Use an alert rule with the alerter `pagerduty`.',
  http: 'Use an alert rule with the alerter `post`, or the setting `copies`.',
  kafka:
    'The setting `copies` sends all events on by the forward protocol: Fluentd or Fluent Bit can pass them to Kafka.',
  redis: 'The setting `buffer` of the type redis keeps events between processes.',
  rabbitmq: 'The setting `copies` sends all events on by the forward protocol.',
  tcp: 'The setting `copies` sends all events on by the forward protocol.',
  udp: 'The setting `copies` sends all events on by the forward protocol.',
  syslog: 'The setting `copies` sends all events on by the forward protocol.',
  lumberjack: 'The setting `copies` sends all events on by the forward protocol.',
  s3: "`longshore backup` writes the store's files; the setting `copies` sends events on.",
  statsd: 'The setting `log_metrics` makes metrics of events.',
  graphite: 'The setting `log_metrics` makes metrics of events.',
  influxdb: 'The setting `log_metrics` makes metrics of events.',
};

/** Variables as settings have them: `${NAME:-default}`. */
export function settingText(text: string): string {
  return withVariables(text, (name, fallback) => `\${${name}${fallback === undefined ? '' : `:-${fallback}`}}`);
}
