import { parse } from 'yaml';
import type { Step } from '../../model.ts';
import { both, fieldText, quoted, regexText } from '../../painless.ts';
import type { Conversion } from '../conversion.ts';
import type { PluginReader } from '../plugin-reader.ts';
import { fieldPath } from '../references.ts';
import { isThere } from './grok.ts';
import { type Converted, failureMark, onFailure } from './kind.ts';

const MAX_ENTRIES = 200;

/** `translate`: a look-up in a dictionary, as one expression. */
export function translate(plugin: PluginReader, conversion: Conversion): Converted {
  plugin.ignore('ecs_compatibility', 'refresh_interval', 'refresh_behaviour', 'iterate_on');
  const source = fieldPath(plugin.text('source') ?? plugin.text('field') ?? 'message');
  const target = plugin.text('target') ?? plugin.text('destination') ?? 'translation';
  const overrides = plugin.boolean('override', plugin.has('target'));
  const fallback = plugin.text('fallback');
  const isRegex = plugin.boolean('regex', false);
  const isExact = plugin.boolean('exact', true);
  const entries = plugin.pairs('dictionary').map(({ key, values }): [string, string] => [key, values[0] ?? '']);
  const path = plugin.text('dictionary_path');
  if (path !== undefined) {
    const read = dictionaryOf(path, conversion);
    if (read === undefined)
      return {
        steps: [
          conversion.leftOut(
            plugin.where,
            `the dictionary ${path} of translate`,
            'It is not here, or no YAML, JSON or CSV.',
          ),
        ],
      };
    entries.push(...read);
  }
  if (entries.length > MAX_ENTRIES)
    return {
      steps: [
        conversion.leftOut(
          plugin.where,
          `a dictionary of ${entries.length} entries`,
          `At most ${MAX_ENTRIES} fit into an expression.`,
        ),
      ],
    };
  const value = `${fieldText(source.split('.'))}.toString()`;
  const holds = ([key]: [string, string]): string =>
    isRegex
      ? `${value} =~ ${regexText(key)}`
      : isExact
        ? `${value} == ${quoted(key)}`
        : `${value}.contains(${quoted(key)})`;
  const otherwise = fallback === undefined ? 'null' : quoted(fallback);
  if (fallback?.includes('%{') === true)
    conversion.changed(plugin.where, 'translate: the field in `fallback` stays as it is written.');
  const dictionary = `[${entries.map(([key, text]) => `${quoted(key)}: ${quoted(text)}`).join(', ')}]`;
  const expression =
    entries.length === 0
      ? otherwise
      : !isRegex && isExact
        ? `${dictionary}.getOrDefault(${value}, ${otherwise})`
        : entries.reduceRight((rest, entry) => `${holds(entry)} ? ${quoted(entry[1])} : ${rest}`, otherwise);
  const field = fieldPath(target);
  return {
    steps: [
      {
        processor: 'set',
        options: {
          field,
          expression,
          ...(overrides ? {} : { override: false }),
          ignore_empty_value: true,
          if: isThere(source),
        },
      },
    ],
    done: both(isThere(source), isThere(field)),
  };
}

function dictionaryOf(path: string, conversion: Conversion): [string, string][] | undefined {
  const file = conversion.options.files(path)?.[0];
  if (file === undefined) return undefined;
  if (/\.csv$/i.test(path))
    return file.text
      .split(/\r?\n/)
      .filter(line => line.includes(','))
      .map(line => [unquoted(line.slice(0, line.indexOf(','))), unquoted(line.slice(line.indexOf(',') + 1))]);
  try {
    const value: unknown = parse(file.text, { schema: 'failsafe' });
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return Object.entries(value).map(([key, text]) => [key, String(text)]);
  } catch {
    return undefined;
  }
}

const unquoted = (text: string): string => text.trim().replace(/^"(.*)"$/, '$1');

export function useragent(plugin: PluginReader, conversion: Conversion): Converted {
  plugin.ignore('lru_cache_size', 'ecs_compatibility');
  const source = fieldPath(plugin.text('source', 'message'));
  const target = plugin.text('target');
  if (plugin.has('regexes'))
    conversion.leftOut(plugin.where, 'the file `regexes` of useragent', 'The rules of uap-core are used.');
  if (plugin.has('prefix')) conversion.leftOut(plugin.where, '`prefix` of useragent', 'Give it a target and rename.');
  conversion.changed(
    plugin.where,
    'useragent: the fields are those of the Elastic Common Schema: name, version, os.name, os.version, device.name.',
    'Logstash 7 wrote name, os, os_name, os_major, device and more.',
  );
  return {
    steps: [
      {
        processor: 'user_agent',
        options: {
          field: source,
          ...(target === undefined ? {} : { target_field: fieldPath(target) }),
          ignore_missing: true,
        },
      },
    ],
  };
}

