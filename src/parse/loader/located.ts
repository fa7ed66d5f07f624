import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseAllDocuments } from 'yaml';
import { LongshoreError } from '../../core/errors.ts';
import { type Fields, newFields } from '../../core/event.ts';
import { exactInteger } from '../../core/exact.ts';
import { explainYaml } from '../../core/yaml-mistakes.ts';

/** A value of a YAML file that remembers its line: every mistake in it can name `file:line`. */
export class Located {
  /** `file:line`, lines from 1. */
  readonly where: string;
  /** The plain value; mappings are field maps. */
  readonly value: unknown;
  /** Of a mapping, in the order of the file. */
  readonly entries: ReadonlyMap<string, Located> | undefined;
  /** Of a list. */
  readonly items: readonly Located[] | undefined;
  /** `file:line` of the key that this value belongs to; `where` itself in lists. */
  readonly keyWhere: string;

  constructor(where: string, keyWhere: string, value: unknown, entries?: Map<string, Located>, items?: Located[]) {
    this.where = where;
    this.keyWhere = keyWhere;
    this.value = value;
    this.entries = entries;
    this.items = items;
  }

  get kind(): 'mapping' | 'list' | 'text' | 'number' | 'boolean' | 'nothing' {
    if (this.entries !== undefined) return 'mapping';
    if (this.items !== undefined) return 'list';
    if (this.value === null) return 'nothing';
    return typeof this.value === 'string' ? 'text' : typeof this.value === 'boolean' ? 'boolean' : 'number';
  }
}

const MAX_NODES = 200_000;

/** Reads a YAML (or JSON) text. Syntax mistakes go to `problems`; undefined when nothing could be read. */
export function readYaml(path: string, text: string, problems: LongshoreError[]): Located | undefined {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, merge: true, prettyErrors: false, intAsBigInt: true });
  const lineOf = (node: Node | null | undefined): string => {
    const offset = node?.range?.[0];
    return offset === undefined ? path : `${path}:${lineCounter.linePos(offset).line}`;
  };
  if (!Array.isArray(documents)) return undefined;
  const [document, second] = documents;
  if (document === undefined) return undefined;
  if (second !== undefined)
    problems.push(
      new LongshoreError('LS_PIPELINE_SYNTAX', 'the file holds more than one document.', {
        where: lineOf(second.contents),
        fix: 'Put each pipeline into a file of its own.',
      }),
    );
  for (const error of document.errors)
    problems.push(
      new LongshoreError('LS_PIPELINE_SYNTAX', explainYaml(error.code, error.message).what, {
        where: `${path}:${lineCounter.linePos(error.pos[0]).line}`,
        fix: explainYaml(error.code, error.message).fix,
        cause: error,
      }),
    );
  if (document.errors.length > 0) return undefined;
  let nodes = 0;
  const locate = (given: ParsedNode | null, keyWhere: string): Located => {
    const node = isAlias(given) ? (given.resolve(document) as ParsedNode | null) : given;
    const where = lineOf(node) === path ? keyWhere : lineOf(node);
    if (++nodes > MAX_NODES) throw new LongshoreError('LS_PIPELINE_SYNTAX', 'the file is too large.', { where });
    if (isMap(node)) {
      const entries = new Map<string, Located>();
      const value: Fields = newFields();
      const add = (map: typeof node): void => {
        for (const pair of map.items) {
          const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
          const inner = isAlias(pair.value) ? pair.value.resolve(document) : pair.value;
          if (key === '<<' && isMap(inner)) {
            add(inner as typeof node);
            continue;
          }
          const located = locate(pair.value as ParsedNode | null, lineOf(pair.key as Node));
          entries.set(key, located);
          value[key] = located.value;
        }
      };
      add(node);
      return new Located(where, keyWhere, value, entries);
    }
    if (isSeq(node)) {
      const items = node.items.map(item => locate(item as ParsedNode | null, lineOf(item as Node)));
      return new Located(
        where,
        keyWhere,
        items.map(item => item.value),
        undefined,
        items,
      );
    }
    const scalar = isScalar(node) ? (node.value ?? null) : null;
    return new Located(where, keyWhere, typeof scalar === 'bigint' ? exactInteger(String(scalar)) : scalar);
  };
  return locate(document.contents as ParsedNode | null, `${path}:1`);
}
