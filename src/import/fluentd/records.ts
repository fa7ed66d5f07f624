import type { Step } from '../model.ts';
import { fieldText, quoted } from '../painless.ts';
import { type Param, placeText } from './ast.ts';
import { type FluentdConversion, fieldOf, type Params, temporary } from './conversion.ts';
import { source } from './parse-section.ts';

/** `record_transformer` and `record_modifier`: fields that are set, kept and removed. */
export function recordSteps(params: Params, conversion: FluentdConversion): Step[] {
  const isModifier = params.type === 'record_modifier';
  params.ignore('enable_ruby', 'auto_typecast', 'char_encoding');
  for (const name of ['prepare_value', 'prepare_values', 'renew_time_key'])
    if (params.has(name))
      conversion.leftOut(params.where, `\`${name}\` of ${params.type}`, 'Use `set`, `date` or `script`.');
  const kept = [...params.list('keep_keys'), ...params.list('whitelist_keys')].map(fieldOf);
  const removed = params.list('remove_keys').map(fieldOf);
  const renews = params.boolean('renew_record', false) || params.has('whitelist_keys');
  const entries = params.children('record').flatMap(({ params: inner }) => inner);
  const stashed = stashes(entries);
  const sets = entries.flatMap(param => setSteps(param, stashed, conversion));
  const replaces = params.children('replace').flatMap(({ params: inner }): Step[] => {
    const of = (name: string): string => inner.find(one => one.name === name)?.text ?? '';
    return [
      {
        processor: 'gsub',
        options: {
          field: fieldOf(of('key')),
          pattern: source(of('expression')) ?? '',
          replacement: of('replace'),
          ignore_missing: true,
          ignore_failure: true,
        },
      },
    ];
  });
  const own = entries.map(({ name }) => fieldOf(name));
  const copies = stashed.map(
    (field): Step => ({
      processor: 'set',
      options: { field: temporary(`before.${field}`), copy_from: field, if: `${fieldText(field.split('.'))} != null` },
    }),
  );
  return [
    ...copies,
    ...sets,
    ...(renews
      ? [
          {
            processor: 'remove',
            options: {
              keep: [
                ...new Set([
                  ...kept,
                  ...(isModifier && params.has('whitelist_keys') ? [] : own),
                  'tag',
                  'tags',
                  '@metadata',
                ]),
              ],
            },
          },
        ]
      : []),
    ...(removed.length > 0
      ? [{ processor: 'remove', options: { field: removed.length === 1 ? removed[0] : removed, ignore_missing: true } }]
      : []),
    ...replaces,
  ];
}

/** Placeholders mean the record as it came: fields that an entry sets and a later one reads are kept aside. */
function stashes(entries: readonly Param[]): string[] {
  const found = new Set<string>();
  entries.forEach(({ text }, i) => {
    const earlier = new Set(entries.slice(0, i).map(({ name }) => fieldOf(name)));
    for (const inner of placeholders(text)) {
      const path = recordPath(inner);
      const field = path === undefined ? undefined : fieldOf(path[0]!);
      if (field !== undefined && earlier.has(field)) found.add(field);
    }
  });
  return [...found];
}

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\$\{((?:[^{}]|\{[^{}]*\})*)\}/g)].map(match => match[1]!.trim());

function setSteps(param: Param, stashed: readonly string[], conversion: FluentdConversion): Step[] {
  const where = placeText(param.at);
  const field = fieldOf(param.name);
  const text = conversion.expand(param.text, where);
  if (text.includes('#{')) return [conversion.leftOut(where, `${param.name} ${text.trim()}`, hintOf(text))];
  if (param.json !== undefined && !/\$\{/.test(text))
    return [{ processor: 'set', options: { field, value: param.json } }];
  const found = placeholders(text);
  if (found.length === 0) return [{ processor: 'set', options: { field, value: typed(text) } }];
  const isWhole = text.trim() === `\${${found[0]}}`;
  if (isWhole) {
    const path = recordPath(found[0]!);
    if (path !== undefined) {
      const from = stashedPath(path, stashed);
      return [{ processor: 'set', options: { field, copy_from: from, if: `${fieldText(from.split('.'))} != null` } }];
    }
    const expression = expressionOf(found[0]!, stashed);
    if (expression !== undefined)
      return [{ processor: 'set', options: { field, expression, ignore_empty_value: true, ignore_failure: true } }];
    return [conversion.leftOut(where, `${param.name} ${text.trim()}`, hintOf(found[0]!))];
  }
  const parts = found.map(inner => {
    const path = recordPath(inner);
    if (path !== undefined) return `{{{${stashedPath(path, stashed)}}}}`;
    return inner === 'tag' ? '{{{tag}}}' : undefined;
  });
  if (parts.every(part => part !== undefined)) {
    let i = 0;
    const value = text.replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, () => parts[i++]!);
    return [{ processor: 'set', options: { field, value } }];
  }
  const pieces = pieceExpressions(text, stashed);
  if (pieces !== undefined) return [{ processor: 'set', options: { field, expression: pieces, ignore_failure: true } }];
  return [
    conversion.leftOut(where, `${param.name} ${text.trim()}`, hintOf(found.find((_, i) => parts[i] === undefined)!)),
  ];
}

