import type { Step, StepOptions } from '../../model.ts';
import { fieldText } from '../../painless.ts';
import type { Conversion } from '../conversion.ts';
import type { PluginReader } from '../plugin-reader.ts';
import { fieldPath } from '../references.ts';
import { isThere } from './grok.ts';
import { type Converted, failureMark, onFailure } from './kind.ts';
import { urldecodeAll } from './scripted.ts';

export function json(plugin: PluginReader): Converted {
  const field = fieldPath(plugin.text('source', 'message'));
  const target = plugin.text('target');
  plugin.ignore('ecs_compatibility');
  const skips = plugin.boolean('skip_on_invalid_json', false);
  const tags = plugin.has('tag_on_failure') ? plugin.texts('tag_on_failure') : ['_jsonparsefailure'];
  const mark = failureMark(plugin);
  const where: StepOptions = target === undefined ? { add_to_root: true } : { target_field: fieldPath(target) };
  return {
    steps: [
      {
        processor: 'json',
        options: { field, ...where, if: isThere(field), ...onFailure(mark.handlers(skips ? [] : tags)) },
      },
    ],
    done: mark.done(isThere(field)),
  };
}

/** `kv` of Logstash finds pairs anywhere, with values in quotes: that is `pairs` here, not the `kv` of Elasticsearch. */
export function kv(plugin: PluginReader, conversion: Conversion): Converted {
  const field = fieldPath(plugin.text('source', 'message'));
  const target = plugin.text('target');
  plugin.ignore('ecs_compatibility', 'tag_on_failure', 'tag_on_timeout', 'timeout_millis');
  const options: Record<string, unknown> = { field };
  if (target !== undefined) options['target_field'] = fieldPath(target);
  for (const name of ['field_split', 'field_split_pattern', 'value_split', 'value_split_pattern'])
    if (plugin.has(name)) options[name] = plugin.text(name);
  if (plugin.has('prefix')) options['prefix'] = conversion.template(plugin.text('prefix', ''), plugin.where);
  for (const name of ['include_keys', 'exclude_keys']) if (plugin.has(name)) options[name] = plugin.texts(name);
  for (const name of [
    'trim_key',
    'trim_value',
    'remove_char_key',
    'remove_char_value',
    'transform_key',
    'transform_value',
  ])
    if (plugin.has(name)) options[name] = plugin.text(name);
  if (!plugin.boolean('allow_duplicate_values', true)) options['allow_duplicate_values'] = false;
  if (!plugin.boolean('include_brackets', true)) options['include_brackets'] = false;
  if (plugin.boolean('recursive', false)) options['recursive'] = true;
  if (plugin.text('whitespace') === 'strict') options['whitespace'] = 'strict';
  if (plugin.boolean('allow_empty_values', false)) options['allow_empty_values'] = true;
  const defaults = plugin.pairs('default_keys').map(
    ({ key, values, where }): Step => ({
      processor: 'set',
      options: {
        field: target === undefined ? key : `${fieldPath(target)}.${key}`,
        value: conversion.template(values[0] ?? '', where),
        ...(target === undefined ? {} : { override: false }),
      },
    }),
  );
  const mark = failureMark(plugin);
  return {
    steps: [
      ...(target === undefined ? defaults : []),
      {
        processor: 'pairs',
        options: {
          ...options,
          if: `${fieldText(field.split('.'))} instanceof String`,
          ...onFailure(mark.handlers(['_kv_filter_error'])),
        },
      },
      ...(target === undefined ? [] : defaults),
    ],
    done: mark.done(isThere(field)),
  };
}

export function dissect(plugin: PluginReader, conversion: Conversion): Converted {
  const tags = plugin.has('tag_on_failure') ? plugin.texts('tag_on_failure') : ['_dissectfailure'];
  const mark = failureMark(plugin);
  const steps = plugin.pairs('mapping').map(({ key, values, where }): Step => {
    const field = fieldPath(key);
    const { pattern, separator } = dissectPattern(values[0] ?? '');
    if (separator === null)
      conversion.changed(
        where,
        'dissect: parts that are put together keep their own delimiters in Logstash; here a blank stands between them.',
      );
    return {
      processor: 'dissect',
      options: {
        field,
        pattern,
        ...(separator === undefined ? {} : { append_separator: separator ?? ' ' }),
        if: isThere(field),
        ...onFailure(mark.handlers(tags)),
      },
    };
  });
  const conversions = plugin.pairs('convert_datatype').map(
    ({ key, values }): Step => ({
      processor: 'convert',
      options: {
        field: fieldPath(key),
        type: values[0] === 'int' ? 'long' : 'double',
        ignore_missing: true,
        ignore_failure: true,
      },
    }),
  );
  return { steps: [...steps, ...conversions], done: mark.done() };
}

