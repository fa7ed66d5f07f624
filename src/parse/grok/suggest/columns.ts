import type { Token, TokenKind } from './tokens.ts';

/** One place of several lines that are alike: what stands there in each. */
export interface Column {
  readonly kind: TokenKind;
  readonly texts: ReadonlySet<string>;
  /** Patterns of the pieces. */
  readonly patterns: ReadonlySet<string>;
  /** In some lines a `-` stands there in place of the value. */
  readonly isOptional: boolean;
}

/** Lines of one form. */
export interface Group {
  readonly lines: string[];
  /** What all lines have in common from their start on. */
  columns: readonly Column[];
  /** The lines go on differently behind the columns. */
  hasRest: boolean;
}

/** Puts lines together that begin alike: with the same kinds of pieces up to where free text begins. */
export function groupLines(lines: readonly { line: string; tokens: readonly Token[] }[]): Group[] {
  const groups: Group[] = [];
  for (const { line, tokens } of lines) {
    const columns = tokens.map(columnOf);
    const home = groups.find(group => isAlike(group.columns, columns));
    if (home === undefined) {
      groups.push({ lines: [line], columns, hasRest: false });
      continue;
    }
    const shared = sharedColumns(home.columns, columns);
    home.hasRest ||= shared.length < Math.max(home.columns.length, columns.length);
    home.columns = shared;
    home.lines.push(line);
  }
  return groups;
}

function columnOf({ kind, text, pattern }: Token): Column {
  return { kind, texts: new Set([text]), patterns: new Set([pattern]), isOptional: false };
}

/** Kinds that tell what a line is; words and marks say less. */
const TELLING: ReadonlySet<TokenKind> = new Set([
  'time',
  'level',
  'request',
  'ip',
  'uuid',
  'uri',
  'key',
  'quoted',
  'class',
]);

function isAlike(a: readonly Column[], b: readonly Column[]): boolean {
  const shared = sharedColumns(a, b);
  if (shared.length === a.length && shared.length === b.length) return true;
  const telling = shared.filter(({ kind }) => TELLING.has(kind)).length;
  return telling >= 2 || (telling === 1 && shared.length >= 3 && TELLING.has(shared[0]!.kind));
}

/** The columns that two lines have in common, from the start up to the first that cannot be both. */
function sharedColumns(a: readonly Column[], b: readonly Column[]): Column[] {
  const shared: Column[] = [];
  for (let i = 0; i < a.length && i < b.length; i++) {
    const merged = mergeColumns(a[i]!, b[i]!);
    if (merged === undefined) break;
    shared.push(merged);
  }
  return shared;
}

function mergeColumns(a: Column, b: Column): Column | undefined {
  const together = (kind: TokenKind, isOptional: boolean): Column => ({
    kind,
    texts: a.texts.union(b.texts),
    patterns: a.patterns.union(b.patterns),
    isOptional,
  });
  const isOptional = a.isOptional || b.isOptional;
  if (a.kind === b.kind) {
    const isSame = a.texts.size === 1 && b.texts.size === 1 && [...a.texts][0] === [...b.texts][0];
    if (a.kind === 'mark' || a.kind === 'key') return isSame ? together(a.kind, isOptional) : dashOr(a, b);
    return together(a.kind, isOptional);
  }
  const dashed = dashOr(a, b);
  if (dashed !== undefined) return dashed;
  const [kinds, loose] = [[a.kind, b.kind], 'word' as const];
  return kinds.every(kind => LOOSE.has(kind)) ? together(loose, isOptional) : undefined;
}

/** Values without blanks in them, of which one may stand where another one does. */
const LOOSE: ReadonlySet<TokenKind> = new Set(['ip', 'uuid', 'uri', 'path', 'number', 'class', 'word', 'level']);

function dashOr(a: Column, b: Column): Column | undefined {
  for (const [dash, value] of [
    [a, b],
    [b, a],
  ] as const) {
    const isDash = dash.kind === 'mark' && dash.texts.size === 1 && dash.texts.has('-');
    if (isDash && (LOOSE.has(value.kind) || value.kind === 'quoted')) return { ...value, isOptional: true };
  }
  return undefined;
}
