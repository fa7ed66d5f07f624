/** A text as YAML holds it in a line. */
export function quoted(text: string): string {
  return /[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(text) ? JSON.stringify(text) : `'${text.replaceAll("'", "''")}'`;
}

/**
 * The text of a pipeline with one more pattern in the grok that stands in `line` (from 1); undefined where it is written in
 * a way that this cannot change. Everything else stays as it is.
 */
export function withPattern(text: string, line: number, pattern: string): string | undefined {
  const lines = text.split('\n');
  const found = lines.findIndex((one, i) => i >= line - 1 && /\bpatterns\s*:/.test(one));
  if (found < 0 || found > line + 20) return undefined;
  const one = lines[found]!;
  const colon = /\bpatterns\s*:/.exec(one)!;
  const behind = one.slice(colon.index + colon[0].length);
  if (/^\s*\[/.test(behind)) {
    const start = colon.index + colon[0].length + behind.indexOf('[');
    const end = closing(lines.join('\n'), lines.slice(0, found).join('\n').length + (found > 0 ? 1 : 0) + start);
    if (end === undefined) return undefined;
    const whole = lines.join('\n');
    const isEmpty = /\[\s*$/.test(whole.slice(0, end));
    return `${whole.slice(0, end).replace(/,?\s*$/, isEmpty ? '' : ', ')}${quoted(pattern)}${whole.slice(end)}`;
  }
  if (/^\s*(?:#.*)?$/.test(behind) === false) return undefined;
  let last = -1;
  let indent = '';
  for (let i = found + 1; i < lines.length; i++) {
    const here = lines[i]!;
    if (/^\s*(?:#|$)/.test(here)) continue;
    const item = /^(\s*)- /.exec(here)?.[1];
    if (item !== undefined && (last < 0 ? item.length >= indentOf(one) : item === indent)) indent = item;
    // A text over several lines belongs to the item above it.
    else if (last < 0 || indentOf(here) <= indent.length) break;
    last = i;
  }
  if (last < 0) return undefined;
  lines.splice(last + 1, 0, `${indent}- ${quoted(pattern)}`);
  return lines.join('\n');
}

/** The text with one more test at its end; undefined where `tests` is not the last list of it. */
export function withTest(text: string, input: string, expect: Readonly<Record<string, unknown>>): string | undefined {
  const test = `  - input: ${quoted(input)}\n    expect: ${flow(expect)}\n`;
  const body = text.endsWith('\n') ? text : `${text}\n`;
  const tests = /^tests:[ \t]*(?:#.*)?$/m.exec(body);
  if (tests === null) return /^["']?tests["']?\s*:/m.test(body) ? undefined : `${body}tests:\n${test}`;
  const behind = body.slice(tests.index + tests[0].length + 1);
  if (/^[^\s#-]/m.test(behind)) return undefined;
  const indent = /^( *)- /m.exec(behind)?.[1] ?? '  ';
  return body + test.replace(/^ {2}/gm, indent);
}

/** A new pipeline for the lines of a container. */
export function newPipeline(
  name: string,
  container: string | undefined,
  patterns: readonly string[],
  tests: readonly { readonly line: string; readonly fields: Readonly<Record<string, unknown>> }[],
): string {
  const head = `description: ${quoted(`lines of ${name}`)}\nmatch: { container: ${quoted(container ?? name)} }\n`;
  const list = (patterns.length === 0 ? ['%{GREEDYDATA:message}'] : patterns).map(one => `        - ${quoted(one)}\n`);
  const steps = `processors:\n  - grok:\n      field: message\n      patterns:\n${list.join('')}`;
  const ends = tests.map(({ line, fields }) => `  - input: ${quoted(line)}\n    expect: ${flow(fields)}\n`);
  return head + steps + (ends.length === 0 ? '' : `tests:\n${ends.join('')}`);
}

/** JSON is YAML. */
function flow(value: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(value).map(
    ([name, one]) =>
      `${/^[A-Za-z_][\w.]*$/.test(name) ? name : quoted(name)}: ${typeof one === 'string' ? quoted(one) : JSON.stringify(one)}`,
  );
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

const indentOf = (line: string): number => /^\s*/.exec(line)![0].length;

/** Where the list that opens at `at` closes. */
function closing(text: string, at: number): number | undefined {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const c = text[i];
    if (c === "'") {
      for (i++; i < text.length; i++) if (text[i] === "'" && text[++i] !== "'") break;
      i--;
    } else if (c === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
    } else if (c === '[') depth++;
    else if (c === ']' && --depth === 0) return i;
  }
  return undefined;
}
