import { grokFields } from '../analysis.ts';
import type { Step, StepOptions } from '../model.ts';
import { fieldText } from '../painless.ts';
import type { Directive } from './ast.ts';
import { type FluentdConversion, Params } from './conversion.ts';
import { javaTimeFormats } from './strftime.ts';

/** What a `<parse>` does: steps that read `field`, and the fields that they may set (undefined: any). */
export interface ParsePlan {
  /** The step that may fail; its handlers are added by who uses it. */
  readonly read: Step | undefined;
  /** After it: types and the time. */
  readonly after: readonly Step[];
  readonly fields: readonly string[] | undefined;
  readonly multiline?: Record<string, unknown> | undefined;
}

/** Formats that Fluentd knows by name, written as patterns: names of fields and forms of lines are its own. */
const NAMED: Readonly<Record<string, { pattern: string; time: string; types?: string; dashes?: readonly string[] }>> = {
  apache2: {
    pattern: String.raw`^(?<host>\S*) \S* (?<user>\S*) \[(?<time>[^\]]*)\] "(?<method>\S+)(?: +(?<path>(?:[^"\\]|\\.)*?)(?: +\S*)?)?" (?<code>\S*) (?<size>\S*)(?: "(?<referer>(?:[^"\\]|\\.)*)" "(?<agent>(?:[^"\\]|\\.)*)")?$`,
    time: '%d/%b/%Y:%H:%M:%S %z',
    types: 'code:integer,size:integer',
    dashes: ['user', 'size', 'referer', 'agent'],
  },
  apache: {
    pattern: String.raw`^(?<host>\S*) \S* (?<user>\S*) \[(?<time>[^\]]*)\] "(?<method>\S+)(?: +(?<path>\S*) +\S*)?" (?<code>\S*) (?<size>\S*)(?: "(?<referer>[^"]*)" "(?<agent>[^"]*)")?$`,
    time: '%d/%b/%Y:%H:%M:%S %z',
  },
  apache_error: {
    pattern: String.raw`^\[\S* (?<time>[^\]]*)\] \[(?<level>[^\]]*)\](?: \[pid (?<pid>[^\]]*)\])?(?: \[client (?<client>[^\]]*)\])? (?<message>.*)$`,
    time: '%b %d %H:%M:%S.%N %Y',
  },
  nginx: {
    pattern: String.raw`^(?<remote>\S*) (?<host>\S*) (?<user>\S*) \[(?<time>[^\]]*)\] "(?<method>\S+)(?: +(?<path>[^"]*?)(?: +\S*)?)?" (?<code>\S*) (?<size>\S*)(?: "(?<referer>[^"]*)" "(?<agent>[^"]*)"(?:\s+(?<http_x_forwarded_for>\S+))?)?$`,
    time: '%d/%b/%Y:%H:%M:%S %z',
  },
  syslog: {
    pattern: String.raw`^(?<time>\S+\s+\d+ \d\d:\d\d:\d\d) (?<host>\S*) (?<ident>[^ :\[]*)(?:\[(?<pid>\d+)\])?(?:[^:]*:)? *(?<message>.*)$`,
    time: '%b %d %H:%M:%S',
  },
};

/** `below`: what stands before the names of the fields, where they go into an object. */
export function parsePlan(directive: Directive, field: string, conversion: FluentdConversion, below = ''): ParsePlan {
  const params = new Params(directive, conversion);
  const type =
    params.type === '' ? (params.directive.params.find(({ name }) => name === 'format')?.text ?? 'none') : params.type;
  params.ignore(
    'estimate_current_event',
    'timeout',
    'keep_time_key',
    'time_key',
    'time_format',
    'time_type',
    'types',
    'timezone',
    'utc',
    'localtime',
    'time_format_fallbacks',
    'null_value_pattern',
    'null_empty_string',
    'unmatched_lines',
  );
  const plan =
    (type.startsWith('/') ? regexp(type, params, field) : kindOf(type, params, field, conversion)) ?? NOTHING;
  if (params.has('null_value_pattern'))
    conversion.leftOut(params.where, '`null_value_pattern`', 'Use `remove` with a condition.');
  params.finish();
  return {
    ...plan,
    after: plan.own ?? [
      ...dashes(NAMED[type]?.dashes ?? []),
      ...types(params, NAMED[type]?.types, below),
      ...time(params, NAMED[type]?.time, plan.fields, conversion, below),
    ],
  };
}

