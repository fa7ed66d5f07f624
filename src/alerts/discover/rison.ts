import { isFields } from '../../core/event.ts';
import { byCodePoint, pythonStr } from '../python/str.ts';

/** A text stands without quotes where its first line is letters, digits, some marks and whatever is not ASCII, and begins with no digit or minus. */
const FIRST = /^[A-Za-z_./~%+\\\u007f-\u{10ffff}]/u;
const REST = /^[A-Za-z\d_\-./~%+\\\u007f-\u{10ffff}]*(?=\n|$)/u;
const MAX_DEPTH = 50;

/** A value in Rison, JSON for addresses, as the library `prison` of Python writes it. */
export function rison(value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH || value === undefined || value === null) return '!n';
  if (typeof value === 'string') return risonText(value);
  if (typeof value === 'boolean') return value ? '!t' : '!f';
  if (Array.isArray(value)) return `!(${value.map(item => rison(item, depth + 1)).join(',')})`;
  if (!isFields(value)) return pythonStr(value).replaceAll('+', '');
  const names = Object.keys(value).sort(byCodePoint);
  return `(${names.map(name => `${risonText(name)}:${rison(value[name], depth + 1)}`).join(',')})`;
}

function risonText(text: string): string {
  if (text !== '' && isPlain(text)) return text;
  return `'${text.replace(/['!]/g, mark => `!${mark}`)}'`;
}

const isPlain = (text: string): boolean => FIRST.test(text) && REST.test(text);
