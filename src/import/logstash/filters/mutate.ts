import type { Step } from '../../model.ts';
import { both, fieldText, quoted } from '../../painless.ts';
import type { Conversion } from '../conversion.ts';
import type { PluginReader } from '../plugin-reader.ts';
import { fieldPath } from '../references.ts';
import { fieldPathOf } from './common.ts';
import { isThere } from './grok.ts';
import type { Converted } from './kind.ts';
import { substitution } from './scripted.ts';

/** `mutate`: its operations run in Logstash's own order, whatever the order in the file. None of them fails on a missing field. */
export function mutate(plugin: PluginReader, conversion: Conversion): Converted {
  plugin.ignore('tag_on_failure');
  const steps = OPERATIONS.flatMap(([name, convert]) => (plugin.has(name) ? convert(plugin, conversion, name) : []));
  return { steps };
}

type Operation = (plugin: PluginReader, conversion: Conversion, name: string) => Step[];

const read = (path: string): string => fieldText(path.split('.'));
const IS_TEXT = (path: string): string => `${read(path)} instanceof String`;

const coerce: Operation = (plugin, conversion, name) =>
  plugin.pairs(name).map(({ key, values, where }) => {
    const field = fieldPath(key);
    const parts = field.split('.');
    const parent = parts.slice(0, -1);
    const holds =
      parent.length === 0
        ? `ctx.containsKey(${quoted(field)})`
        : `${fieldText(parent)}?.containsKey(${quoted(parts[parts.length - 1]!)}) == true`;
    const value = conversion.template(values[0] ?? '', where);
    return { processor: 'set', options: { field, value, if: `${read(field)} == null && ${holds}` } };
  });

const rename: Operation = (plugin, conversion, name) =>
  plugin.pairs(name).map(({ key, values, where }) => ({
    processor: 'rename',
    options: {
      field: fieldPathOf(key, conversion, where),
      target_field: fieldPathOf(values[0] ?? '', conversion, where),
      override: true,
      ignore_missing: true,
    },
  }));

const update: Operation = (plugin, conversion, name) =>
  plugin.pairs(name).flatMap(({ key, values, where }) => {
    const field = fieldPath(key);
    const value = conversion.template(values[0] ?? '', where);
    return [...conversion.takeBefore(), { processor: 'set', options: { field, value, if: isThere(field) } }];
  });

const replace: Operation = (plugin, conversion, name) =>
  plugin.pairs(name).flatMap(({ key, values, where }) => {
    const value = conversion.template(values[0] ?? '', where);
    return [...conversion.takeBefore(), { processor: 'set', options: { field: fieldPath(key), value } }];
  });

const convert: Operation = (plugin, conversion, name) =>
  plugin.pairs(name).flatMap(({ key, values, where }) => {
    const field = fieldPath(key);
    const type = values[0] ?? '';
    switch (type) {
      case 'string':
        return [{ processor: 'convert', options: { field, type: 'string', ignore_missing: true } }];
      case 'integer':
      case 'float':
        return [number(field, type)];
      case 'integer_eu':
      case 'float_eu':
        return [
          { processor: 'gsub', options: { field, pattern: '\\.', replacement: '', if: IS_TEXT(field) } },
          { processor: 'gsub', options: { field, pattern: ',', replacement: '.', if: IS_TEXT(field) } },
          number(field, type === 'integer_eu' ? 'integer' : 'float'),
        ];
      case 'boolean':
        return [truth(field, true, '(?i:true|t|yes|y|1|1.0)'), truth(field, false, '(?i:false|f|no|n|0|0.0|)')];
      default:
        return [conversion.leftOut(where, `the conversion of ${field} to \`${type}\``)];
    }
  });

/** What is no number becomes what Ruby reads at its beginning: 0 for none. */
function number(field: string, type: 'integer' | 'float'): Step {
  const asRuby: Step = {
    processor: 'grok',
    options: {
      field,
      patterns: [`%{GREEDYDATA:${bracketed(field)}:${type === 'integer' ? 'int' : 'float'}}`],
      dialect: 'logstash',
      ignore_failure: true,
    },
  };
  return {
    processor: 'convert',
    options: { field, type: type === 'integer' ? 'long' : 'double', ignore_missing: true, on_failure: [asRuby] },
  };
}

const bracketed = (path: string): string => (path.includes('.') ? `[${path.split('.').join('][')}]` : path);

