import {
  type DocumentOptions,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  type ParseOptions,
  parseDocument,
  type SchemaOptions,
  visit,
} from 'yaml';
import type { ErrorCode } from '../../core/codes.ts';
import { LongshoreError } from '../../core/errors.ts';
import { documentDouble } from '../number/double.ts';
import { exactInteger } from '../text/exact.ts';
import { Located } from './located.ts';
import { explainYaml } from './mistakes.ts';

/** How one kind of file is read. */
export interface YamlDialect {
  /** Of its mistakes. */
  readonly code: ErrorCode;
  /** Beside YAML 1.2 with merge keys (`<<`). */
  readonly options?: ParseOptions & DocumentOptions & SchemaOptions;
  /** No file: places have no line. */
  readonly isOneLine?: boolean;
  /** A key that is a number, true or nothing, as text. */
  readonly keyText?: (key: unknown) => string;
  /** A text that cannot be read is read again as this makes it, with the same lines. */
  readonly secondReading?: (text: string) => string;
  /** Told of each name that stands twice in one mapping, where that is no mistake. */
  readonly onRepeated?: ((repeated: RepeatedName) => void) | undefined;
  /** A tag (`!file`) that nobody knows is a mistake. */
  readonly knowsAllTags?: boolean;
  /** Numbers keep their type, as pipelines know it (base/number/double.ts). */
  readonly hasTypedNumbers?: boolean;
}

/** The last one counts. Both places are `file:line`. */
export interface RepeatedName {
  readonly name: string;
  readonly first: string;
  readonly last: string;
}

const MAX_NODES = 200_000;
const MAX_DEPTH = 64;

/** Reads a YAML (or JSON) text. The first mistake goes to `problems`, the others mostly follow from it; undefined when there is one. */
export function readYaml(
  file: string,
  text: string,
  dialect: YamlDialect,
  problems: LongshoreError[],
): Located | undefined {
  const before = problems.length;
  const found = readOnce(file, text, dialect, problems);
  const again = found === undefined ? dialect.secondReading?.(text) : undefined;
  if (again === undefined || again === text) return found;
  const second = readOnce(file, again, dialect, []);
  if (second !== undefined) problems.length = before;
  return second;
}

function readOnce(
  file: string,
  text: string,
  {
    code,
    options = {},
    keyText = String,
    isOneLine = false,
    knowsAllTags = false,
    hasTypedNumbers = false,
    onRepeated,
  }: YamlDialect,
  problems: LongshoreError[],
): Located | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    merge: true,
    ...options,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    intAsBigInt: true,
  });
  const placeAt = (offset: number): string => (isOneLine ? file : `${file}:${lines.linePos(offset).line}`);
  const placeOf = (node: unknown): string | undefined => {
    const offset = (node as { range?: [number] } | null | undefined)?.range?.[0];
    return offset === undefined ? undefined : placeAt(offset);
  };
  const error =
    document.errors[0] ?? (knowsAllTags ? document.warnings.find(one => one.code === 'TAG_RESOLVE_FAILED') : undefined);
  if (error !== undefined) {
    const where = placeAt(error.pos[0]);
    const line = text.split('\n')[lines.linePos(error.pos[0]).line - 1] ?? '';
    const { what, fix } = explainYaml(error.code, error.message, line);
    problems.push(new LongshoreError(code, what, { where, fix, cause: error }));
    return undefined;
  }

  const anchors = new Map<string, unknown>();
  const targets = new Map<unknown, unknown>();
  visit(document, (_, node) => {
    if (isAlias(node)) targets.set(node, anchors.get(node.source));
    else if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
  });
  const resolved = (node: unknown): unknown => {
    if (!isAlias(node)) return node;
    const target = targets.get(node);
    if (target !== undefined) return target;
    const what = `the alias *${node.source} has no anchor &${node.source} before it.`;
    throw new LongshoreError(code, what, {
      where: placeOf(node),
      fix: 'Put a text that begins with * between quotes.',
    });
  };
  let nodes = 0;
  const locate = (given: unknown, keyWhere: string, depth: number): Located => {
    const node = resolved(given);
    const where = placeOf(node) ?? keyWhere;
    if (++nodes > MAX_NODES)
      throw new LongshoreError(code, `the file has more than ${MAX_NODES} values.`, {
        where,
        fix:
          targets.size > 0
            ? 'Aliases (*name) count as what they stand for, and those of aliases multiply: write what is meant.'
            : 'Divide it into several files.',
      });
    if (depth > MAX_DEPTH)
      throw new LongshoreError(code, `this is nested deeper than ${MAX_DEPTH} levels.`, {
        where,
        fix: 'Close what is open, or write it with fewer levels.',
      });
    if (isMap(node)) return new Located(entriesOf(node.items, where, depth + 1), where, keyWhere);
    if (isSeq(node))
      return new Located(
        node.items.map(item => locate(item, placeOf(item) ?? where, depth + 1)),
        where,
        keyWhere,
      );
    return new Located((hasTypedNumbers ? typedScalarOf(node) : scalarOf(node)) as string, where, keyWhere);
  };
  const entriesOf = (pairs: readonly Pair[], where: string, depth: number): Map<string, Located> => {
    const entries = new Map<string, Located>();
    const own = new Map<string, string>();
    for (const { key, value } of pairs) {
      const keyWhere = placeOf(key) ?? where;
      // Own entries win over merged ones, wherever they stand, and of these the first.
      if (isScalar(key) && typeof key.value === 'symbol') {
        for (const [name, merged] of mergedBy(value, keyWhere, depth))
          if (!entries.has(name)) entries.set(name, merged);
        continue;
      }
      const name = isScalar(key) ? keyText(scalarOf(key)) : String(key);
      const first = own.get(name);
      if (first !== undefined) onRepeated?.({ name, first, last: keyWhere });
      own.set(name, keyWhere);
      entries.set(name, locate(value, keyWhere, depth));
    }
    return entries;
  };
  const mergedBy = (value: unknown, where: string, depth: number): [string, Located][] => {
    const source = resolved(value);
    if (isSeq(source)) return source.items.flatMap(item => mergedBy(item, where, depth + 1));
    const { entries } = locate(source, where, depth);
    if (entries !== undefined) return [...entries];
    throw new LongshoreError(code, '`<<` takes a mapping or a list of mappings.', { where });
  };
  try {
    return locate(document.contents, placeAt(0), 0);
  } catch (mistake) {
    if (!(mistake instanceof LongshoreError)) throw mistake;
    problems.push(mistake);
    return undefined;
  }
}

function typedScalarOf(node: unknown): unknown {
  const value = isScalar(node) ? node.value : null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  // Integers are bigint.
  return typeof value === 'number' ? documentDouble(value) : scalarOf(node);
}

function scalarOf(node: unknown): unknown {
  const value = isScalar(node) ? (node.value ?? null) : null;
  return typeof value === 'bigint' ? exactInteger(String(value)) : value;
}
