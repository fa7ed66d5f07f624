import { globSync, readFileSync } from 'node:fs';

/** A fenced block of a page. Its info string says what it is: ```yaml rule config/rules/web.yaml */
export interface Block {
  readonly page: string;
  /** Of the fence, from 1. */
  readonly line: number;
  /** `sh`, `yaml rule`, `text output`, ...: the one or two words that say what it is. */
  readonly kind: string;
  /** What stands behind that: the path of a file that the reader is told to write. */
  readonly path: string | undefined;
  readonly text: string;
}

export interface Table {
  readonly line: number;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Page {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Anchors of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly { line: number; target: string; isImage: boolean }[];
  readonly tables: readonly Table[];
  /** `code` in the text, outside of blocks. */
  readonly codes: readonly { line: number; text: string }[];
}

/** Pages that `longshore docs` writes: what is in them is tested where they are made. */
export const isRendered = (path: string): boolean => path.startsWith('docs/reference/');

export function pages(): Page[] {
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...globSync('docs/**/*.md').sort()].map(
    readPage,
  );
}

/** What a block is may take one word or two; the rest of the info string is a path. */
const TWO_WORDS = new Set(['yaml', 'text', 'conf', 'json']);
const FENCE = /^( *)(`{3,})\s*(.*)$/;

export function readPage(path: string): Page {
  const text = readFileSync(path, 'utf8');
  const blocks: Block[] = [];
  const anchors = new Set<string>();
  const links: { line: number; target: string; isImage: boolean }[] = [];
  const codes: { line: number; text: string }[] = [];
  const tables: { line: number; head: string[]; rows: string[][] }[] = [];
  let open: { indent: number; ticks: string; line: number; info: string; lines: string[] } | undefined;
  let isTable = false;
  for (const [i, line] of text.split('\n').entries()) {
    const fence = FENCE.exec(line);
    if (open !== undefined) {
      if (fence !== null && fence[3] === '' && fence[2]!.length >= open.ticks.length) {
        blocks.push(blockOf(path, open));
        open = undefined;
      } else open.lines.push(line.slice(Math.min(open.indent, line.search(/\S|$/))));
      continue;
    }
    if (fence !== null) {
      open = { indent: fence[1]!.length, ticks: fence[2]!, line: i + 1, info: fence[3]!.trim(), lines: [] };
      continue;
    }
    const heading = /^#{1,6} (.+)$/.exec(line);
    if (heading !== null) anchors.add(freeAnchor(slug(heading[1]!), anchors));
    const cells = /^\s*\|(.*)\|\s*$/.exec(line)?.[1];
    if (cells === undefined) isTable = false;
    else {
      const row = cells.split(/(?<!\\)\|/).map(cell => cell.trim().replaceAll('\\|', '|'));
      if (!isTable) tables.push({ line: i + 1, head: row, rows: [] });
      else if (!row.every(cell => /^:?-+:?$/.test(cell))) tables.at(-1)!.rows.push(row);
      isTable = true;
    }
    for (const code of codesOf(line)) codes.push({ line: i + 1, text: code });
    const bare = line.replace(/(`+)(?:(?!\1).)+\1/g, '');
    for (const [, bang, target] of bare.matchAll(/(!?)\[[^\]]*\]\(([^)\s]+)\)/g))
      links.push({ line: i + 1, target: target!, isImage: bang === '!' });
    for (const [, target] of bare.matchAll(/(?:srcset|src|href)="([^"]+)"/g))
      links.push({ line: i + 1, target: target!, isImage: /\.(png|svg)$/.test(target!) });
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: the block has no end`);
  return { path, text, blocks, anchors, links, tables, codes };
}

/** The texts between backticks. */
export const codesOf = (text: string): string[] =>
  [...text.matchAll(/(`+)((?:(?!\1).)+)\1/g)].map(([, , code]) => code!.trim().replaceAll('\\|', '|'));

function blockOf(page: string, open: { line: number; info: string; lines: string[] }): Block {
  const words = open.info.split(/\s+/);
  const length = TWO_WORDS.has(words[0]!) ? 2 : 1;
  return {
    page,
    line: open.line,
    kind: words.slice(0, length).join(' '),
    path: words[length],
    text: `${open.lines.join('\n')}\n`,
  };
}

function slug(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function freeAnchor(anchor: string, taken: ReadonlySet<string>): string {
  for (let n = 0; ; n++) {
    const candidate = n === 0 ? anchor : `${anchor}-${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}
