import { exactInteger } from '../../base/text/exact.ts';

/** What a capture becomes. */
export type CaptureType = 'text' | 'integer' | 'float' | 'boolean';

/** Logstash knows `int` and `float`; the others are Elasticsearch's. Any other word leaves the text as it is. */
export function captureType(word: string | undefined): CaptureType {
  switch (word) {
    case 'int':
    case 'integer':
    case 'long':
      return 'integer';
    case 'float':
    case 'double':
      return 'float';
    case 'boolean':
      return 'boolean';
    default:
      return 'text';
  }
}

export function convert(text: string, type: CaptureType): unknown {
  switch (type) {
    case 'integer':
      return toInteger(text);
    case 'float':
      return toFloat(text);
    case 'boolean':
      return text.toLowerCase() === 'true';
    default:
      return text;
  }
}

/** Ruby's `to_i`: the digits at the start, single underscores between them allowed; 0 when there are none. Beyond 2^53 the text of the digits. */
export function toInteger(text: string): number | string {
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9 || i >= 15) return startingInteger(text);
    value = value * 10 + digit;
  }
  return value;
}

/** Ruby's `to_f`: the number at the start, single underscores between digits allowed; 0 when there is none. */
export function toFloat(text: string): number {
  return PLAIN.test(text) ? finite(Number(text)) : startingFloat(text);
}

function startingInteger(text: string): number | string {
  const match = INTEGER.exec(text);
  return match === null ? 0 : exactInteger(match[1]!.replaceAll('_', ''));
}

function startingFloat(text: string): number {
  const match = FLOAT.exec(text);
  return match === null ? 0 : finite(Number(match[1]!.replaceAll('_', '')));
}

/** JSON has no infinity, and minus zero is nobody's count. */
function finite(value: number): number {
  return Number.isFinite(value) ? value + 0 : Math.sign(value) * Number.MAX_VALUE;
}

const PLAIN = /^\d+(?:\.\d+)?$/;
const INTEGER = /^\s*([+-]?\d+(?:_\d+)*)/;
const FLOAT = /^\s*([+-]?(?:\d+(?:_\d+)*)?(?:(?<=\d)\.\d+(?:_\d+)*|(?<!\d)\.\d+(?:_\d+)*)?(?<=\d)(?:[eE][+-]?\d+)?)/;
