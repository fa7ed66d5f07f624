import { grokFields } from '../../analysis.ts';
import type { Step, StepOptions } from '../../model.ts';
import { both, fieldText } from '../../painless.ts';
import { type Conversion, readTemporary, temporary } from '../conversion.ts';
import type { PluginReader } from '../plugin-reader.ts';
import { fieldPath } from '../references.ts';
import { type Converted, failureMark, hasSuccessOptions, onFailure, tagged } from './kind.ts';

/** `grok`: patterns are tried one after the other, as Logstash does. */
export function grok(plugin: PluginReader, conversion: Conversion): Converted {
  const matches = plugin.pairs('match').map(({ key, values }) => ({ field: fieldPath(key), patterns: values }));
  const tags = plugin.has('tag_on_failure') ? plugin.texts('tag_on_failure') : ['_grokparsefailure'];
  const breaks = plugin.boolean('break_on_match', true);
  const overwrite = new Set(plugin.texts('overwrite').map(fieldPath));
  const ecs = plugin.text('ecs_compatibility', conversion.options.ecs) === 'disabled' ? 'disabled' : 'v1';
  const target = plugin.text('target');
  plugin.ignore('tag_on_timeout', 'timeout_scope', 'patterns_files_glob', 'singles');
  if (plugin.has('timeout_millis') || plugin.has('timeout'))
    conversion.changed(plugin.where, 'grok: the time limit is that of all expressions, the setting `expressions`.');
  const allNames = !plugin.boolean('named_captures_only', true);
  if (allNames)
    conversion.leftOut(plugin.where, '`named_captures_only => false` of grok', 'Name the fields: %{WORD:word}.');
  if (plugin.boolean('keep_empty_captures', false))
    conversion.leftOut(plugin.where, '`keep_empty_captures` of grok', 'Set the field where it is missing.');
  const definitions = definitionsOf(
    plugin,
    conversion,
    matches.flatMap(match => match.patterns),
  );
  const options = (field: string, patterns: readonly string[]): StepOptions => ({
    field,
    patterns: target === undefined ? patterns : patterns.map(pattern => below(fieldPath(target), pattern)),
    ...(Object.keys(definitions).length === 0 ? {} : { pattern_definitions: definitions }),
    ...(ecs === 'v1' ? { ecs_compatibility: 'v1' } : {}),
    dialect: 'logstash',
  });
  const fields = grokFields(
    matches.flatMap(match => match.patterns),
    definitions,
    ecs,
  );
  const twice = fields.filter(field => field !== '*' && conversion.isNamed(field) && !overwrite.has(field));
  if (twice.length > 0)
    conversion.changed(
      plugin.where,
      `grok: ${twice.join(', ')} may be there already. Logstash makes a list of both values; here the captured one replaces it.`,
      'Capture into another field if you want both.',
    );
  if (matches.length === 0 || matches.every(({ patterns }) => patterns.length === 0))
    return { steps: [conversion.leftOut(plugin.where, 'a grok without `match`')] };
  if (!breaks && matches.flatMap(match => match.patterns).length > 1)
    return allOf(
      plugin,
      matches.flatMap(({ field, patterns }) => patterns.map(pattern => options(field, [pattern]))),
      tags,
    );
  const mark = failureMark(plugin);
  const step = matches.reduceRight<Step | undefined>(
    (next, { field, patterns }) => ({
      processor: 'grok',
      options: {
        ...options(field, patterns),
        ...onFailure(next === undefined ? mark.handlers(tags) : [next]),
      },
    }),
    undefined,
  );
  return { steps: [step!], done: mark.done() };
}

/** `break_on_match => false`: all patterns are tried; it failed when none matched. */
function allOf(plugin: PluginReader, tries: readonly StepOptions[], tags: readonly string[]): Converted {
  const name = `missed_${plugin.line}`;
  const isAll = `${readTemporary(name)} != null && ${readTemporary(name)}.size() == ${tries.length}`;
  const count = (i: number): Step => ({
    processor: 'append',
    options: { field: temporary(name), value: [`pattern ${i + 1}`] },
  });
  const steps: Step[] = tries.map((options, i) => ({
    processor: 'grok',
    options: { ...options, on_failure: [count(i)] },
  }));
  const tag = tagged(tags).map(step => ({ ...step, options: { ...step.options, if: isAll } }));
  const done = hasSuccessOptions(plugin)
    ? `${readTemporary(name)} == null || ${readTemporary(name)}.size() < ${tries.length}`
    : undefined;
  return { steps: [...steps, ...tag], done };
}

/** `pattern_definitions`, and of the files in `patterns_dir` what the patterns use. */
function definitionsOf(
  plugin: PluginReader,
  conversion: Conversion,
  patterns: readonly string[],
): Record<string, string> {
  const own = Object.fromEntries(plugin.pairs('pattern_definitions').map(({ key, values }) => [key, values[0] ?? '']));
  const known = new Map<string, string>();
  for (const dir of plugin.texts('patterns_dir')) {
    const files = conversion.options.files(dir);
    if (files === undefined) {
      conversion.leftOut(
        plugin.where,
        `the patterns of ${dir}, which is not here`,
        'Put them into `pattern_definitions`.',
      );
      continue;
    }
    for (const { text } of files)
      for (const line of text.split(/\r?\n/)) {
        const [, name, source] = /^\s*(\w+)\s+(.*\S)\s*$/.exec(line) ?? [];
        if (name !== undefined && source !== undefined && !line.trimStart().startsWith('#')) known.set(name, source);
      }
  }
  const used: Record<string, string> = {};
  const look = (text: string): void => {
    for (const [, name] of text.matchAll(/%\{(\w+)/g)) {
      const source = own[name!] ?? known.get(name!);
      if (source === undefined || Object.hasOwn(used, name!)) continue;
      used[name!] = source;
      look(source);
    }
  };
  for (const pattern of patterns) look(pattern);
  return used;
}

/** The same pattern with its fields below another one. */
function below(target: string, pattern: string): string {
  const at = (name: string): string => `[${`${target}.${fieldPath(name)}`.split('.').join('][')}]`;
  return pattern.replace(/%\{(\w+):([^:}]+)/g, (_, name: string, field: string) => `%{${name}:${at(field)}`);
}

/** Says that a field is there. */
export const isThere = (path: string, also?: string): string => both(`${fieldText(path.split('.'))} != null`, also)!;
