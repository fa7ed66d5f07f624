import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type ScalarTag,
  type Tags,
} from 'yaml';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { exactInteger } from '../../core/exact.ts';
import { explainYaml } from '../../core/yaml-mistakes.ts';
import { pythonStr } from '../python/str.ts';

/** A YAML file of rules: its options and the lines where they stand. */
export interface RuleFile {
  readonly path: string;
  readonly options: Fields;
  /** Line of an option, or of what the path leads to inside of it, as far as it can be followed; 1 if unknown. */
  line(...path: Path): number;
}

/** Names and numbers of items. */
export type Path = readonly (string | number)[];

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
    throw yamlError(path, line, error.code, error.message, text.split('\n')[line - 1] ?? '');
  }
  let value: unknown;
  try {
    value = plain(document.toJS({ mapAsMap: true, maxAliasCount: 1000 }), 0);
  } catch (cause) {
    throw yamlError(path, 1, '', messageOf(cause), '');
  }
  if (!isFields(value)) {
    const what =
      value === null || value === undefined ? 'the rule file is empty' : 'a rule file must hold options (name: value)';
    throw new LongshoreError('LS_ALERTS_RULE_EMPTY', `${what}.`, {
      where: `${path}:1`,
      fix: 'A rule needs at least name, type, index and alert.',
    });
  }
  return { path, options: value, line: (...steps) => lineOf(document, steps, lineCounter) };
}

function yamlError(path: string, line: number, code: string, message: string, source: string): LongshoreError {
  const at = /(?:^|[[{,:\s-])(@\w[\w.]*)/.exec(source)?.[1];
  const known = explainYaml(code, message);
  const fix =
    at !== undefined && /reserved character|@/.test(message)
      ? `A name that starts with @ must be quoted: '${at}'.`
      : source.includes('\t')
        ? 'Use blanks instead of tabs.'
        : known.fix;
  return new LongshoreError('LS_ALERTS_YAML', known.what, { where: `${path}:${line}`, fix });
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

function lineOf(document: Document, path: Path, lines: LineCounter): number {
  let node: unknown = document.contents;
  let line = 1;
  for (const step of path) {
    const found = stepInto(document, node, step);
    if (found === undefined) break;
    if (found.start !== undefined) line = lines.linePos(found.start).line;
    node = found.value;
  }
  return line;
}

/** What a step leads to: through anchors and merged mappings, too. */
function stepInto(
  document: Document,
  node: unknown,
  step: string | number,
  depth = 0,
): { start: number | undefined; value: unknown } | undefined {
  if (depth > MAX_DEPTH) return undefined;
  if (isAlias(node)) return stepInto(document, node.resolve(document), step, depth + 1);
  if (isSeq(node)) {
    // A merge (`<<`) may name several mappings.
    if (typeof step === 'string')
      return node.items.map(item => stepInto(document, item, step, depth + 1)).find(found => found !== undefined);
    const item: unknown = node.items[step];
    return item === undefined ? undefined : { start: startOf(item), value: item };
  }
  if (!isMap(node)) return undefined;
  const pairs = node.items.toReversed();
  const own = pairs.find(
    ({ key }) => isScalar(key) && typeof key.value !== 'symbol' && pythonStr(key.value) === String(step),
  );
  if (own !== undefined) return { start: startOf(own.key), value: own.value };
  return pairs
    .filter(({ key }) => isScalar(key) && (key.value === '<<' || typeof key.value === 'symbol'))
    .map(({ value }) => stepInto(document, value, step, depth + 1))
    .find(found => found !== undefined);
}

const startOf = (node: unknown): number | undefined =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? node.range[0] : undefined;
