import { listener } from '../addresses.ts';
import { type Step, setAt } from '../model.ts';
import { both } from '../painless.ts';
import { child, type Directive, settingText } from './ast.ts';
import { type FluentdConversion, Params } from './conversion.ts';
import { parsePlan, withHandlers } from './parse-section.ts';

/** What a source adds to the pipeline: its `<parse>`, for the tag of its events. */
export interface SourcePlan {
  readonly tag: string | undefined;
  readonly steps: readonly Step[];
  readonly multiline?: Record<string, unknown> | undefined;
}

export function sourcePlan(
  directive: Directive,
  settings: Record<string, unknown>,
  conversion: FluentdConversion,
): SourcePlan {
  const params = new Params(directive, conversion);
  params.ignore('@label', 'label', 'tag');
  const tag = params.text('tag');
  const kind = Object.hasOwn(SOURCES, params.type) ? SOURCES[params.type]! : undefined;
  const section = child(directive, 'parse');
  params.ignore('parse');
  if (kind === undefined) {
    const hint = Object.hasOwn(HINTS, params.type) ? HINTS[params.type] : 'There is no such input.';
    if (UNNEEDED.has(params.type)) conversion.changed(params.where, `the source ${params.type} is not needed.`, hint);
    else conversion.leftOut(params.where, `the source ${params.type}`, hint);
    params.ignoreAll();
  } else {
    kind(params, settings, conversion);
    params.finish();
  }
  const parse = section === undefined ? undefined : new Params(section, conversion).type;
  if (section === undefined || tag === undefined || parse === 'none' || parse === 'json') return { tag, steps: [] };
  const plan = parsePlan(section, 'message', conversion);
  const failed: Step[] = [
    { processor: 'append', options: { field: 'tags', value: '_parsefailure', allow_duplicates: false } },
  ];
  const read: Step[] =
    plan.read === undefined
      ? []
      : [
          withHandlers(
            {
              ...plan.read,
              options: { ...plan.read.options, if: both('ctx.message instanceof String', plan.read.options?.if) },
            },
            failed,
          ),
        ];
  return { tag, steps: [...read, ...plan.after], multiline: plan.multiline };
}

type SourceKind = (params: Params, settings: Record<string, unknown>, conversion: FluentdConversion) => void;

const forward: SourceKind = (params, settings, conversion) => {
  params.ignore(
    'linger_timeout',
    'chunk_size_limit',
    'chunk_size_warn_limit',
    'skip_invalid_event',
    'source_address_key',
    'source_hostname_key',
    'resolve_hostname',
    'send_keepalive_packet',
    'backlog',
    'add_tag_prefix',
    'deny_keepalive',
    'blocking_timeout',
  );
  const forwardSettings = listener(params.text('bind') ?? '0.0.0.0', settingText(params.raw('port') ?? '24224'));
  const [security] = params.children('security');
  if (security !== undefined) {
    const inner = new Params(security, conversion);
    inner.ignore('user_auth', 'allow_anonymous_source');
    const key = inner.raw('shared_key');
    if (key !== undefined) {
      forwardSettings['shared_key'] = settingText(key);
      delete forwardSettings['allow'];
    }
    const name = inner.raw('self_hostname');
    if (name !== undefined) forwardSettings['self_hostname'] = settingText(name);
    const users = inner.children('user').map(user => {
      const one = new Params(user, conversion);
      return { username: settingText(one.raw('username') ?? ''), password: settingText(one.raw('password') ?? '') };
    });
    if (users.length > 0) forwardSettings['users'] = users;
    inner.ignore('client');
    inner.finish();
  }
  const tls = tlsOf(params, conversion);
  if (tls !== undefined) forwardSettings['tls'] = tls;
  setAt(settings, 'inputs.forward', forwardSettings);
};

