import { listener } from '../addresses.ts';
import { type Step, setAt } from '../model.ts';
import { type Entry, type Plugin, placeText, type Value } from './ast.ts';
import type { Conversion } from './conversion.ts';
import { withCondition } from './filters/common.ts';
import { multilineOf } from './multiline.ts';
import { settingText } from './outputs.ts';
import { PluginReader } from './plugin-reader.ts';
import { fieldPath } from './references.ts';

/** Inputs as settings; what they add to events (`type`, `tags`, `add_field`) as steps. */
export function inputSettings(
  body: readonly Entry[],
  settings: Record<string, unknown>,
  conversion: Conversion,
): { steps: Step[]; multiline: Record<string, unknown> | undefined } {
  const plugins = pluginsOf(body);
  let multiline: Record<string, unknown> | undefined;
  const steps = plugins.flatMap(plugin => {
    const reader = new PluginReader(plugin, conversion);
    reader.ignore('id', 'enable_metric', 'ecs_compatibility');
    const tag = (INPUTS[plugin.name] ?? unknown)(reader, settings, conversion);
    const codec = reader.value('codec');
    if (codec?.kind === 'plugin' && codec.plugin.name === 'multiline')
      multiline = multilineOf(codec.plugin, conversion);
    const added = additions(reader, conversion);
    reader.finish();
    // Without a tag of its own nobody can say later which input an event came by.
    if (plugins.length === 1) return added;
    if (tag !== undefined) return added.map(step => withCondition(step, `ctx.tag == '${tag}'`));
    return added.length === 0
      ? []
      : [
          conversion.leftOut(
            reader.where,
            `what the input ${plugin.name} adds to its events`,
            'Set it where their tag says that they are meant.',
          ),
        ];
  });
  return { steps, multiline };
}

/** Inputs may stand in conditions, which nobody does. */
function pluginsOf(body: readonly Entry[]): Plugin[] {
  return body.flatMap(entry => (entry.kind === 'plugin' ? [entry] : entry.arms.flatMap(arm => pluginsOf(arm.body))));
}

/** Sets what the input asks for; answers the tag of its events, if all have one. */
type InputKind = (
  plugin: PluginReader,
  settings: Record<string, unknown>,
  conversion: Conversion,
) => string | undefined;

function additions(plugin: PluginReader, conversion: Conversion): Step[] {
  const steps: Step[] = [];
  const type = plugin.text('type');
  if (type !== undefined) steps.push({ processor: 'set', options: { field: 'type', value: type, override: false } });
  for (const { key, values, where } of plugin.pairs('add_field'))
    for (const value of values)
      steps.push({
        processor: 'set',
        options: { field: fieldPath(key), value: conversion.template(value, where), override: false },
      });
  const tags = plugin.texts('tags');
  if (tags.length > 0)
    steps.push({ processor: 'append', options: { field: 'tags', value: tags.length === 1 ? tags[0] : tags } });
  return steps;
}

const codecOf = (value: Value | undefined): string | undefined =>
  value?.kind === 'plugin'
    ? value.plugin.name
    : value?.kind === 'word' || value?.kind === 'text'
      ? value.text
      : undefined;

const tcp: InputKind = (plugin, settings, conversion) => {
  const port = plugin.raw('port') ?? '5000';
  const codec = codecOf(plugin.value('codec')) ?? 'line';
  plugin.ignore('mode', 'tcp_keep_alive', 'dns_reverse_lookup_enabled');
  if (plugin.has('ssl_enable') || plugin.has('ssl_enabled')) tlsLeftOut(plugin, conversion);
  if (codec === 'fluent') {
    setAt(settings, 'inputs.forward', listener(plugin.text('host'), settingText(port)));
    return undefined;
  }
  if (codec !== 'json' && codec !== 'json_lines')
    conversion.changed(
      plugin.where,
      `tcp with the codec ${codec}: each line is an event; one that is a JSON object is read as such.`,
    );
  if (isTaken(settings, 'tcp_json'))
    conversion.leftOut(plugin.where, 'a second tcp input', 'Let the senders use one port, or a second longshore.');
  else setAt(settings, 'inputs.tcp_json', listener(plugin.text('host'), settingText(port)));
  return 'tcp_json';
};

const http: InputKind = (plugin, settings, conversion) => {
  plugin.ignore(
    'codec',
    'additional_codecs',
    'threads',
    'response_headers',
    'remote_host_target_field',
    'request_headers_target_field',
  );
  setAt(settings, 'http', listener(plugin.text('host'), settingText(plugin.raw('port') ?? '8080')));
  conversion.changed(
    plugin.where,
    'http: events are posted to /api/logs?tag=NAME or to /NAME.',
    'Change the path at the senders.',
  );
  if (plugin.has('user') || plugin.has('password'))
    conversion.leftOut(plugin.where, 'the user of the http input', 'Use `http.tokens`.');
  return 'http';
};

