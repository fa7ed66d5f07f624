import { didYouMean } from '../../base/text/did-you-mean.ts';
import { LongshoreError } from '../../core/errors.ts';

/** A capture that becomes a field. */
export interface NamedGroup {
  /** As Logstash writes it: `NAME:field:type`, `NAME` or, for `(?<field>...)`, the field. */
  readonly name: string;
}

/** A pattern without `%{...}`; its named groups are called `g0`, `g1`, ... in the order in which they open. */
export interface Expanded {
  readonly source: string;
  readonly groups: readonly NamedGroup[];
  /** What looks like `%{...}` and stays text in the pattern itself. */
  readonly leftAlone: readonly string[];
}

/**
 * Whose grok a pattern means. `elasticsearch`: that of ingest pipelines. `logstash`: that of Logstash's filter. They differ in
 * what `.` matches, in several patterns, empty captures, names captured twice, types, and in field names in brackets.
 */
export type GrokDialect = 'elasticsearch' | 'logstash';

/** `max_pattern_chars`: what a pattern may grow to. The longest of the library has some 30,000. */
const MAX_PATTERN_CHARS = 1_000_000;

/**
 * Replaces `%{NAME}`, `%{NAME:field}`, `%{NAME:field:type}` and `%{NAME=definition}` by their definitions, as deep as they go.
 * `%{` that is not followed by a name stays as it is. What follows the field up to `}` Logstash ignores; for Elasticsearch
 * such a `%{...}` is not one, and stays as well.
 * @throws LongshoreError LS_GROK_UNKNOWN_PATTERN, LS_GROK_RECURSION, LS_GROK_TOO_LARGE
 */
export function expand(
  pattern: string,
  library: ReadonlyMap<string, string>,
  definitions: Readonly<Record<string, string>>,
  namedCapturesOnly: boolean,
  dialect: GrokDialect,
): Expanded {
  // A map: definition names come from outside.
  const own = new Map(Object.entries(definitions));
  const open: string[] = [];
  const leftAlone: string[] = [];
  let size = 0;

  const replace = (text: string): string => {
    let result = '';
    let done = 0;
    for (let at = text.indexOf('%{'); at >= 0; at = text.indexOf('%{', done > at ? done : at + 2)) {
      const use = useAt(text, at, dialect);
      if (use === undefined) {
        if (open.length === 0) leftAlone.push(/^%\{[^}]*\}?/.exec(text.slice(at))![0]);
        continue;
      }
      result += text.slice(done, at);
      done = use.end;
      if (use.definition !== undefined && (dialect === 'logstash' || !library.has(use.pattern)))
        own.set(use.pattern, use.definition);
      result += definitionOf(use);
    }
    return result + text.slice(done);
  };

  const definitionOf = (use: Use): string => {
    const source = own.get(use.pattern) ?? library.get(use.pattern);
    if (source === undefined) {
      throw new LongshoreError('LS_GROK_UNKNOWN_PATTERN', `pattern %{${use.pattern}} is not defined.`, {
        fix:
          didYouMean(use.pattern, [...own.keys(), ...library.keys()], '%{', '}') ?? 'Define it in pattern_definitions.',
      });
    }
    if (open.includes(use.pattern)) {
      throw new LongshoreError(
        'LS_GROK_RECURSION',
        `pattern %{${use.pattern}} contains itself: ${[...open, use.pattern].join(' -> ')}.`,
        {
          fix: 'Give one of the definitions another name.',
        },
      );
    }
    size += source.length;
    if (size > MAX_PATTERN_CHARS) {
      throw new LongshoreError('LS_GROK_TOO_LARGE', `the pattern grows beyond ${MAX_PATTERN_CHARS} characters.`);
    }
    open.push(use.pattern);
    const inner = replace(source);
    open.pop();
    return namedCapturesOnly && use.field === undefined ? `(?:${inner})` : `(?<${use.name}>${inner})`;
  };

  return { ...renameGroups(replace(pattern)), leftAlone };
}