function truth(field: string, value: boolean, pattern: string): Step {
  return {
    processor: 'set',
    options: {
      field,
      value,
      if: `(${IS_TEXT(field)} || ${read(field)} instanceof Number) && ${read(field)}.toString() ==~ /${pattern}/`,
    },
  };
}

const gsub: Operation = (plugin, conversion, name) => {
  const items = plugin.texts(name);
  const steps: Step[] = [];
  for (let i = 0; i + 2 < items.length; i += 3) {
    const [field, pattern, replacement] = [fieldPath(items[i]!), items[i + 1]!, items[i + 2]!];
    if (`${pattern}${replacement}`.includes('%{')) {
      steps.push(substitution(field, pattern, replacement, conversion, plugin.where));
      continue;
    }
    steps.push({
      processor: 'gsub',
      options: {
        field,
        pattern: rubyPattern(pattern),
        replacement: javaReplacement(replacement),
        ignore_missing: true,
        ignore_failure: true,
      },
    });
  }
  return steps;
};

/** `^` and `$` of Ruby mean lines. */
export const rubyPattern = (pattern: string): string =>
  /(?<!\\)(?:\\\\)*\$|(?<![\\[])(?:\\\\)*\^/.test(pattern) ? `(?m)${pattern}` : pattern;

/** Groups are `\1` and `\k<name>` in Ruby, `$1` and `${name}` in Java; `$` means itself in Ruby. */
export function javaReplacement(replacement: string): string {
  return replacement.replace(/\\\\|\\(\d)|\\k<(\w+)>|\$|\\/g, (found, group?: string, name?: string) => {
    if (group !== undefined) return `$${group}`;
    if (name !== undefined) return `\${${name}}`;
    return found === '$' ? '\\$' : '\\\\';
  });
}

const textual =
  (processor: string): Operation =>
  (plugin, _, name) =>
    plugin.texts(name).map(field => ({
      processor,
      options: { field: fieldPath(field), ignore_missing: true, ignore_failure: true },
    }));

const capitalize: Operation = (plugin, _, name) =>
  plugin.texts(name).map(reference => {
    const field = fieldPath(reference);
    const value = read(field);
    return {
      processor: 'set',
      options: {
        field,
        expression: `${value}.substring(0, 1).toUpperCase() + ${value}.substring(1).toLowerCase()`,
        if: `${IS_TEXT(field)} && ${value} != ''`,
      },
    };
  });

const split: Operation = (plugin, _, name) =>
  plugin.pairs(name).flatMap(({ key, values }) => {
    const field = fieldPath(key);
    const separator = values[0] ?? '';
    const condition = IS_TEXT(field);
    // A blank means blanks of any number, those at the beginning left out.
    const first: Step[] = separator === ' ' ? [{ processor: 'trim', options: { field, if: condition } }] : [];
    const pattern = separator === ' ' ? '\\s+' : separator.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
    return [...first, { processor: 'split', options: { field, separator: pattern, if: condition } }];
  });

const join: Operation = (plugin, _, name) =>
  plugin.pairs(name).map(({ key, values }) => {
    const field = fieldPath(key);
    return { processor: 'join', options: { field, separator: values[0] ?? '', if: `${read(field)} instanceof List` } };
  });

const merge: Operation = (plugin, _, name) =>
  plugin.pairs(name).flatMap(({ key, values }) =>
    values.map(added => {
      const source = fieldPath(added);
      return {
        processor: 'append',
        options: {
          field: fieldPath(key),
          copy_from: source,
          if: both(isThere(source), `!(${read(source)} instanceof Map)`),
        },
      };
    }),
  );

const copy: Operation = (plugin, _, name) =>
  plugin.pairs(name).flatMap(({ key, values }) =>
    values.map(target => ({
      processor: 'set',
      options: { field: fieldPath(target), copy_from: fieldPath(key), if: isThere(fieldPath(key)) },
    })),
  );

/** The order in which Logstash runs them. */
const OPERATIONS: readonly (readonly [string, Operation])[] = [
  ['coerce', coerce],
  ['rename', rename],
  ['update', update],
  ['replace', replace],
  ['convert', convert],
  ['gsub', gsub],
  ['uppercase', textual('uppercase')],
  ['capitalize', capitalize],
  ['lowercase', textual('lowercase')],
  ['strip', textual('trim')],
  [
    'remove',
    (plugin, _, name) => [
      { processor: 'remove', options: { field: plugin.texts(name).map(fieldPath), ignore_missing: true } },
    ],
  ],
  ['split', split],
  ['join', join],
  ['merge', merge],
  ['copy', copy],
];
