import { Composer, type Document, isCollection, isMap, isNode, isScalar, LineCounter, Parser, stringify } from 'yaml';
import { explainYaml, type YamlMistake } from './mistakes.ts';

/** A text that somebody writes. */
export interface EditableYaml {
  readonly document: Document.Parsed;
  /** With their lines, from 1. Mostly the others follow from the first one. */
  readonly mistakes: readonly (YamlMistake & { readonly line: number })[];
}

/** The first document of a text. */
export function editableYaml(text: string): EditableYaml {
  const lines = new LineCounter();
  const [document] = new Composer({ prettyErrors: false, logLevel: 'error' }).compose(
    new Parser(lines.addNewLine).parse(text),
    true,
    text.length,
  );
  const rows = text.split('\n');
  const mistakes = document!.errors.map(({ code, message, pos }) => {
    const { line } = lines.linePos(pos[0]);
    return { line, ...explainYaml(code, message, rows[line - 1] ?? '') };
  });
  return { document: document as Document.Parsed, mistakes };
}

/** The text with another value at a place; every other character stays. A name that is not there yet goes to the end of the text. */
export function withYamlValue(text: string, path: readonly (string | number)[], value: unknown): string {
  const { document } = editableYaml(text);
  const node = document.getIn(path, true);
  const written = flowText(value);
  if (isNode(node) && node.range !== undefined && node.range !== null) {
    const [start, end] = node.range;
    const before = text.slice(0, start);
    // A text of several lines takes the end of its last one with it.
    const tail = text.slice(start, end).endsWith('\n') ? '\n' : '';
    return `${before}${/[\s[{,]$/.test(before) || before === '' ? '' : ' '}${written}${tail}${text.slice(end)}`;
  }
  const [name] = path;
  if (path.length !== 1 || (document.contents !== null && !isMap(document.contents))) return text;
  const line = `${flowText(name)}: ${written}\n`;
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}`;
}

/** The text without a name of the outermost mapping and its value, whole lines. */
export function withoutYamlName(text: string, name: string): string {
  const { contents } = editableYaml(text).document;
  if (!isMap(contents) || contents.flow === true) return text;
  const pair = contents.items.find(({ key }) => isScalar(key) && key.value === name);
  const start = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  if (start === undefined) return text;
  const value: unknown = pair?.value;
  const last = isNode(value) ? (value.range?.[1] ?? start) : start;
  const end = text.indexOf('\n', Math.max(start, isCollection(value) && value.flow !== true ? last - 1 : last));
  return text.slice(0, start) + (end < 0 ? '' : text.slice(end + 1));
}

/** In one line. */
function flowText(value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return stringify(value, { lineWidth: 0, singleQuote: true }).trimEnd();
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([name, one]) => `${flowText(name)}: ${flowText(one)}`)
    .join(', ')} }`;
}
