import { Document, isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import type { ImportedPipeline, Step, StepOptions } from './model.ts';

/** What stays on one line. */
const WIDTH = 108;
const COMMENT_WIDTH = 112;

/** What tells editors the schema of a pipeline's file: the one in `config` beside its folder, or above it. */
export const SCHEMA_PATH = 'config/pipeline.schema.json';
export const SCHEMA_LINE = `# yaml-language-server: $schema=../${SCHEMA_PATH}`;

/** The file of a pipeline, as a person would write it: short processors on one line, comments where they belong. */
export function pipelineText(pipeline: ImportedPipeline): string {
  const document = new Document({}, { version: '1.1' });
  const root = document.contents as unknown as YAMLMap;
  const add = (name: string, node: Node): void => {
    root.add(document.createPair(name, node));
  };
  if (pipeline.description !== undefined) add('description', document.createNode(pipeline.description));
  for (const [name, value] of Object.entries(pipeline.more ?? {})) add(name, plain(document, value));
  if (pipeline.match !== undefined) add('match', plain(document, pipeline.match));
  if (pipeline.multiline !== undefined) add('multiline', plain(document, pipeline.multiline));
  add('processors', steps(document, pipeline.steps));
  if (pipeline.onFailure !== undefined && pipeline.onFailure.length > 0)
    add('on_failure', steps(document, pipeline.onFailure));
  const text = document.toString({ lineWidth: 0, singleQuote: true });
  const head = pipeline.head.map(line => `${commented(line)}\n`).join('');
  const hint = pipeline.matchHint === undefined ? '' : `${commented(pipeline.matchHint)}\n`;
  return `${SCHEMA_LINE}\n${head}${hint}${head + hint === '' ? '' : '\n'}${text}`;
}

function steps(document: Document, given: readonly Step[]): Node {
  const list = document.createNode([]) as YAMLSeq;
  let waiting: string[] = [];
  for (const step of given) {
    if (step.comment !== undefined) waiting.push(step.comment);
    if (step.processor === undefined) continue;
    const item = processor(document, step.processor, step.options ?? {});
    if (waiting.length > 0) item.commentBefore = waiting.map(text => wrapped(text).join('\n')).join('\n');
    waiting = [];
    list.add(item);
  }
  if (waiting.length > 0) {
    const text = waiting.map(one => wrapped(one).join('\n')).join('\n');
    if (list.items.length === 0) list.commentBefore = text;
    else list.comment = text;
  }
  // An empty block list would be no list at all.
  list.flow = list.items.length === 0;
  return list;
}

function processor(document: Document, name: string, options: StepOptions): Node {
  const map = document.createNode({}) as YAMLMap;
  const { on_failure: onFailure, ...rest } = options;
  const body = plain(document, withoutUndefined(rest)) as YAMLMap;
  if (onFailure !== undefined) {
    body.add(document.createPair('on_failure', steps(document, onFailure)));
    body.flow = false;
    for (const pair of body.items) {
      const key = String((pair.key as { value: unknown }).value);
      if (key !== 'on_failure') flow(pair.value, rest[key]);
    }
  } else if (lengthOf(rest) + name.length <= WIDTH && !hasLineBreak(rest)) body.flow = true;
  map.add(document.createPair(name, body));
  return map;
}

/** Short mappings and lists in one line, others in block form. */
function plain(document: Document, value: unknown): Node {
  const node = document.createNode(value) as Node;
  flow(node, value);
  return node;
}

function flow(node: unknown, value: unknown): void {
  if (!isMap(node) && !isSeq(node)) return;
  if (lengthOf(value) <= WIDTH && !hasLineBreak(value)) {
    node.flow = true;
    return;
  }
  if (isSeq(node)) {
    for (const [i, item] of node.items.entries()) flow(item, (value as unknown[])[i]);
    return;
  }
  for (const pair of node.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    flow(pair.value, (value as Record<string, unknown>)[key]);
  }
}

const lengthOf = (value: unknown): number => (JSON.stringify(value) ?? '').replaceAll('"', '').length;
const hasLineBreak = (value: unknown): boolean => /(?<!\\)(?:\\\\)*\\n/.test(JSON.stringify(value) ?? '');

function withoutUndefined(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Lines of a comment, as the YAML writer takes them: `#` is put before each. */
function wrapped(text: string): string[] {
  return text.split(/\r?\n/).flatMap(line => cut(line).map(part => ` ${part}`));
}

function commented(line: string): string {
  return cut(line)
    .map(part => (part === '' ? '#' : `# ${part}`))
    .join('\n');
}

function cut(line: string): string[] {
  const printable = line.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u0085]/g, ' ').trimEnd();
  const parts: string[] = [];
  let rest = printable;
  while (rest.length > COMMENT_WIDTH) {
    const at = rest.lastIndexOf(' ', COMMENT_WIDTH);
    if (at < 20) break;
    parts.push(rest.slice(0, at));
    rest = rest.slice(at + 1);
  }
  return [...parts, rest];
}
