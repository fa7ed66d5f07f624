import { LongshoreError } from '../core/errors.ts';

/** A part of a mustache text: words as they stand, a field, or a section with the parts inside. */
export type MustacheNode =
  | string
  | { readonly type: 'field'; readonly name: string; readonly isRaw: boolean }
  | {
      readonly type: 'section';
      readonly name: string;
      readonly isInverted: boolean;
      readonly inner: readonly MustacheNode[];
    }
  | { readonly type: 'call'; readonly name: Call; readonly argument: string; readonly inner: readonly MustacheNode[] };

/** What Elasticsearch adds to mustache: sections that change the text inside. */
export type Call = 'join' | 'toJson' | 'url';

const TAG = /\{\{\{\s*([^{}]+?)\s*\}\}\}|\{\{\s*([&#^/!>=]?)\s*([^{}]*?)\s*\}\}/g;
/** A tag that only opens, closes or explains, alone on its line: the line is no part of the text. */
const ALONE = /(?<=^|\n)[ \t]*(\{\{[#^/!][^{}]*\}\})[ \t]*(?:\r?\n|$)/g;
const CALL = /^(join|toJson|url)(?:\s+delimiter='([^']*)')?$/;
const MAX_DEPTH = 20;

interface Open {
  readonly tag: string;
  readonly name: string;
  readonly isInverted: boolean;
  readonly nodes: MustacheNode[];
}

/** Throws LS_PIPELINE_TEMPLATE for a section that is not closed, and for partials and other delimiters. */
export function parseMustache(written: string, where?: string): MustacheNode[] {
  const text = written.includes('\n') ? written.replace(ALONE, '$1') : written;
  const wrong = (what: string, fix: string): never => {
    throw new LongshoreError('LS_PIPELINE_TEMPLATE', what, { where, fix });
  };
  const top: MustacheNode[] = [];
  const open: Open[] = [];
  let nodes = top;
  let last = 0;
  for (const tag of text.matchAll(TAG)) {
    const before = text.slice(last, tag.index);
    if (before.includes('{{')) wrong('a {{ of the template is not closed.', 'Write {{field}}.');
    if (before !== '') nodes.push(before);
    last = tag.index + tag[0].length;
    const [whole, raw, sigil = '', name = raw!] = tag;
    if (raw === undefined && text[tag.index - 1] === '{')
      wrong(`the template part {${whole} is not closed.`, 'Write {{{field}}}.');
    if (sigil === '!') continue;
    if (sigil === '' || sigil === '&') {
      if (name === '') wrong(`the template part ${whole} names no field.`, 'Write {{field}}.');
      nodes.push({ type: 'field', name, isRaw: raw !== undefined || sigil === '&' });
    } else if (sigil === '#' || sigil === '^') {
      if (name === '') wrong(`the template part ${whole} has no name.`, 'Write {{#field}}text{{/field}}.');
      if (open.length >= MAX_DEPTH) wrong('the template has too many sections inside each other.', 'Use conditions.');
      open.push({ tag: whole, name, isInverted: sigil === '^', nodes });
      nodes = [];
    } else if (sigil === '/') {
      const section = open.pop();
      if (section === undefined)
        return wrong(`the template part ${whole} closes nothing.`, `Add {{#${name}}} before it.`);
      // A call may be closed by its name alone.
      if (section.name !== name && CALL.exec(section.name)?.[1] !== name)
        wrong(`the template part ${section.tag} is closed by ${whole}.`, `Write {{/${section.name}}}.`);
      section.nodes.push(sectionOf(section, nodes));
      nodes = section.nodes;
    } else {
      wrong(
        `the template part ${whole} is not supported.`,
        'Templates know {{field}}, {{{field}}} and sections {{#field}}...{{/field}}.',
      );
    }
  }
  const left = open.pop();
  if (left !== undefined) wrong(`the template part ${left.tag} is not closed.`, `Add {{/${left.name}}}.`);
  const rest = text.slice(last);
  if (rest.includes('{{')) wrong('a {{ of the template is not closed.', 'Write {{field}}.');
  if (rest !== '') nodes.push(rest);
  return top;
}

function sectionOf({ name, isInverted }: Open, inner: readonly MustacheNode[]): MustacheNode {
  const call = isInverted ? null : CALL.exec(name);
  if (call === null) return { type: 'section', name, isInverted, inner };
  return { type: 'call', name: call[1] as Call, argument: call[2] ?? ',', inner };
}
