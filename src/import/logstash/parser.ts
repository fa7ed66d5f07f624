import type { Arm, Branch, Entry, Plugin, Section, Value } from './ast.ts';
import { parseCondition } from './condition-parser.ts';
import { Scanner } from './scanner.ts';

const MAX_DEPTH = 64;
const NAME = /[A-Za-z0-9_-]+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /-?\d+(?:\.\d*)?/y;

/** Reads a Logstash configuration. Throws LS_IMPORT_SYNTAX with `file:line:column`. */
export function parseLogstash(file: string, text: string): Section[] {
  const scanner = new Scanner(file, text);
  const sections: Section[] = [];
  for (scanner.skip(); !scanner.isAtEnd; scanner.skip()) {
    const start = scanner.at;
    const kind = scanner.match(NAME);
    if (kind !== 'input' && kind !== 'filter' && kind !== 'output') {
      scanner.at = start;
      throw scanner.mistake(
        `a section is \`input\`, \`filter\` or \`output\`, and there is ${scanner.found()}.`,
        'Is this a configuration of a Logstash pipeline?',
      );
    }
    scanner.takeComments();
    scanner.skip();
    scanner.expect('{', `\`${kind}\``);
    sections.push({ kind, body: body(scanner, kind, 1) });
  }
  return sections;
}

/** Plugins and branches up to the closing brace. */
function body(scanner: Scanner, of: string, depth: number): Entry[] {
  if (depth > MAX_DEPTH) throw scanner.mistake(`this is nested deeper than ${MAX_DEPTH} levels.`);
  const opened = scanner.at - 1;
  const entries: Entry[] = [];
  for (;;) {
    scanner.skip();
    if (scanner.eat('}')) return entries;
    if (scanner.isAtEnd) throw scanner.mistake(`\`${of}\` is not closed.`, 'Put a } at its end.', opened);
    entries.push(isWord(scanner, 'if') ? branch(scanner, depth) : plugin(scanner, depth));
  }
}

/** True when this word stands here and no name goes on after it. */
function isWord(scanner: Scanner, word: string): boolean {
  return scanner.text.startsWith(word, scanner.at) && !/[\w-]/.test(scanner.text[scanner.at + word.length] ?? '');
}

function branch(scanner: Scanner, depth: number): Branch {
  const at = scanner.place();
  const comments = scanner.takeComments();
  const arms: Arm[] = [arm(scanner, 'if', depth)];
  for (;;) {
    const before = scanner.at;
    scanner.takeComments();
    scanner.skip();
    if (!isWord(scanner, 'else')) {
      scanner.at = before;
      scanner.takeComments();
      return { kind: 'branch', arms, at, comments };
    }
    const place = scanner.place();
    scanner.eat('else');
    scanner.skip();
    if (isWord(scanner, 'if')) {
      arms.push(arm(scanner, 'if', depth));
      continue;
    }
    scanner.expect('{', '`else`');
    scanner.takeComments();
    arms.push({ condition: undefined, body: body(scanner, 'else', depth + 1), at: place });
    return { kind: 'branch', arms, at, comments };
  }
}

function arm(scanner: Scanner, word: string, depth: number): Arm {
  const at = scanner.place();
  scanner.eat(word);
  const condition = parseCondition(scanner, MAX_DEPTH - depth);
  scanner.skip();
  scanner.expect('{', 'a condition');
  scanner.takeComments();
  return { condition, body: body(scanner, 'if', depth + 1), at };
}

function plugin(scanner: Scanner, depth: number): Plugin {
  const at = scanner.place();
  const comments = scanner.takeComments();
  const name = nameOf(scanner);
  if (name === undefined) throw scanner.mistake(`the name of a plugin is expected, and there is ${scanner.found()}.`);
  scanner.skip();
  scanner.expect('{', `the plugin \`${name}\``);
  return { kind: 'plugin', name, options: options(scanner, name, depth + 1), at, comments };
}

function nameOf(scanner: Scanner): string | undefined {
  const char = scanner.text[scanner.at];
  return char === '"' || char === "'" ? scanner.quoted() : scanner.match(NAME);
}

function options(scanner: Scanner, plugin: string, depth: number): [string, Value][] {
  const opened = scanner.at - 1;
  const found: [string, Value][] = [];
  for (;;) {
    scanner.skip();
    if (scanner.eat('}')) {
      scanner.takeComments();
      return found;
    }
    if (scanner.isAtEnd)
      throw scanner.mistake(`the plugin \`${plugin}\` is not closed.`, 'Put a } at its end.', opened);
    const name = nameOf(scanner);
    if (name === undefined)
      throw scanner.mistake(`an option of \`${plugin}\` is expected, and there is ${scanner.found()}.`);
    scanner.skip();
    scanner.expect('=>', `the option \`${name}\``);
    scanner.skip();
    found.push([name, value(scanner, depth)]);
  }
}

function value(scanner: Scanner, depth: number): Value {
  if (depth > MAX_DEPTH) throw scanner.mistake(`this is nested deeper than ${MAX_DEPTH} levels.`);
  const at = scanner.place();
  const char = scanner.text[scanner.at];
  if (char === '"' || char === "'") return { kind: 'text', text: scanner.quoted(), at };
  if (char === '[') return { kind: 'list', items: list(scanner, depth), at };
  if (char === '{') return { kind: 'hash', entries: hash(scanner, depth), at };
  const number = scanner.match(NUMBER);
  if (number !== undefined) return { kind: 'number', text: number, at };
  const start = scanner.at;
  const word = scanner.match(WORD);
  if (word === undefined) throw scanner.mistake(`a value is expected, and there is ${scanner.found()}.`);
  const after = scanner.at;
  scanner.skip();
  if (scanner.text[scanner.at] === '{') {
    scanner.at = start;
    return { kind: 'plugin', plugin: plugin(scanner, depth), at };
  }
  scanner.at = after;
  return { kind: 'word', text: word, at };
}

function list(scanner: Scanner, depth: number): Value[] {
  const opened = scanner.at;
  scanner.eat('[');
  const items: Value[] = [];
  for (;;) {
    scanner.skip();
    if (scanner.eat(']')) return items;
    if (scanner.isAtEnd) throw scanner.mistake('the list is not closed.', 'Put a ] at its end.', opened);
    items.push(value(scanner, depth + 1));
    scanner.skip();
    if (!scanner.eat(',') && scanner.text[scanner.at] !== ']')
      throw scanner.mistake(`a list expects \`,\` or \`]\`, and there is ${scanner.found()}.`);
  }
}

function hash(scanner: Scanner, depth: number): [string, Value][] {
  const opened = scanner.at;
  scanner.eat('{');
  const entries: [string, Value][] = [];
  for (;;) {
    scanner.skip();
    if (scanner.eat('}')) return entries;
    if (scanner.isAtEnd) throw scanner.mistake('the hash is not closed.', 'Put a } at its end.', opened);
    const char = scanner.text[scanner.at];
    const key = char === '"' || char === "'" ? scanner.quoted() : (scanner.match(NUMBER) ?? scanner.match(WORD));
    if (key === undefined) throw scanner.mistake(`the key of a hash is expected, and there is ${scanner.found()}.`);
    scanner.skip();
    scanner.expect('=>', `the key \`${key}\``);
    scanner.skip();
    entries.push([key, value(scanner, depth + 1)]);
    scanner.skip();
    // Logstash takes none; people write them all the same, and mean nothing by it.
    scanner.eat(',');
  }
}
