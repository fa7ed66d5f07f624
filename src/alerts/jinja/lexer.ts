// Splits a template into text, `{{ output }}`, `{% statement %}`; comments vanish. `-` inside a mark trims the white
// space on its side; as Jinja does by default, one newline at the very end of a template is dropped.

export interface TemplatePart {
  readonly kind: 'text' | 'output' | 'statement';
  readonly text: string;
  readonly line: number;
}

export class TemplateError extends Error {}

const CLOSING = { '{{': '}}', '{%': '%}', '{#': '#}' } as const;

const RAW_END = /\{%([-+]?)\s*endraw\s*(-?)%\}/g;

export function splitTemplate(source: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  const template = source.endsWith('\n') ? source.slice(0, -1) : source;
  let at = 0;
  let trimNext = false;
  let line = 1;
  const text = (value: string): void => {
    const trimmed = trimNext ? value.trimStart() : value;
    trimNext = false;
    if (trimmed !== '') parts.push({ kind: 'text', text: trimmed, line });
    line += value.split('\n').length - 1;
  };
  while (at < template.length) {
    const open = template.slice(at).search(/\{[{%#]/);
    if (open < 0) break;
    const start = at + open;
    const mark = template.slice(start, start + 2) as keyof typeof CLOSING;
    const end = closing(template, start + 2, mark);
    let before = template.slice(at, start);
    if (end < 0) {
      const openedIn = line + before.split('\n').length - 1;
      throw new TemplateError(`line ${openedIn}: ${mark} is not closed by ${CLOSING[mark]}`);
    }
    let inner = template.slice(start + 2, end);
    if (inner.startsWith('-')) {
      before = before.trimEnd();
      inner = inner.slice(1);
    } else if (inner.startsWith('+')) {
      inner = inner.slice(1);
    }
    text(before);
    trimNext = inner.endsWith('-');
    if (trimNext) inner = inner.slice(0, -1);
    if (mark === '{%' && inner.trim() === 'raw') {
      RAW_END.lastIndex = end + 2;
      const close = RAW_END.exec(template);
      if (close === null) throw new TemplateError(`line ${line}: {% raw %} is not closed by {% endraw %}`);
      const raw = template.slice(end + 2, close.index);
      text(close[1] === '-' ? raw.trimEnd() : raw);
      trimNext = close[2] === '-';
      at = close.index + close[0].length;
      continue;
    }
    if (mark !== '{#') parts.push({ kind: mark === '{{' ? 'output' : 'statement', text: inner.trim(), line });
    line += inner.split('\n').length - 1;
    at = end + 2;
  }
  text(template.slice(at));
  return parts;
}

function closing(template: string, from: number, mark: keyof typeof CLOSING): number {
  if (mark === '{#') return template.indexOf('#}', from);
  let quote = '';
  // The braces of `{{ {'a': {}} }}` belong to the expression.
  let depth = 0;
  for (let i = from; i < template.length - 1; i++) {
    const char = template[i]!;
    if (quote !== '') {
      if (char === '\\') i++;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") {
      quote = char;
    } else if (depth === 0 && template.startsWith(CLOSING[mark], i)) {
      return i;
    } else if (char === '{') {
      depth++;
    } else if (char === '}' && depth > 0) {
      depth--;
    }
  }
  return -1;
}

export interface JinjaToken {
  readonly kind: 'name' | 'number' | 'string' | 'operator' | 'end';
  readonly text: string;
}

const TOKEN =
  /\s*(?:(?<number>\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<string>'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*")|(?<operator>\*\*|\/\/|==|!=|<=|>=|[-+*/%~<>=()[\]{}.,:|]))/uy;

export function tokens(expression: string, line: number): JinjaToken[] {
  const out: JinjaToken[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (expression.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(expression);
    if (found === null)
      throw new TemplateError(`line ${line}: cannot read "${expression.slice(at).trim().slice(0, 20)}"`);
    const groups = found.groups!;
    if (groups['number'] !== undefined) out.push({ kind: 'number', text: groups['number'].replaceAll('_', '') });
    else if (groups['name'] !== undefined) out.push({ kind: 'name', text: groups['name'] });
    else if (groups['string'] !== undefined)
      out.push({ kind: 'string', text: unescaped(groups['string'].slice(1, -1)) });
    else out.push({ kind: 'operator', text: groups['operator']! });
    at = TOKEN.lastIndex;
  }
  out.push({ kind: 'end', text: '' });
  return out;
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\n': '' };

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g, (_, unit, byte, char: string) =>
    unit !== undefined || byte !== undefined
      ? String.fromCharCode(Number.parseInt(unit ?? byte, 16))
      : (ESCAPES[char] ?? (char === '\\' || char === '"' || char === "'" ? char : `\\${char}`)),
  );
}