/** Names as paths, pairs as Elasticsearch writes them; the separator of appended parts (null: they have several). */
function dissectPattern(pattern: string): { pattern: string; separator: string | null | undefined } {
  const valued = new Set([...pattern.matchAll(/%\{&([^}/>-]+)/g)].map(match => match[1]!));
  const separators = new Set<string>();
  let last = 0;
  const written = pattern.replace(
    /%\{([+?&]?)([^{}]*?)(\/\d+)?(->)?\}/g,
    (_, sigil: string, name: string, order = '', padded = '', at: number) => {
      if (sigil === '+') separators.add(pattern.slice(last, at));
      last = at + `%{${sigil}${name}${order}${padded}}`.length;
      const kind = sigil === '?' && valued.has(name) ? '*' : sigil;
      return `%{${kind}${name === '' ? '' : fieldPath(name)}${order}${padded}}`;
    },
  );
  return {
    pattern: written,
    separator: separators.size === 0 ? undefined : separators.size === 1 ? [...separators][0] : null,
  };
}

export function csv(plugin: PluginReader, conversion: Conversion): Converted {
  const field = fieldPath(plugin.text('source', 'message'));
  const target = plugin.text('target');
  const names = plugin.texts('columns').map(fieldPath);
  const tags = plugin.has('tag_on_failure') ? plugin.texts('tag_on_failure') : ['_csvparsefailure'];
  plugin.ignore('ecs_compatibility', 'skip_empty_columns', 'skip_empty_rows', 'skip_header');
  const generates = plugin.boolean('autogenerate_column_names', true);
  if (plugin.boolean('autodetect_column_names', false))
    return {
      steps: [
        conversion.leftOut(plugin.where, '`autodetect_column_names` of csv', 'Name the columns in `target_fields`.'),
      ],
    };
  const columns = names.length > 0 ? names : Array.from({ length: GENERATED }, (_, i) => `column${i + 1}`);
  if (names.length === 0)
    conversion.changed(plugin.where, `csv has no \`columns\`: ${GENERATED} of them are named column1 and so on.`);
  else if (generates)
    conversion.changed(
      plugin.where,
      'csv: columns beyond those that are named are left out; Logstash names them column and a number.',
    );
  const separator = plugin.text('separator');
  const quote = plugin.text('quote_char');
  const mark = failureMark(plugin);
  const converts = plugin.pairs('convert').map(({ key, values, where }): Step => {
    const type = { integer: 'long', float: 'double', boolean: 'boolean' }[values[0] ?? ''];
    if (type === undefined)
      return conversion.leftOut(where, `the conversion of ${key} to \`${values[0]}\` in csv`, 'Use `date`.');
    const column = target === undefined ? fieldPath(key) : `${fieldPath(target)}.${fieldPath(key)}`;
    return { processor: 'convert', options: { field: column, type, ignore_missing: true, ignore_failure: true } };
  });
  return {
    steps: [
      {
        processor: 'csv',
        options: {
          field,
          target_fields: target === undefined ? columns : columns.map(name => `${fieldPath(target)}.${name}`),
          ...(separator === undefined || separator === ','
            ? {}
            : { separator: separator === '\\t' ? '\t' : separator }),
          ...(quote === undefined || quote === '"' ? {} : { quote }),
          if: isThere(field),
          ...onFailure(mark.handlers(tags)),
        },
      },
      ...converts,
    ],
    done: mark.done(isThere(field)),
  };
}

const GENERATED = 20;

export function urldecode(plugin: PluginReader): Converted {
  plugin.ignore('charset');
  if (plugin.boolean('all_fields', false)) return { steps: [urldecodeAll()] };
  const field = fieldPath(plugin.text('field', 'message'));
  const tags = plugin.has('tag_on_failure') ? plugin.texts('tag_on_failure') : ['_urldecodefailure'];
  const mark = failureMark(plugin);
  return {
    steps: [{ processor: 'urldecode', options: { field, ignore_missing: true, ...onFailure(mark.handlers(tags)) } }],
    done: mark.done(),
  };
}

export function jsonEncode(plugin: PluginReader): Converted {
  const source = fieldPath(plugin.text('source', 'message'));
  const target = plugin.text('target');
  return {
    steps: [
      {
        processor: 'set',
        options: {
          field: target === undefined ? source : fieldPath(target),
          value: `{{#toJson}}${source}{{/toJson}}`,
          if: isThere(source),
        },
      },
    ],
  };
}
