import type { Step } from '../../model.ts';
import { both, either, fieldText, quoted, regexText } from '../../painless.ts';
import { type Conversion, readTemporary, temporary } from '../conversion.ts';
import type { PluginReader } from '../plugin-reader.ts';
import { fieldPath, pieces } from '../references.ts';
import { isThere } from './grok.ts';
import type { Converted } from './kind.ts';

/*
 * Filters that become conditions and scripts: what they do has no processor, but the language has words for it.
 */

/** `cidr`: whether an address is in one of the networks. All that it does is what stands beside: tags and fields. */
export function cidr(plugin: PluginReader, conversion: Conversion): Converted {
  plugin.ignore('refresh_interval');
  const networks = plugin.texts('network');
  const path = plugin.text('network_path');
  const separator = plugin.text('separator', '\n');
  if (path !== undefined) {
    const file = conversion.options.files(path)?.[0];
    if (file === undefined)
      return { steps: [conversion.leftOut(plugin.where, `the list ${path} of cidr`, 'The file is not here.')] };
    networks.push(...file.text.split(separator.replaceAll('\\n', '\n')).map(line => line.trim()));
  }
  const known = networks.filter(network => network !== '');
  if (known.some(network => network.includes('%{')))
    return { steps: [conversion.leftOut(plugin.where, 'cidr with a field in its networks', 'Write the networks.')] };
  const flag = `in_network_${plugin.line}`;
  const steps = plugin.texts('address').map((address): Step => {
    const field = textOf(address);
    const list = `[${known.map(quoted).join(', ')}]`;
    const isIn = `${list}.stream().anyMatch(network -> new CIDR(network).contains(${field}))`;
    const only = pieces(address);
    const isField = only.length === 1 && only[0]!.kind === 'field';
    return {
      processor: 'set',
      // What is no address is in no network.
      options: {
        field: temporary(flag),
        value: true,
        ignore_failure: true,
        if: both(isField ? `${field} instanceof String` : undefined, isIn),
      },
    };
  });
  return { steps, done: `${readTemporary(flag)} == true` };
}

/** What Logstash prunes when it is told nothing: names in which a reference found no field. */
const UNFOUND = '%\\{[^}]+\\}';

/** Temporary values, and the tag, which no event of Logstash has. */
const SPARED = ['@metadata', 'tag'];

/** `prune`: by names that are written out, or by expressions; then by values. */
export function prune(plugin: PluginReader, conversion: Conversion): Converted {
  plugin.ignore('interpolate');
  const kept = plugin.texts('whitelist_names');
  const removed = plugin.has('blacklist_names') ? plugin.texts('blacklist_names') : [UNFOUND];
  const [good, bad] = [plugin.pairs('whitelist_values'), plugin.pairs('blacklist_values')];
  const all = [...kept, ...removed, ...[...good, ...bad].flatMap(({ key, values }) => [key, ...values])];
  if (plugin.boolean('interpolate', false) && all.some(text => text !== UNFOUND && text.includes('%{')))
    return { steps: [conversion.leftOut(plugin.where, 'prune with fields in its names or values', 'Use a script.')] };
  const steps: Step[] = [];
  const keep = literals(kept);
  if (keep !== undefined && keep.length > 0)
    steps.push({ processor: 'remove', options: { keep: [...new Set([...keep, ...SPARED])] } });
  else if (kept.length > 0) steps.push(removingIf(`!(${anyOf('name', kept)})`));
  const field = literals(removed);
  if (field !== undefined && field.length > 0)
    steps.push({ processor: 'remove', options: { field, ignore_missing: true } });
  // Nobody has such names here, unless a configuration asks for them.
  else if (removed.length > 0 && plugin.has('blacklist_names')) steps.push(removingIf(anyOf('name', removed)));
  for (const [pairs, isKept] of [
    [good, true],
    [bad, false],
  ] as const)
    for (const { key, values } of pairs) {
      const name = fieldPath(key);
      const value = fieldText([name]);
      const fits = anyOf(value, values);
      steps.push({
        processor: 'remove',
        options: { field: name, if: both(`${value} instanceof String`, isKept ? `!(${fits})` : fits) },
      });
    }
  return { steps };
}