function tlsOf(params: Params, conversion: FluentdConversion): Record<string, unknown> | undefined {
  const [transport] = params.children('transport');
  if (transport?.argument !== 'tls') return undefined;
  const inner = new Params(transport, conversion);
  inner.ignore('version', 'min_version', 'max_version', 'ciphers', 'insecure');
  const [cert, key, ca] = [inner.raw('cert_path'), inner.raw('private_key_path'), inner.raw('ca_path')];
  if (cert === undefined || key === undefined) {
    conversion.leftOut(inner.where, 'TLS without cert_path and private_key_path', 'Set `tls` of the input.');
    inner.ignoreAll();
    return undefined;
  }
  const tls = {
    cert_file: settingText(cert),
    key_file: settingText(key),
    ...(ca === undefined ? {} : { ca_file: settingText(ca) }),
    ...(inner.boolean('client_cert_auth', false) ? { require_client_cert: true } : {}),
  };
  inner.finish();
  return tls;
}

const http: SourceKind = (params, settings, conversion) => {
  params.ignore(
    'keepalive_timeout',
    'body_size_limit',
    'cors_allow_origins',
    'respond_with_empty_img',
    'use_204_response',
    'add_http_headers',
    'add_remote_addr',
    'blocking_timeout',
    'add_query_params',
  );
  const tls = tlsOf(params, conversion);
  setAt(settings, 'http', {
    ...listener(params.text('bind') ?? '0.0.0.0', settingText(params.raw('port') ?? '9880')),
    ...(tls === undefined ? {} : { tls }),
  });
};

const tcp: SourceKind = (params, settings, conversion) => {
  params.ignore('delimiter', 'source_host_key', 'source_hostname_key', 'linger_timeout', 'security');
  const parse = child(params.directive, 'parse');
  const type = parse === undefined ? undefined : new Params(parse, conversion).type;
  setAt(settings, 'inputs.tcp_json', {
    ...listener(params.text('bind') ?? '0.0.0.0', settingText(params.raw('port') ?? '5170')),
    ...(params.has('tag') ? { tag: params.text('tag') } : {}),
  });
  if (type !== 'json')
    conversion.changed(params.where, 'tcp: each line is an event; one that is a JSON object is read as such.');
};

const unix: SourceKind = (params, settings, conversion) => {
  params.ignore('backlog');
  const path = params.raw('path');
  if (path === undefined) return;
  const inputs = settings['inputs'] as Record<string, Record<string, unknown>> | undefined;
  setAt(settings, 'inputs.forward', { ...inputs?.['forward'], unix_socket: settingText(path) });
  void conversion;
};

const SOURCES: Readonly<Record<string, SourceKind>> = { forward, http, tcp, unix };

const UNNEEDED: ReadonlySet<string> = new Set([
  'monitor_agent',
  'debug_agent',
  'prometheus',
  'prometheus_monitor',
  'prometheus_output_monitor',
  'prometheus_tail_monitor',
  'gc_stat',
  'dummy',
  'sample',
]);
const FLUENT_BIT =
  'Let Fluent Bit or Docker (`--log-driver fluentd`) send the lines to `inputs.forward`, with this tag.';
const METRICS = 'Metrics are at /metrics.';
const HINTS: Readonly<Record<string, string>> = {
  tail: FLUENT_BIT,
  systemd: FLUENT_BIT,
  windows_eventlog: FLUENT_BIT,
  windows_eventlog2: FLUENT_BIT,
  exec: FLUENT_BIT,
  syslog: 'Switch `inputs.syslog` on.',
  udp: 'UDP is for syslog and GELF (`inputs.syslog`, `inputs.gelf`); use TCP for the rest.',
  beats: 'Switch `inputs.beats` on.',
  kafka: 'Let Fluent Bit read from Kafka and send to `inputs.forward`.',
  kafka_group: 'Let Fluent Bit read from Kafka and send to `inputs.forward`.',
  dummy: '`longshore demo` sends example lines.',
  sample: '`longshore demo` sends example lines.',
  monitor_agent: METRICS,
  debug_agent: METRICS,
  gc_stat: METRICS,
  prometheus: METRICS,
  prometheus_monitor: METRICS,
  prometheus_output_monitor: METRICS,
  prometheus_tail_monitor: METRICS,
};
