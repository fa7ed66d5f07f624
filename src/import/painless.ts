/** Pieces of conditions in Painless, for all importers. */

const IDENTIFIER = /^[A-Za-z_]\w*$/;

/** How a field is read where any part of its path may be missing: `ctx.a?.b`. */
export function fieldText(path: readonly string[]): string {
  const [first = '', ...rest] = path;
  let text = IDENTIFIER.test(first) ? `ctx.${first}` : `ctx[${quoted(first)}]`;
  rest.forEach((name, i) => {
    if (/^-?\d+$/.test(name)) {
      const list = text;
      const index = Number(name);
      text = index < 0 ? `${list}[${list}.size() - ${-index}]` : `${list}[${index}]`;
      text = `(${list} instanceof List && ${list}.size() >= ${index < 0 ? -index : index + 1} ? ${text} : null)`;
      if (i < rest.length - 1) text = `${text}`;
    } else text += IDENTIFIER.test(name) ? `?.${name}` : `?.get(${quoted(name)})`;
  });
  return text;
}

export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** Between slashes, with `m`: `^` and `$` of Ruby mean lines. */
export function regexText(source: string): string {
  const escaped = source.replace(/\\\/|\/|\n/g, found => (found === '\n' ? '\\n' : '\\/'));
  return `/${escaped === '' ? '(?:)' : escaped}/${/[$^]/.test(source) ? 'm' : ''}`;
}

export function both(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return `${inner(left, /\|\||\?/)} && ${inner(right, /\|\||\?/)}`;
}

export function either(left: string, right: string): string {
  return `${inner(left, /\?/)} || ${inner(right, /\?/)}`;
}

export function negated(condition: string): string {
  const simple = /^(ctx[\w.?]*(?:\['@?\w+'\])?[\w.?]*) (==|!=) ('(?:[^'\\]|\\.)*'|-?\d+|null|true|false)$/.exec(
    condition,
  );
  if (simple !== null) return `${simple[1]} ${simple[2] === '==' ? '!=' : '=='} ${simple[3]}`;
  return `!(${condition})`;
}

/** In parentheses where an operator at the outside binds less than what will stand around it. */
function inner(condition: string, loose: RegExp): string {
  return loose.test(atTop(condition)) ? `(${condition})` : condition;
}

/** What stands outside of parentheses, texts, regular expressions and brackets; `?.` is no operator. */
function atTop(condition: string): string {
  let depth = 0;
  let out = '';
  for (let i = 0; i < condition.length; i++) {
    const char = condition[i]!;
    if (char === "'" || (char === '/' && /[~]\s*$/.test(condition.slice(0, i)))) {
      i++;
      while (i < condition.length && condition[i] !== char) i += condition[i] === '\\' ? 2 : 1;
    } else if (char === '(' || char === '[') depth++;
    else if (char === ')' || char === ']') depth--;
    else if (char === '?' && condition[i + 1] === '.') i++;
    else if (depth === 0) out += char;
  }
  return out;
}

/** Where temporary values stand; Logstash never stores it either. */
export const TEMPORARY = '@metadata';
export const temporary = (name: string): string => `${TEMPORARY}.${name}`;
export const readTemporary = (name: string): string => `ctx['${TEMPORARY}']?.${name}`;

/** The script that takes the tags of `params.gone` out of the event's. */
export const REMOVE_TAGS = 'ctx.tags.removeIf(tag -> params.gone.contains(tag))';
