import { pythonPretty } from '../python/pprint.ts';
import { pythonJson, pythonRepr } from '../python/str.ts';
import { float, isFloat, numberOf } from '../python/types.ts';
import { spend } from './budget.ts';
import type { JinjaFilter } from './filter.ts';
import { TemplateError } from './lexer.ts';
import { callMethod, capitalized, replaceText } from './methods.ts';
import { asTuple, percent, round } from './numbers.ts';
import { attribute, characters, isMapping, isUndefined, iterate, text, truthy } from './values.ts';

const NONE: ReadonlyMap<string, unknown> = new Map();

const fallback: JinjaFilter = (value, args, named) => {
  const other = args[0] ?? named.get('default_value') ?? '';
  const falsyToo = truthy(args[1] ?? named.get('boolean'));
  return isUndefined(value) || (falsyToo && !truthy(value)) ? other : value;
};

/** Jinja cuts at `length` and the end mark counts; a text that is at most `leeway` longer stays whole. */
const truncate: JinjaFilter = (value, args, named) => {
  const isText = typeof value === 'string' || isUndefined(value);
  const length = numberOf(args[0] ?? named.get('length')) ?? 255;
  const killWords = truthy(args[1] ?? named.get('killwords') ?? false);
  const end = text(args[2] ?? named.get('end') ?? '...');
  const leeway = numberOf(args[3] ?? named.get('leeway')) ?? 5;
  // A list or a mapping that is short enough stays what it is.
  if (!isText && (Array.isArray(value) || isMapping(value))) {
    if (iterate(value).length <= length + leeway) return value;
    throw new TemplateError('truncate wants a text');
  }
  const whole = text(value);
  if (characters(whole).length <= length + leeway) return whole;
  const cut = [...whole.slice(0, 2 * length)].slice(0, Math.max(0, length - [...end].length)).join('');
  if (killWords) return cut + end;
  const space = cut.lastIndexOf(' ');
  return (space < 0 ? cut : cut.slice(0, space)) + end;
};

const abs: JinjaFilter = value => {
  const number = numberOf(value);
  if (number === undefined) throw new TemplateError(`abs wants a number, not ${pythonRepr(value).slice(0, 60)}`);
  return isFloat(value) ? float(Math.abs(number)) : Math.abs(number);
};