type Plan = Omit<ParsePlan, 'after'> & { readonly own?: readonly Step[] };
const NOTHING: Plan = { read: undefined, fields: [] };

function kindOf(type: string, params: Params, field: string, conversion: FluentdConversion): Plan | undefined {
  if (Object.hasOwn(NAMED, type)) {
    if (type === 'syslog') syslogOptions(params, conversion);
    const withPriority = type === 'syslog' && params.boolean('with_priority', false);
    const { pattern } = NAMED[type]!;
    return grokPlan(field, [withPriority ? pattern.replace('^', '^<(?<pri>\\d{1,3})>') : pattern]);
  }
  switch (type) {
    case 'regexp':
      return regexp(params.text('expression') ?? '//', params, field);
    case 'json':
      params.ignore('json_parser', 'stream_buffer_size');
      return { read: { processor: 'json', options: { field, add_to_root: true } }, fields: undefined };
    case 'csv':
    case 'tsv':
      return columns(type, params, field);
    case 'ltsv':
      return pairs(params, field);
    case 'logfmt':
    case 'kv':
      return { read: { processor: 'pairs', options: { field, include_brackets: false } }, fields: undefined };
    case 'none': {
      const target = params.text('message_key') ?? 'message';
      return {
        read: target === field ? undefined : { processor: 'set', options: { field: target, copy_from: field } },
        fields: [target],
      };
    }
    case 'multiline':
      return multiline(params, field);
    case 'grok':
    case 'multiline_grok':
      return grok(params, field, conversion);
    case 'multi_format':
      return severalFormats(params, field, conversion);
    case 'cri':
      params.ignore('merge_cri_fields');
      return grokPlan(field, ['^(?<time>\\S+) (?<stream>stdout|stderr) (?<logtag>[FP]) (?<message>.*)$']);
    default:
      conversion.leftOut(
        params.where,
        `<parse> of the type ${type}`,
        'Write it with `grok`, `json`, `csv` or `dissect`.',
      );
      params.ignoreAll();
      return undefined;
  }
}

const isDate = ({ processor }: Step): boolean => processor === 'date';

/** Formats that are tried one after the other. */
function severalFormats(params: Params, field: string, conversion: FluentdConversion): Plan {
  const plans = params.children('pattern').map(pattern => parsePlan(pattern, field, conversion));
  const reads = plans.flatMap(({ read }) => (read === undefined ? [] : [read]));
  const read = reads.reduceRight<Step | undefined>(
    (next, one) => (next === undefined ? one : { ...one, options: { ...one.options, on_failure: [next] } }),
    undefined,
  );
  const all = plans.flatMap(({ after }) => after);
  // Formats of one field are tried one after the other; each field has its own.
  const dates = [...Map.groupBy(all.filter(isDate), ({ options }) => String(options?.['field'])).values()].map(
    (same): Step => {
      const formats = [...new Set(same.flatMap(({ options }) => options?.['formats'] as string[]))];
      return { ...same[0]!, options: { ...same[0]!.options, formats } };
    },
  );
  const others = all.filter(
    (step, i) => !isDate(step) && all.findIndex(one => JSON.stringify(one) === JSON.stringify(all[i])) === i,
  );
  const known = plans.every(({ fields }) => fields !== undefined);
  return {
    read,
    fields: known ? [...new Set(plans.flatMap(({ fields }) => fields ?? []))] : undefined,
    own: [...dates, ...others],
  };
}

/** The handlers of a failure at the last of steps that stand in for one another. */
export function withHandlers(step: Step, handlers: readonly Step[]): Step {
  const next = step.options?.on_failure?.[0];
  return {
    ...step,
    options: { ...step.options, on_failure: next === undefined ? handlers : [withHandlers(next, handlers)] },
  };
}

function syslogOptions(params: Params, conversion: FluentdConversion): void {
  params.ignore('parser_type', 'parser_engine', 'support_colonless_ident', 'rfc5424_time_format');
  const format = params.text('message_format');
  if (format !== undefined && format !== 'rfc3164')
    conversion.leftOut(
      params.where,
      `message_format ${format} of syslog`,
      'Use the patterns of grok: %{SYSLOG5424LINE}.',
    );
}