interface Use {
  /** `NAME` or `NAME:field:type`. */
  readonly name: string;
  readonly pattern: string;
  readonly field: string | undefined;
  readonly definition: string | undefined;
  /** Offset after the closing brace. */
  readonly end: number;
}

/** The `%{...}` at an offset; undefined when it isn't one. */
function useAt(text: string, at: number, dialect: GrokDialect): Use | undefined {
  const expression = dialect === 'logstash' ? HEAD : ELASTIC_HEAD;
  expression.lastIndex = at;
  const head = expression.exec(text);
  if (head === null) return undefined;
  let end = expression.lastIndex;
  let definition: string | undefined;
  if (text[end] === '=') {
    const close = closingBrace(text, end + 1);
    if (close < 0) return undefined;
    definition = text.slice(end + 1, close);
    end = close;
  } else if (dialect === 'elasticsearch') {
    if (text[end] !== '}') return undefined;
  } else {
    end = text.indexOf('}', end);
    if (end < 0) return undefined;
  }
  const field = head[2];
  return {
    name: field === undefined ? head[1]! : `${head[1]}:${field}`,
    pattern: head[1]!,
    field,
    definition,
    end: end + 1,
  };
}

// A-z is what the reference has: it lets `[ \ ] ^ _` and the back quote in, too.
const HEAD = /%\{([A-z0-9]+)(?::([@[\]A-z0-9_:.-]+))?/y;
const ELASTIC_HEAD = /%\{([A-z0-9]+)(?::([@[\]\p{L}\p{M}\p{Nd}_:.-]+))?/uy;

function closingBrace(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '{') depth++;
    else if (text[i] === '}' && depth-- === 0) return i;
  }
  return -1;
}

/** Gives every named group a name that each regular expression engine takes, and the references to it as well. */
function renameGroups(source: string): Omit<Expanded, 'leftAlone'> {
  const groups: NamedGroup[] = [];
  const opened = new Map<string, number[]>();
  const scan = (onGroup: (name: string) => string, onReference: (kind: string, name: string) => string): string => {
    let result = '';
    let done = 0;
    let classDepth = 0;
    TOKEN.lastIndex = 0;
    for (let token = TOKEN.exec(source); token !== null; token = TOKEN.exec(source)) {
      const [text, kind, angled, quoted] = token;
      const reference = angled ?? quoted;
      const group = token[4] ?? token[5];
      if (text === ']') classDepth = Math.max(0, classDepth - 1);
      else if (text.startsWith('[')) classDepth += text.endsWith(':]') ? 0 : 1;
      else if (classDepth > 0) continue;
      else if (group !== undefined) {
        result += source.slice(done, token.index) + onGroup(group);
        done = TOKEN.lastIndex;
      } else if (kind !== undefined && reference !== undefined) {
        result += source.slice(done, token.index) + onReference(kind, reference);
        done = TOKEN.lastIndex;
      }
    }
    return result + source.slice(done);
  };
  scan(
    name => {
      opened.set(name, [...(opened.get(name) ?? []), groups.length]);
      groups.push({ name });
      return '';
    },
    () => '',
  );
  let next = 0;
  const renamed = scan(
    () => `(?<g${next++}>`,
    (kind, name) => {
      const numbers = opened.get(name);
      if (numbers === undefined) return `\\${kind}<${name}>`;
      if (kind === 'g') return `\\g<g${numbers[0]}>`;
      // The last that took part counts, so it is tried first.
      const references = numbers.map(number => `\\k<g${number}>`).reverse();
      return references.length === 1 ? references[0]! : `(?:${references.join('|')})`;
    },
  );
  return { source: renamed, groups };
}

// In this order: an escape (with the name of a reference), a POSIX bracket, the start of a class (a `]` right after it
// is a member), the end of one, a comment, a named group.
const TOKEN =
  /\\(?:([kg])(?:<([^>]*)>|'([^']*)')|[\s\S])|\[:\^?[a-z]+:\]|\[\^?\]?|\]|\(\?#[^)]*\)|\(\?(?:<((?![=!])[^>]+)>|'([^']+)')/g;