export function geoip(plugin: PluginReader, conversion: Conversion): Converted {
  plugin.ignore('cache_size', 'database', 'default_database_type', 'ecs_compatibility', 'fields');
  const tags = plugin.has('tag_on_failure') ? plugin.texts('tag_on_failure') : ['_geoip_lookup_failure'];
  if (!conversion.options.processors.has('geoip'))
    return { steps: [conversion.leftOut(plugin.where, 'geoip', 'There is no geographical database here.')] };
  const source = fieldPath(plugin.text('source', 'message'));
  const target = plugin.text('target');
  const mark = failureMark(plugin);
  return {
    steps: [
      {
        processor: 'geoip',
        options: {
          field: source,
          ...(target === undefined ? {} : { target_field: fieldPath(target) }),
          ignore_missing: true,
          ...onFailure(mark.handlers(tags)),
        },
      },
    ],
    done: mark.done(isThere(source)),
  };
}

const METHODS: Record<string, string> = {
  SHA1: 'SHA-1',
  SHA256: 'SHA-256',
  SHA384: 'SHA-512',
  SHA512: 'SHA-512',
  MD5: 'MD5',
  MURMUR3: 'SHA-1',
  MURMUR3_128: 'SHA-1',
};

export function fingerprint(plugin: PluginReader, conversion: Conversion): Converted {
  plugin.ignore('base64encode', 'concatenate_sources', 'concatenate_all_fields', 'ecs_compatibility');
  const method = plugin.text('method', 'SHA1');
  const target = fieldPath(plugin.text('target', 'fingerprint'));
  const sources = plugin.texts('source').map(fieldPath);
  const key = plugin.text('key');
  if (!Object.hasOwn(METHODS, method))
    return {
      steps: [
        conversion.leftOut(
          plugin.where,
          `the method ${method} of fingerprint`,
          'Every event has an id of its own already.',
        ),
      ],
    };
  conversion.changed(
    plugin.where,
    'fingerprint: the same fields give the same text, but not the text that Logstash gives.',
  );
  return {
    steps: [
      {
        processor: 'fingerprint',
        options: {
          fields: sources.length === 0 ? ['message'] : sources,
          target_field: target,
          method: METHODS[method],
          ...(key === undefined ? {} : { salt: key }),
          ignore_missing: true,
        },
      },
    ],
  };
}

const FACILITIES = [
  'kernel',
  'user-level',
  'mail',
  'daemon',
  'security/authorization',
  'syslogd',
  'line printer',
  'network news',
  'uucp',
  'clock',
  'security/authorization',
  'ftp',
  'ntp',
  'log audit',
  'log alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
];
const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'];

/** `syslog_pri`: facility and severity out of the number in front of a line of syslog. */
export function syslogPri(plugin: PluginReader, conversion: Conversion): Converted {
  const ecs = plugin.text('ecs_compatibility', conversion.options.ecs) !== 'disabled';
  const source = fieldPath(plugin.text('syslog_pri_field_name', ecs ? 'log.syslog.priority' : 'syslog_pri'));
  const usesLabels = plugin.boolean('use_labels', true);
  const facilities = plugin.has('facility_labels') ? plugin.texts('facility_labels') : FACILITIES;
  const severities = plugin.has('severity_labels') ? plugin.texts('severity_labels') : SEVERITIES;
  const value = fieldText(source.split('.'));
  const number = `Integer.parseInt((${value} ?: 13).toString())`;
  const set = (field: string, expression: string): Step => ({
    processor: 'set',
    options: { field, expression, ignore_failure: true },
  });
  const names = ecs
    ? ['log.syslog.facility.code', 'log.syslog.severity.code', 'log.syslog.facility.name', 'log.syslog.severity.name']
    : ['syslog_facility_code', 'syslog_severity_code', 'syslog_facility', 'syslog_severity'];
  const list = (labels: readonly string[]): string => `[${labels.map(quoted).join(', ')}]`;
  return {
    steps: [
      set(names[0]!, `(int) (${number} / 8)`),
      set(names[1]!, `${number} % 8`),
      ...(usesLabels
        ? [
            set(names[2]!, `${list(facilities)}[(int) (${number} / 8)]`),
            set(names[3]!, `${list(severities)}[${number} % 8]`),
          ]
        : []),
    ],
  };
}