const grokPlan = (field: string, patterns: readonly string[]): Plan => ({
  read: { processor: 'grok', options: { field, patterns } },
  fields: knownFields(patterns),
});

function knownFields(patterns: readonly string[]): string[] | undefined {
  const fields = grokFields(patterns, undefined, undefined);
  return fields.includes('*') ? undefined : fields;
}

/** `/.../i`; `m` of Ruby lets the dot take line ends. */
function regexp(expression: string, params: Params, field: string): Plan {
  const [, source = expression, flags = ''] = /^\/([\s\S]*)\/([imx]*)$/.exec(expression) ?? [];
  const used = `${flags}${params.boolean('ignorecase', false) ? 'i' : ''}${params.boolean('multiline', false) ? 'm' : ''}`;
  return grokPlan(field, [`${used === '' ? '' : `(?${used})`}${source.replaceAll('\\/', '/')}`]);
}

function columns(type: 'csv' | 'tsv', params: Params, field: string): Plan {
  params.ignore('parser_type', 'parser_engine');
  const keys = params.list('keys');
  const delimiter = params.text('delimiter') ?? (type === 'tsv' ? '\t' : ',');
  const options: StepOptions = {
    field,
    target_fields: keys,
    ...(delimiter === ',' ? {} : { separator: delimiter }),
    // In TSV a quote means nothing: a character that no line has takes its place.
    ...(type === 'tsv' ? { quote: '\u0001' } : {}),
  };
  return { read: { processor: 'csv', options }, fields: keys };
}

function pairs(params: Params, field: string): Plan {
  const delimiter = params.text('delimiter') ?? '\t';
  const label = params.text('label_delimiter') ?? ':';
  const pattern = params.text('delimiter_pattern')?.replace(/^\/|\/$/g, '');
  const split = pattern === undefined ? { field_split: escaped(delimiter) } : { field_split_pattern: pattern };
  return {
    read: {
      processor: 'pairs',
      options: { field, ...split, value_split: escaped(label), whitespace: 'strict', include_brackets: false },
    },
    fields: undefined,
  };
}

const escaped = (characters: string): string => characters.replace(/[\\\]^-]/g, '\\$&');

function multiline(params: Params, field: string): Plan {
  const first = source(params.text('format_firstline'));
  const formats: string[] = [];
  for (let i = 1; i <= 20; i++) formats.push(source(params.text(`format${i}`)) ?? '');
  const pattern = formats.join('');
  return {
    ...(pattern === '' ? NOTHING : grokPlan(field, [`(?m)${pattern}`])),
    multiline: first === undefined ? undefined : { pattern: first, negate: true, what: 'previous' },
  };
}

/** A regular expression without its slashes. */
export function source(expression: string | undefined): string | undefined {
  if (expression === undefined || expression === '') return undefined;
  const [, inner = expression, flags = ''] = /^\/([\s\S]*)\/([imx]*)$/.exec(expression) ?? [];
  return `${flags.includes('i') ? '(?i)' : ''}${inner.replaceAll('\\/', '/')}`;
}

function grok(params: Params, field: string, conversion: FluentdConversion): Plan {
  params.ignore(
    'grok_failure_key',
    'grok_name_key',
    'grok_pattern_series',
    'multi_line_start_regexp',
    'multiline_start_regexp',
  );
  const patterns = params.has('grok_pattern') ? [params.text('grok_pattern')!] : [];
  for (const inner of params.children('grok')) {
    const one = new Params(inner, conversion);
    one.ignore('name', 'keep_time_key', 'time_key', 'time_format', 'timezone');
    const pattern = one.text('pattern');
    if (pattern !== undefined) patterns.push(pattern);
    one.finish();
  }
  const path = params.text('custom_pattern_path');
  const files = path === undefined ? [] : conversion.options.files(path);
  if (files === undefined)
    conversion.leftOut(
      params.where,
      `the patterns of ${path}, which is not here`,
      'Put them into `pattern_definitions`.',
    );
  const known = new Map<string, string>();
  for (const { text } of files ?? [])
    for (const line of text.split(/\r?\n/)) {
      const [, name, value] = /^\s*(\w+)\s+(.*\S)\s*$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) known.set(name, value);
    }
  const used: Record<string, string> = {};
  const look = (text: string): void => {
    for (const [, name] of text.matchAll(/%\{(\w+)/g)) {
      if (!known.has(name!) || Object.hasOwn(used, name!)) continue;
      used[name!] = known.get(name!)!;
      look(used[name!]!);
    }
  };
  for (const pattern of patterns) look(pattern);
  const fields = grokFields(patterns, used, undefined);
  // Fluentd's grok tries one pattern after the other, as Logstash's does.
  const several = patterns.length > 1 ? { dialect: 'logstash' } : {};
  const definitions = Object.keys(used).length === 0 ? {} : { pattern_definitions: used };
  const first = source(params.text('multiline_start_regexp') ?? params.text('multi_line_start_regexp'));
  return {
    read: { processor: 'grok', options: { field, patterns, ...definitions, ...several } },
    fields: fields.includes('*') ? undefined : fields,
    multiline: first === undefined ? undefined : { pattern: first, negate: true, what: 'previous' },
  };
}