/** Beats and Elastic Agent; Logstash's own `lumberjack` speaks version 1 of the protocol. */
const beats: InputKind = (plugin, settings, conversion) => {
  plugin.ignore('client_inactivity_timeout', 'executor_threads', 'event_loop_threads', 'include_codec_tag', 'enrich');
  plugin.ignore('add_hostname', 'congestion_threshold', 'target_field_for_codec', 'ssl_handshake_timeout');
  const port = settingText(plugin.raw('port') ?? '5044');
  if (isTaken(settings, 'beats')) {
    conversion.leftOut(
      plugin.where,
      'a second input for Beats',
      'Let the senders use one port, or a second longshore.',
    );
    return 'beats';
  }
  setAt(settings, 'inputs.beats', { ...listener(plugin.text('host'), port), ...tlsOf(plugin) });
  for (const [name, value] of plugin.plugin.options) {
    if (!name.startsWith('ssl')) continue;
    plugin.ignore(name);
    if (!TLS_READ.has(name))
      conversion.leftOut(placeText(value.at), `\`${name}\` of ${plugin.plugin.name}`, 'See `inputs.beats.tls`.');
  }
  return 'beats';
};

const TLS_READ = new Set([
  ...['ssl', 'ssl_enabled', 'ssl_certificate', 'ssl_key', 'ssl_certificate_authorities'],
  ...['ssl_client_authentication', 'ssl_verify_mode'],
]);

/** With a certificate TLS is on, whatever the plugin's version calls the switch. */
function tlsOf(plugin: PluginReader): { tls?: Record<string, unknown> } {
  const certificate = plugin.text('ssl_certificate');
  const key = plugin.text('ssl_key');
  if (certificate === undefined || key === undefined) return {};
  const [authority] = plugin.texts('ssl_certificate_authorities');
  const mode = plugin.text('ssl_client_authentication') ?? plugin.text('ssl_verify_mode');
  return {
    tls: {
      ...{ cert_file: certificate, key_file: key },
      ...(authority === undefined ? {} : { ca_file: authority }),
      ...(mode === 'required' || mode === 'force_peer' ? { require_client_cert: true } : {}),
    },
  };
}

const forwarded =
  (hint: string): InputKind =>
  (plugin, _, conversion) => {
    for (const [name] of plugin.plugin.options) plugin.ignore(name);
    conversion.leftOut(plugin.where, `the input ${plugin.name}`, hint);
    return undefined;
  };

const FLUENT_BIT = 'Let Fluent Bit or Docker (`--log-driver fluentd`) send the lines to `inputs.forward`.';

const INPUTS: Readonly<Record<string, InputKind>> = {
  tcp,
  http,
  beats,
  elastic_agent: beats,
  lumberjack: beats,
  file: forwarded(FLUENT_BIT),
  docker: forwarded(FLUENT_BIT),
  stdin: forwarded('`longshore parse` reads lines, and POST /api/logs takes events.'),
  generator: forwarded('`longshore demo` sends example lines.'),
  heartbeat: forwarded('The setting `canary` sends events that are looked for.'),
  gelf: forwarded('Switch `inputs.gelf` on.'),
  syslog: forwarded('Switch `inputs.syslog` on.'),
  udp: forwarded('UDP is for syslog and GELF (`inputs.syslog`, `inputs.gelf`); use TCP for the rest.'),
  unix: forwarded('`inputs.tcp_json.unix_socket` listens on a socket.'),
  kafka: forwarded('Let Fluent Bit read from Kafka and send to `inputs.forward`.'),
  redis: forwarded('Let the senders use `inputs.forward`; the spool keeps what comes in.'),
  rabbitmq: forwarded('Let the senders use `inputs.forward`; the spool keeps what comes in.'),
  s3: forwarded('Let Fluent Bit read from it and send to `inputs.forward`.'),
};

const unknown: InputKind = forwarded('There is no such input.');

function isTaken(settings: Readonly<Record<string, unknown>>, name: string): boolean {
  return (settings['inputs'] as Record<string, unknown> | undefined)?.[name] !== undefined;
}

function tlsLeftOut(plugin: PluginReader, conversion: Conversion): void {
  for (const [name, value] of plugin.plugin.options) {
    if (!name.startsWith('ssl')) continue;
    plugin.ignore(name);
    conversion.leftOut(placeText(value.at), `\`${name}\` of tcp`, 'TLS is at `inputs.forward.tls` and `http.tls`.');
  }
}
