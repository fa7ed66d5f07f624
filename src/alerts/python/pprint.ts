import { type Fields, isFields, newFields } from '../../core/event.ts';
import { byCodePoint, pythonRepr } from './str.ts';
import { DictView, PyFloat, Tuple } from './types.ts';

const WIDTH = 80;
const MAX_DEPTH = 20;
/** Values that get lines of their own; further ones stay on one line. */
const MAX_VALUES = 10_000;
let left = MAX_VALUES;

const isMapping = (value: unknown): value is Fields => isFields(value) && !(value instanceof PyFloat);

/** `pprint.pformat(value)`: keys in order, and over several lines of at most 80 characters where one is too short. */
export function pythonPretty(value: unknown): string {
  left = MAX_VALUES;
  return format(inOrder(value), 0, 0, 1);
}

/** `column`: where it begins; `behind`: characters that must find room after it in its last line. */
function format(value: unknown, column: number, behind: number, level: number): string {
  const line = pythonRepr(value);
  if (--left < 0) return line;
  if ([...line].length <= WIDTH - column - behind || level > MAX_DEPTH) return line;
  if (typeof value === 'string') return textLines(value, column, behind, level);
  if (value instanceof DictView) return line;
  if (Array.isArray(value)) {
    if (value.length === 0) return line;
    const [open, close] = value instanceof Tuple ? ['(', value.length === 1 ? ',)' : ')'] : ['[', ']'];
    const last = value.length - 1;
    const items = value.map((item, i) => format(item, column + 1, i === last ? behind + close.length : 1, level + 1));
    return open + items.join(`,\n${' '.repeat(column + 1)}`) + close;
  }
  if (!isMapping(value)) return line;
  const names = Object.keys(value);
  const entries = names.map((name, i) => {
    const key = pythonRepr(name);
    const room = i === names.length - 1 ? behind + 1 : 1;
    return `${key}: ${format(value[name], column + 1 + [...key].length + 2, room, level + 1)}`;
  });
  return `{${entries.join(`,\n${' '.repeat(column + 1)}`)}}`;
}

/** A long text as texts that Python would join, broken behind blanks. */
function textLines(text: string, given: number, room: number, level: number): string {
  const isTop = level === 1;
  const column = isTop ? given + 1 : given;
  const behind = isTop ? room + 1 : room;
  const width = WIDTH - column;
  const lines = text
    .match(/[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]|$)/g)!
    .filter(Boolean);
  const chunks = lines.flatMap((line, i) => {
    const isLast = i === lines.length - 1;
    const whole = pythonRepr(line);
    if ([...whole].length <= width - (isLast ? behind : 0)) return [whole];
    const words = line.match(/\S*\s*/g)!.filter(Boolean);
    const out: string[] = [];
    let current = '';
    for (const [j, word] of words.entries()) {
      const limit = width - (isLast && j === words.length - 1 ? behind : 0);
      if ([...pythonRepr(current + word)].length > limit) {
        if (current !== '') out.push(pythonRepr(current));
        current = word;
      } else current += word;
    }
    return current === '' ? out : [...out, pythonRepr(current)];
  });
  if (chunks.length === 1) return chunks[0]!;
  const joined = chunks.join(`\n${' '.repeat(column)}`);
  return isTop ? `(${joined})` : joined;
}

/** Mappings with their keys in order. */
function inOrder(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH || --left < 0) return value;
  if (value instanceof DictView) return value;
  if (value instanceof Tuple) return Tuple.of2(...value.map(one => inOrder(one, depth + 1)));
  if (Array.isArray(value)) return value.map(one => inOrder(one, depth + 1));
  if (!isMapping(value)) return value;
  const sorted = newFields();
  for (const key of Object.keys(value).sort(byCodePoint)) sorted[key] = inOrder(value[key], depth + 1);
  return sorted;
}
