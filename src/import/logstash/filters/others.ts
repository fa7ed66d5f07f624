import type { Step } from '../../model.ts';
import { fieldText } from '../../painless.ts';
import type { Conversion } from '../conversion.ts';
import type { PluginReader } from '../plugin-reader.ts';
import { fieldPath } from '../references.ts';
import type { Converted } from './kind.ts';

export function drop(plugin: PluginReader, conversion: Conversion): Converted {
  const percentage = plugin.number('percentage');
  if (percentage !== undefined && percentage < 100)
    return { steps: [conversion.leftOut(plugin.where, `drop of ${percentage} percent`, 'All events are kept.')] };
  return { steps: [{ processor: 'drop', options: {} }] };
}

/** `ruby`: what only sets, copies and removes fields, statement by statement; anything else is named. */
export function ruby(plugin: PluginReader, conversion: Conversion): Converted {
  plugin.ignore('init', 'script_params', 'tag_on_exception', 'tag_with_exception_message');
  const code = plugin.text('code');
  const steps =
    code === undefined || plugin.has('path') || plugin.has('init')
      ? undefined
      : rubySteps(code, conversion, plugin.where);
  if (steps !== undefined) return { steps };
  return {
    steps: [
      conversion.leftOut(plugin.where, 'ruby', 'Write it with `set`, `convert`, `gsub`, conditions or `script`.'),
      ...(code === undefined ? [] : [{ comment: code.trim() }]),
    ],
  };
}

const FIELD = String.raw`\(\s*(['"])((?:(?!\1)[^\\#])+)\1\s*`;
const SET_TEXT = new RegExp(
  String.raw`^event\.set${FIELD},\s*(?:(['"])((?:(?!\3)[^\\#])*)\3|(-?\d+(?:\.\d+)?|true|false))\s*\)$`,
);
const SET_COPY = new RegExp(
  String.raw`^event\.set${FIELD},\s*event\.get\(\s*(['"])((?:(?!\3)[^\\#])+)\3\s*\)\s*(\.downcase|\.upcase|\.strip|\.to_i|\.to_f|\.to_s)?\s*\)$`,
);
const REMOVE = new RegExp(String.raw`^event\.remove${FIELD}\)$`);
const TAG = new RegExp(String.raw`^event\.tag${FIELD}\)$`);
const CALLS: Record<string, Step> = {
  '.downcase': { processor: 'lowercase' },
  '.upcase': { processor: 'uppercase' },
  '.strip': { processor: 'trim' },
  '.to_i': { processor: 'convert', options: { type: 'long' } },
  '.to_f': { processor: 'convert', options: { type: 'double' } },
  '.to_s': { processor: 'convert', options: { type: 'string' } },
};

function rubySteps(code: string, conversion: Conversion, where: string): Step[] | undefined {
  const steps: Step[] = [];
  const statements = code
    .split(/[;\n]/)
    .map(one => one.replace(/(?:^|\s)#.*$/, '').trim())
    .filter(one => one !== '');
  for (const statement of statements) {
    const text = SET_TEXT.exec(statement);
    const copy = SET_COPY.exec(statement);
    const removed = REMOVE.exec(statement);
    const tag = TAG.exec(statement);
    if (text !== null) {
      const value =
        text[5] === undefined
          ? conversion.template(text[4]!.replaceAll('%{', '%\u200b{'), where).replaceAll('\u200b', '')
          : JSON.parse(text[5]);
      steps.push({ processor: 'set', options: { field: fieldPath(text[2]!), value } });
    } else if (copy !== null) {
      const field = fieldPath(copy[2]!);
      const from = fieldPath(copy[4]!);
      const there = `${fieldText(from.split('.'))} != null`;
      if (field !== from || copy[5] === undefined)
        steps.push({ processor: 'set', options: { field, copy_from: from, if: there } });
      const call = copy[5] === undefined ? undefined : CALLS[copy[5]];
      if (call !== undefined)
        steps.push({ ...call, options: { field, ...call.options, ignore_missing: true, ignore_failure: true } });
    } else if (removed !== null)
      steps.push({ processor: 'remove', options: { field: fieldPath(removed[2]!), ignore_missing: true } });
    else if (tag !== null)
      steps.push({ processor: 'append', options: { field: 'tags', value: tag[2], allow_duplicates: false } });
    else if (statement === 'event.cancel') steps.push({ processor: 'drop', options: {} });
    else return undefined;
  }
  return statements.length === 0 ? undefined : steps;
}

export function deDot(plugin: PluginReader, conversion: Conversion): Converted {
  const separator = plugin.text('separator', '_');
  const fields = plugin.texts('fields');
  plugin.ignore('recursive');
  if (plugin.boolean('nested', false))
    return {
      steps: (fields.length === 0 ? ['*'] : fields).map(field => ({ processor: 'dot_expander', options: { field } })),
    };
  if (fields.length === 0)
    return {
      steps: [
        conversion.leftOut(
          plugin.where,
          'de_dot of all fields',
          'It is not needed: names with dots are stored as they are.',
        ),
      ],
    };
  return {
    steps: fields.map(field => ({
      processor: 'rename',
      options: { field, target_field: field.replaceAll('.', separator), ignore_missing: true, override: true },
    })),
  };
}

/** Filters without an equivalent, and what to do instead. */
export const WITHOUT_EQUIVALENT: Readonly<Record<string, string>> = {
  aggregate: 'Alert rules count over several events.',
  alter: 'Use `set` with conditions.',
  anonymize: 'Use `fingerprint`, or `mask` of the pipeline.',
  collate: 'Searches sort events; they are stored as they come.',
  cipher: 'Use `mask` of the pipeline.',
  clone: 'An event stays one event; the setting `copies` sends all of them elsewhere.',
  dns: 'No names are looked up while events come in.',
  elapsed: 'Use a rule that compares two events.',
  elasticsearch: 'No other events are looked up while events come in.',
  environment: 'Write the value with `set`.',
  extractnumbers: 'Use `grok`.',
  i18n: 'Use `gsub`, or a script.',
  http: 'Nothing is looked up while events come in.',
  jdbc_static: 'Nothing is looked up while events come in.',
  jdbc_streaming: 'Nothing is looked up while events come in.',
  memcached: 'Nothing is looked up while events come in.',
  metricize: 'The setting `log_metrics` makes metrics of events.',
  metrics: 'The setting `log_metrics` makes metrics of events.',
  sleep: 'Remove it.',
  split: 'One event cannot become several here; `foreach` works on the items of a list.',
  throttle: 'Every event is kept; alert rules have `realert` against too many messages.',
  tld: 'Use `registered_domain`.',
  uuid: 'Every event has an id of its own already: `_id`.',
  xml: 'Use `grok` or `dissect` for the parts that are needed.',
};