/** A text with placeholders that only an expression can say. */
function pieceExpressions(text: string, stashed: readonly string[]): string | undefined {
  const parts: string[] = [];
  let done = 0;
  for (const match of text.matchAll(/\$\{((?:[^{}]|\{[^{}]*\})*)\}/g)) {
    if (match.index > done) parts.push(quoted(text.slice(done, match.index)));
    done = match.index + match[0].length;
    const path = recordPath(match[1]!.trim());
    const expression =
      path === undefined
        ? expressionOf(match[1]!.trim(), stashed)
        : `(${fieldText(stashedPath(path, stashed).split('.'))} ?: '')`;
    if (expression === undefined) return undefined;
    parts.push(expression);
  }
  if (done < text.length) parts.push(quoted(text.slice(done)));
  return parts[0]?.startsWith("'") === true ? parts.join(' + ') : `'' + ${parts.join(' + ')}`;
}

function stashedPath(path: readonly string[], stashed: readonly string[]): string {
  const field = [fieldOf(path[0]!), ...path.slice(1)].join('.');
  return stashed.includes(fieldOf(path[0]!)) ? temporary(`before.${field}`) : field;
}

/** `record["a"]["b"]`, `record.dig("a", "b")`; a bare name is a field, too. */
function recordPath(code: string): string[] | undefined {
  if (/^record(?:\[\s*(?:"[^"]+"|'[^']+')\s*\])+$/.test(code))
    return [...code.matchAll(/\[\s*(?:"([^"]+)"|'([^']+)')\s*\]/g)].map(match => match[1] ?? match[2]!);
  const dug = /^record\.dig\(\s*(.*?)\s*\)$/.exec(code);
  if (dug !== null && /^(?:"[^"]+"|'[^']+')(?:\s*,\s*(?:"[^"]+"|'[^']+'))*$/.test(dug[1]!))
    return [...dug[1]!.matchAll(/"([^"]+)"|'([^']+)'/g)].map(match => match[1] ?? match[2]!);
  return /^[a-z_]\w*$/.test(code) && !RESERVED.has(code) ? [code] : undefined;
}

const RESERVED = new Set(['tag', 'tag_parts', 'tag_prefix', 'tag_suffix', 'time', 'hostname', 'record', 'tags']);

/** Small pieces of Ruby as an expression: parts of the tag, `||`, and what makes texts and numbers of others. */
function expressionOf(code: string, stashed: readonly string[]): string | undefined {
  const part = /^(?:tag_parts|tags)\[(-?\d+)\]$/.exec(code);
  if (part !== null) {
    const index = Number(part[1]);
    const parts = "ctx.tag.splitOnToken('.')";
    return `${parts}[${index < 0 ? `${parts}.length - ${-index}` : index}]`;
  }
  if (code === 'tag') return 'ctx.tag';
  if (
    code === 'time' ||
    code === 'time.iso8601' ||
    code === 'time.utc.iso8601' ||
    code === 'Time.now' ||
    code === 'time.to_s'
  )
    return "ctx['@timestamp']";
  const either = /^(.+?)\s*\|\|\s*(.+)$/.exec(code);
  if (either !== null) {
    const [left, right] = [valueOfRuby(either[1]!, stashed), valueOfRuby(either[2]!, stashed)];
    return left === undefined || right === undefined ? undefined : `${left} ?: ${right}`;
  }
  return valueOfRuby(code, stashed);
}

const CALLS: Readonly<Record<string, (value: string) => string>> = {
  downcase: value => `${value}.toLowerCase()`,
  upcase: value => `${value}.toUpperCase()`,
  strip: value => `${value}.trim()`,
  to_s: value => `${value}.toString()`,
  to_i: value => `Long.parseLong(${value}.toString())`,
  to_f: value => `Double.parseDouble(${value}.toString())`,
  length: value => `${value}.length()`,
  size: value => `${value}.length()`,
};

function valueOfRuby(code: string, stashed: readonly string[]): string | undefined {
  const text = code.trim();
  const literal = /^(?:"([^"\\#]*)"|'([^'\\]*)')$/.exec(text);
  if (literal !== null) return quoted(literal[1] ?? literal[2]!);
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return text;
  const path = recordPath(text);
  if (path !== undefined) return fieldText(stashedPath(path, stashed).split('.'));
  const call = /^(.*)\.(\w+)$/.exec(text);
  if (call === null || !Object.hasOwn(CALLS, call[2]!)) return undefined;
  const inner = valueOfRuby(call[1]!, stashed);
  return inner === undefined ? undefined : CALLS[call[2]!]!(inner);
}

/** `record_transformer` reads numbers and booleans in plain texts as texts. */
const typed = (text: string): string => text;

function hintOf(code: string): string {
  if (code.includes('hostname'))
    return "Write the machine's name; events from Docker carry the container's name already.";
  return 'Write it with `set` and an expression, or with `script`.';
}