const removingIf = (condition: string): Step => ({
  processor: 'script',
  options: {
    source: `ctx.keySet().removeIf(name -> ![${SPARED.map(quoted).join(', ')}].contains(name) && ${inParentheses(condition)})`,
  },
});

const inParentheses = (condition: string): string => (condition.includes('||') ? `(${condition})` : condition);

const anyOf = (value: string, patterns: readonly string[]): string =>
  patterns.map(pattern => `${value} =~ ${regexText(pattern)}`).reduce(either);

/** The names, where each expression is one name from its beginning to its end. */
function literals(patterns: readonly string[]): string[] | undefined {
  const found = patterns.map(pattern => /^\^([\w@\\. -]+)\$$/.exec(pattern)?.[1]?.replaceAll('\\', ''));
  return found.every(one => one !== undefined) ? found : undefined;
}

/** `gsub` of `mutate` where fields stand in the expression or in what is put there. */
export function substitution(
  field: string,
  pattern: string,
  replacement: string,
  conversion: Conversion,
  where: string,
): Step {
  const value = fieldText(field.split('.'));
  const into = pieces(replacement);
  const of = pieces(pattern);
  const isPlain = of.every(piece => piece.kind === 'field' || !/[\\^$.|?*+()[\]{}]/.test(textIn(piece)));
  const hasField = of.some(({ kind }) => kind !== 'text');
  const hasGroups = /\\\d|\\k</.test(replacement);
  const hasTime = [...of, ...into].some(({ kind }) => kind === 'time');
  if (hasTime || (hasField && (!isPlain || hasGroups)))
    return conversion.leftOut(
      where,
      `a gsub of ${field} with a field beside other parts of its expression, or with a time`,
      'Use a script.',
    );
  if (hasField)
    conversion.changed(where, `gsub of ${field}: what the field in the expression holds is a text, no expression.`);
  const expression = hasField
    ? `${value}.replace(${textOf(pattern)}, ${textOf(replacement)})`
    : `${value}.replaceAll(${regexText(pattern)}, found -> ${textOf(replacement, true)})`;
  return { processor: 'set', options: { field, expression, if: `${value} instanceof String` } };
}

const textIn = (piece: ReturnType<typeof pieces>[number]): string => (piece.kind === 'text' ? piece.text : '');

/** An expression for a text with references in it; a field that is not there stays as it is written. */
function textOf(text: string, hasGroups = false): string {
  const parts = pieces(text).flatMap(piece => {
    if (piece.kind === 'field') {
      const value = fieldText(piece.path.split('.'));
      return text === `%{${piece.path}}` ? [value] : [`(${value} ?: ${quoted(`%{${piece.path}}`)})`];
    }
    const own = textIn(piece);
    if (!hasGroups) return [quoted(own)];
    return own
      .split(/(\\\d)/)
      .filter(part => part !== '')
      .map(part => (/^\\\d$/.test(part) ? `(found.group(${part[1]}) ?: '')` : quoted(part.replaceAll('\\\\', '\\'))));
  });
  if (parts.length === 0) return "''";
  return parts.length > 1 && !parts[0]!.startsWith("'") ? `'' + ${parts.join(' + ')}` : parts.join(' + ');
}

/** Texts of the whole event, each made anew by `what` (of `text`). */
const EVERY_TEXT = (what: string): string =>
  [
    `def anew(def value) {`,
    `  if (value instanceof String) { String text = value; ${what} }`,
    `  if (value instanceof Map) { for (def entry : value.entrySet()) { entry.setValue(anew(entry.getValue())) } }`,
    `  else if (value instanceof List) { for (int i = 0; i < value.size(); i++) { value.set(i, anew(value.get(i))) } }`,
    `  return value;`,
    `}`,
    `anew(ctx);`,
    ``,
  ].join('\n');

