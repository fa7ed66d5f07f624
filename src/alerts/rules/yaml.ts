import { LineCounter, type ParsedNode, parseDocument, type ScalarTag, type Tags } from 'yaml';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { exactInteger } from '../../core/exact.ts';
import { pythonStr } from '../python/str.ts';

/** A YAML file of rules: its options and the lines where they stand. */
export interface RuleFile {
  readonly path: string;
  readonly options: Fields;
  /** Line of a top-level option; 1 if unknown. */
  line(option: string): number;
}

/**
 * Reads a rule file as PyYAML (YAML 1.1) would: `no` is false, `010` is 8, `1_000` is 1000, `1:30` is 90, the last of
 * two equal keys wins, `<<` merges. Dates stay text, and `y`/`n` too, as there.
 * Throws LS_ALERTS_YAML with the line.
 */
export function parseRuleFile(path: string, text: string): RuleFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    uniqueKeys: false,
    lineCounter,
    prettyErrors: false,
    logLevel: 'silent',
    customTags: pythonTags,
    intAsBigInt: true,
  });
  const error = document.errors[0];
  if (error !== undefined) {
    const line = lineCounter.linePos(error.pos[0]).line;
    throw yamlError(path, line, error.message, text.split('\n')[line - 1] ?? '');
  }
  let value: unknown;
  try {
    value = plain(document.toJS({ mapAsMap: true, maxAliasCount: 1000 }), 0);
  } catch (cause) {
    throw yamlError(path, 1, messageOf(cause), '');
  }
  if (!isFields(value)) {
    const what =
      value === null || value === undefined ? 'the rule file is empty' : 'a rule file must hold options (name: value)';
    throw new LongshoreError('LS_ALERTS_RULE_EMPTY', `${what}.`, {
      where: `${path}:1`,
      fix: 'A rule needs at least name, type, index and alert.',
    });
  }
  return { path, options: value, line: option => lineOf(document.contents, option, lineCounter) };
}

function yamlError(path: string, line: number, message: string, source: string): LongshoreError {
  const at = /(?:^|[[{,:\s-])(@\w[\w.]*)/.exec(source)?.[1];
  const fix =
    at !== undefined && /reserved character|@/.test(message)
      ? `A name that starts with @ must be quoted: '${at}'.`
      : source.includes('\t')
        ? 'Use blanks instead of tabs.'
        : 'Check indentation, quotes and brackets of this line and the one before.';
  return new LongshoreError('LS_ALERTS_YAML', `this is not YAML: ${message.split('\n')[0]!.replace(/\.$/, '')}.`, {
    where: `${path}:${line}`,
    fix,
  });
}

function pythonTags(tags: Tags): Tags {
  return tags
    .filter(tag => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp')
    .map(tag => {
      if (typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:bool') return tag;
      const scalar = tag as ScalarTag;
      const words = scalar.test?.test('true') === true ? /^(?:yes|true|on)$/i : /^(?:no|false|off)$/i;
      return { ...scalar, test: words };
    });
}

const MAX_DEPTH = 64;

/** Maps become null-prototype field maps: keys of a rule file may be `__proto__`, too. */
function plain(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new Error(`nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return value.map(item => plain(item, depth + 1));
  if (value instanceof Set) return [...value].map(item => plain(item, depth + 1));
  if (!(value instanceof Map)) return scalar(value);
  const fields = newFields();
  for (const [key, item] of value) fields[pythonStr(scalar(key))] = plain(item, depth + 1);
  return fields;
}

const scalar = (value: unknown): unknown => (typeof value === 'bigint' ? exactInteger(String(value)) : value);

function lineOf(contents: ParsedNode | null, option: string, lines: LineCounter): number {
  const items = contents !== null && 'items' in contents ? contents.items : [];
  for (const pair of items.toReversed()) {
    const key = pair !== null && 'key' in pair ? pair.key : undefined;
    if (key !== undefined && key !== null && 'value' in key && key.value === option && key.range)
      return lines.linePos(key.range[0]).line;
  }
  return 1;
}