const NUMBER = /^\s*[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i;

const toInt: JinjaFilter = (value, args, named) => {
  const base = numberOf(args[1] ?? named.get('base')) ?? 10;
  const other = args[0] ?? named.get('default') ?? 0;
  const number = numberOf(value);
  if (number !== undefined) return Number.isFinite(number) ? Math.trunc(number) : other;
  if (typeof value !== 'string') return other;
  if (base !== 10) {
    const digits = value.trim().replace(/^([-+]?)0[xob]/i, '$1');
    const parsed = Number.parseInt(digits, base);
    return Number.isNaN(parsed) || parsed.toString(base) !== digits.toLowerCase().replace(/^\+?0*(?=.)/, '')
      ? other
      : parsed;
  }
  return NUMBER.test(value) ? Math.trunc(Number(value.replaceAll('_', ''))) : other;
};

const toFloat: JinjaFilter = (value, args, named) => {
  const other = args[0] ?? named.get('default') ?? float(0);
  const number = numberOf(value);
  if (number !== undefined) return float(number);
  return typeof value === 'string' && NUMBER.test(value) ? float(Number(value.replaceAll('_', ''))) : other;
};

const length: JinjaFilter = value => {
  if (typeof value === 'string') return characters(value).length;
  if (isUndefined(value)) return 0;
  return isMapping(value) ? Object.keys(value).length : iterate(value).length;
};

const escapeHtml: JinjaFilter = value =>
  text(value).replace(
    /[&<>"']/g,
    char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' })[char]!,
  );

const MAX_INDENT = 100;

/** Safe inside HTML as Jinja does it: `<`, `>`, `&` and `'` as escapes, and all that is not ASCII. */
const toJson: JinjaFilter = (value, args, named) => {
  const indent = args[0] ?? named.get('indent');
  const options =
    typeof indent === 'number' ? { indent: Math.min(indent, MAX_INDENT), sortKeys: true } : { sortKeys: true };
  const written = pythonJson(isUndefined(value) ? null : value, options);
  spend(written.length);
  return written.replace(/[<>&']|[^\0-\x7f]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
};

const indent: JinjaFilter = (value, args, named) => {
  const given = args[0] ?? named.get('width') ?? 4;
  const pad = typeof given === 'string' ? given : ' '.repeat(Math.min(1000, numberOf(given) ?? 4));
  const first = truthy(args[1] ?? named.get('first') ?? false);
  const blank = truthy(args[2] ?? named.get('blank') ?? false);
  const lines = text(value).split('\n');
  spend(lines.length * pad.length);
  const body = lines.map((line, i) => (i > 0 && (blank || line !== '') ? pad + line : line)).join('\n');
  return first ? pad + body : body;
};

const format: JinjaFilter = (value, args, named) => {
  if (named.size > 0 && args.length > 0) throw new TemplateError('format takes values or names, not both');
  const values = named.size > 0 ? Object.assign(Object.create(null), Object.fromEntries(named)) : asTuple(args);
  return percent(text(value), values);
};

const center: JinjaFilter = (value, args, named) =>
  callMethod(text(value), 'center', { args: [args[0] ?? named.get('width') ?? 80], named: NONE });

const replace: JinjaFilter = (value, args, named) => {
  const [old, other] = [text(args[0] ?? named.get('old')), text(args[1] ?? named.get('new'))];
  return replaceText(text(value), old, other, numberOf(args[2] ?? named.get('count')) ?? -1);
};

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];
const BINARY_UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB'];

const fileSize: JinjaFilter = (value, args, named) => {
  const binary = truthy(args[0] ?? named.get('binary'));
  const bytes = numberOf(toFloat(value, [], NONE)) ?? 0;
  const base = binary ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const power = Math.min(UNITS.length, Math.floor(Math.log(bytes) / Math.log(base) + 1e-12));
  return `${(bytes / base ** power).toFixed(1)} ${(binary ? BINARY_UNITS : UNITS)[power - 1]}`;
};

/** As Python's textwrap: lines of at most `width`, broken at blanks and behind hyphens, long words broken unless told otherwise. */
const wordWrap: JinjaFilter = (value, args, named) => {
  const width = Math.max(1, numberOf(args[0] ?? named.get('width')) ?? 79);
  const breaks = truthy(args[1] ?? named.get('break_long_words') ?? true);
  const ending = text(args[2] ?? named.get('wrapstring') ?? '\n');
  return text(value)
    .replace(/\n$/, '')
    .split('\n')
    .map(line => wrapLine(line, width, breaks).join(ending))
    .join(ending);
};

function wrapLine(line: string, width: number, breaks: boolean): string[] {
  const chunks = line.split(/(\s+)|(?<=[\p{L}\p{N}_]-)(?=[\p{L}\p{N}_])/u).filter(Boolean);
  const lines: string[] = [];
  let at = 0;
  while (at < chunks.length) {
    if (chunks[at]!.trim() === '' && lines.length > 0) at++;
    let current = '';
    while (at < chunks.length && current.length + chunks[at]!.length <= width) current += chunks[at++]!;
    const long = chunks[at] ?? '';
    if (long.length > width) {
      if (breaks) {
        const room = Math.max(1, width - current.length);
        current += long.slice(0, room);
        chunks[at] = long.slice(room);
      } else if (current === '') {
        current = long;
        at++;
      }
    }
    if (current.trimEnd() !== '') lines.push(current.trimEnd());
  }
  return lines;
}

const stripTags: JinjaFilter = value => {
  const source = text(value);
  let out = '';
  let at = 0;
  for (let open = source.indexOf('<'); open >= 0; open = source.indexOf('<', at)) {
    const mark = source.startsWith('<!--', open) ? '-->' : '>';
    const end = source.indexOf(mark, open);
    if (end < 0) break;
    out += source.slice(at, open);
    at = end + mark.length;
  }
  return (out + source.slice(at)).replace(/\s+/g, ' ').trim();
};

const urlEncode: JinjaFilter = value => {
  const quote = (one: unknown, keepSlash: boolean): string =>
    encodeURIComponent(text(one).toWellFormed())
      .replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll(keepSlash ? '%2F' : '%20', keepSlash ? '/' : '+');
  if (typeof value === 'string' || !(Array.isArray(value) || isMapping(value))) return quote(value, true);
  const pairs = isMapping(value) ? Object.entries(value) : iterate(value).map(one => iterate(one));
  return pairs.map(([key, one]) => `${quote(key, false)}=${quote(one, false)}`).join('&');
};

/** Filters that make one value of one value. */
export const TEXT_FILTERS: Record<string, JinjaFilter> = {
  abs,
  attr: (value, args) => attribute(value, text(args[0])),
  capitalize: value => capitalized(text(value)),
  center,
  count: length,
  d: fallback,
  default: fallback,
  e: escapeHtml,
  escape: escapeHtml,
  filesizeformat: fileSize,
  float: toFloat,
  forceescape: escapeHtml,
  format,
  indent,
  int: toInt,
  length,
  lower: value => text(value).toLowerCase(),
  pprint: value => (isUndefined(value) ? 'Undefined' : pythonPretty(value)),
  replace,
  round: (value, args, named) =>
    round(value, numberOf(args[0] ?? named.get('precision')) ?? 0, text(args[1] ?? named.get('method') ?? 'common')),
  safe: value => value,
  string: value => text(value),
  striptags: stripTags,
  // Another idea of a word than that of the method `title`.
  title: value =>
    text(value)
      .split(/([-\s({[<]+)/)
      .map(capitalized)
      .join(''),
  tojson: toJson,
  trim: (value, args, named) =>
    callMethod(text(value), 'strip', { args: [args[0] ?? named.get('chars')], named: NONE }),
  truncate,
  upper: value => text(value).toUpperCase(),
  urlencode: urlEncode,
  wordcount: value => (text(value).match(/[\p{L}\p{N}_]+/gu) ?? []).length,
  wordwrap: wordWrap,
};