export function truncate(plugin: PluginReader, conversion: Conversion): Converted {
  const length = plugin.number('length_bytes');
  const fields = plugin.texts('fields').map(fieldPath);
  if (length === undefined)
    return { steps: [conversion.leftOut(plugin.where, 'truncate without `length_bytes`', 'Say how long.')] };
  conversion.changed(plugin.where, 'truncate: characters are counted, not bytes.');
  if (fields.length === 0) {
    const source = EVERY_TEXT(`return text.length() > ${length} ? text.substring(0, ${length}) : text;`);
    return { steps: [{ processor: 'script', options: { source } }] };
  }
  return {
    steps: fields.map(field => {
      const value = fieldText(field.split('.'));
      return {
        processor: 'set',
        options: {
          field,
          expression: `${value}.substring(0, ${length})`,
          if: `${value} instanceof String && ${value}.length() > ${length}`,
        },
      };
    }),
  };
}

/** `urldecode` with `all_fields`; what cannot be read stays. */
export const urldecodeAll = (): Step => ({
  processor: 'script',
  options: { source: EVERY_TEXT('try { return Processors.urlDecode(text); } catch (Exception e) { return text; }') },
});

/** `range`: numbers by their value, texts by their length. */
export function range(plugin: PluginReader, conversion: Conversion): Converted {
  const items = plugin.texts('ranges');
  const isNegated = plugin.boolean('negate', false);
  const steps: Step[] = [];
  for (let i = 0; i + 3 < items.length; i += 4) {
    const [name, from, to, action] = [items[i]!, items[i + 1]!, items[i + 2]!, items[i + 3]!];
    const value = fieldText(fieldPath(name).split('.'));
    const measure = `(${value} instanceof String ? ${value}.length() : ${value})`;
    const isIn = `${measure} >= ${from} && ${measure} <= ${to}`;
    const isNumber = `(${value} instanceof Number || ${value} instanceof String)`;
    const when = both(isNumber, isNegated ? `!(${isIn})` : isIn);
    const [, kind, rest = ''] = /^(drop|tag|field)(?::(.*))?$/s.exec(action) ?? [];
    const [, field = '', text = ''] = /^([^:]+):(.*)$/s.exec(rest) ?? [];
    if ([from, to].some(limit => Number.isNaN(Number(limit))) || kind === undefined)
      steps.push(conversion.leftOut(plugin.where, `the range ${name} ${from} ${to} ${action}`, 'Use `set`.'));
    else if (kind === 'drop') steps.push({ processor: 'drop', options: { if: when } });
    else if (kind === 'tag')
      steps.push({
        processor: 'append',
        options: { field: 'tags', value: conversion.template(rest, plugin.where), if: when },
      });
    else {
      const made = /^-?\d+$/.test(text) ? Number(text) : conversion.template(text, plugin.where);
      steps.push({ processor: 'set', options: { field: fieldPath(field), value: made, if: when } });
    }
  }
  return { steps };
}

/** `bytes`: a size as people write it, in bytes. */
export function bytes(plugin: PluginReader, conversion: Conversion): Converted {
  const source = fieldPath(plugin.text('source', 'message'));
  const target = fieldPath(plugin.text('target', source));
  plugin.ignore('decimal_separator');
  if (plugin.text('conversion_method', 'binary') !== 'binary')
    return { steps: [conversion.leftOut(plugin.where, 'bytes by thousands', 'The processor `bytes` counts by 1024.')] };
  return {
    steps: [
      {
        processor: 'bytes',
        options: {
          field: source,
          ...(target === source ? {} : { target_field: target }),
          ignore_missing: true,
          on_failure: [{ processor: 'append', options: { field: 'tags', value: '_bytesparsefailure' } }],
        },
      },
    ],
    done: isThere(target),
  };
}