/** A dash that stands for nothing. */
function dashes(fields: readonly string[]): Step[] {
  return fields.map(field => ({ processor: 'remove', options: { field, if: `${fieldText([field])} == '-'` } }));
}

/** `types a:integer,b:float,c:bool,d:array:,` */
function types(params: Params, named: string | undefined, below: string): Step[] {
  const param = params.param('types');
  const pairsOfTypes: [string, string][] =
    typeof param?.json === 'object' && param.json !== null
      ? Object.entries(param.json as Record<string, string>)
      : (params.text('types') ?? named ?? '')
          .split(',')
          .filter(one => one.includes(':'))
          .map(one => [one.slice(0, one.indexOf(':')).trim(), one.slice(one.indexOf(':') + 1).trim()]);
  return pairsOfTypes.flatMap(([name, type]): Step[] => {
    const field = below + name;
    const convert = (to: string): Step => ({
      processor: 'convert',
      options: { field, type: to, ignore_missing: true, ignore_failure: true },
    });
    switch (type.split(':')[0]) {
      case 'integer':
        return [convert('long')];
      case 'float':
        return [convert('double')];
      case 'string':
        return [convert('string')];
      case 'bool': {
        const value = fieldText(field.split('.'));
        return [
          {
            processor: 'set',
            options: {
              field,
              expression: `${value} == 'true' || ${value} == 'yes' || ${value} == '1'`,
              if: `${value} instanceof String`,
            },
          },
        ];
      }
      case 'array': {
        const separator = type.split(':')[1] ?? ',';
        return [
          {
            processor: 'split',
            options: {
              field,
              separator: (separator === '' ? ',' : separator).replace(/[\\^$.|?*+()[\]{}]/g, '\\$&'),
              ignore_missing: true,
            },
          },
        ];
      }
      default:
        return [];
    }
  });
}

/** The field of the time becomes the time of the event, and goes. */
function time(
  params: Params,
  named: string | undefined,
  fields: readonly string[] | undefined,
  conversion: FluentdConversion,
  below: string,
): Step[] {
  const key = params.text('time_key') ?? 'time';
  if (fields !== undefined && !fields.includes(key)) return [];
  const format = params.text('time_format') ?? named;
  const type = params.text('time_type');
  const zone = params.boolean('utc', false) ? 'UTC' : params.text('timezone');
  const given = [format, ...params.list('time_format_fallbacks')].filter(one => one !== undefined);
  const formats = given.flatMap(one => {
    const java = javaTimeFormats(one);
    if (java === undefined)
      conversion.leftOut(params.where, `the time format ${one}`, 'Write it as a format of `date`.');
    return java ?? [];
  });
  if (type === 'float' || type === 'unixtime') formats.unshift('UNIX');
  if (formats.length === 0) formats.push('ISO8601', 'UNIX');
  const field = below + key;
  const there = `${fieldText(field.split('.'))} != null`;
  const keeps = params.boolean('keep_time_key', false);
  return [
    {
      processor: 'date',
      options: {
        field,
        formats: [...new Set(formats)],
        ...(zone === undefined ? {} : { timezone: zone }),
        if: there,
        ignore_failure: true,
      },
    },
    ...(keeps ? [] : [{ processor: 'remove', options: { field, ignore_missing: true } }]),
  ];
}
