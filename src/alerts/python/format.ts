import { isFields } from '../../core/event.ts';
import { fixedText } from './fixed.ts';
import { pythonAscii, pythonRepr, pythonStr } from './str.ts';
import { PyFloat } from './types.ts';

export interface FormatArguments {
  readonly positional?: readonly unknown[];
  readonly named?: Readonly<Record<string, unknown>>;
}

/**
 * `template.format(*positional, **named)`: `{}`, `{0}`, `{name}`, `{0[key]}`, `{0.attribute}`, `!r`, `!s`, and the format
 * mini-language. Where Python would raise (braces that are text, an argument that is missing, a format that does not
 * suit the value) the text stays as the user wrote it, so that an alert is sent in any case.
 */
export function pythonFormat(template: string, args: FormatArguments): string {
  let automatic = 0;
  let out = '';
  for (let i = 0; i < template.length; i++) {
    const char = template[i]!;
    if ((char === '{' || char === '}') && template[i + 1] === char) {
      out += char;
      i++;
    } else if (char === '{') {
      const end = closingBrace(template, i);
      const field = end < 0 ? undefined : FIELD.exec(template.slice(i + 1, end));
      const name = field?.groups?.['name'];
      if (field === null || field === undefined || name === undefined) {
        out += char;
        continue;
      }
      const found = lookup(name === '' ? String(automatic++) : name, field.groups!['path'] ?? '', args);
      if (found === MISSING) {
        out += template.slice(i, end + 1);
      } else {
        const spec = (field.groups!['spec'] ?? '').replace(/\{(\w*)\}/g, (whole, inner: string) => {
          const value = lookup(inner === '' ? String(automatic++) : inner, '', args);
          return value === MISSING ? whole : pythonStr(value);
        });
        out += formatValue(convert(found, field.groups!['conversion']), spec);
      }
      i = end;
    } else {
      out += char;
    }
  }
  return out;
}

const FIELD = /^(?<name>\w*)(?<path>(?:\.\w+|\[[^\]{}]+\])*)(?:!(?<conversion>[rsa]))?(?::(?<spec>[\s\S]*))?$/;
const MISSING = Symbol('missing');

function closingBrace(template: string, open: number): number {
  let depth = 0;
  for (let i = open; i < template.length; i++) {
    if (template[i] === '{') depth++;
    else if (template[i] === '}' && --depth === 0) return i;
  }
  return -1;
}

function lookup(name: string, path: string, args: FormatArguments): unknown {
  let value: unknown = MISSING;
  if (/^\d+$/.test(name)) {
    if (args.positional !== undefined && Number(name) < args.positional.length) value = args.positional[Number(name)];
  } else if (args.named !== undefined && Object.hasOwn(args.named, name)) {
    value = args.named[name];
  }
  for (const step of path.matchAll(/\.(\w+)|\[([^\]]+)\]/g)) {
    const key = (step[1] ?? step[2])!;
    if (Array.isArray(value) && /^\d+$/.test(key) && Number(key) < value.length) value = value[Number(key)];
    else if (isFields(value) && Object.hasOwn(value, key)) value = value[key];
    else return MISSING;
  }
  return value;
}

function convert(value: unknown, conversion: string | undefined): unknown {
  if (conversion === 'r') return pythonRepr(value);
  if (conversion === 'a') return pythonAscii(value);
  return conversion === 's' ? pythonStr(value) : value;
}

const SPEC =
  /^(?:(?<fill>[\s\S])?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<alternate>#)?(?<zero>0)?(?<width>\d+)?(?<group>[,_])?(?:\.(?<precision>\d+))?(?<type>[bcdeEfFgGnosxX%])?$/u;
const MAX_WIDTH = 10_000;

/** `format(value, spec)`; the plain text of the value where the spec does not suit it. */
export function formatValue(given: unknown, spec: string): string {
  if (spec === '') return pythonStr(given);
  // A float stays one only where nothing else says how it is to look.
  const value = given instanceof PyFloat && !/^(?:.?[<>=^])?[-+ ]?#?0?\d*[,_]?$/su.test(spec) ? given.value : given;
  if (value instanceof PyFloat) return formatFloat(value, spec);
  const parts = SPEC.exec(spec)?.groups;
  if (parts === undefined) return pythonStr(value);
  const type = parts['type'];
  const numeric = typeof value === 'number' || (typeof value === 'boolean' && type !== 's');
  const precision = parts['precision'] === undefined ? undefined : Math.min(100, Number(parts['precision']));
  let body: string;
  let sign = '';
  if (numeric && type !== 's') {
    const number = Number(value);
    const text = numberBody(Math.abs(number), type, precision, parts['alternate'] !== undefined);
    if (text === undefined) return pythonStr(value);
    body = parts['group'] === undefined ? text : grouped(text, parts['group'], /[bxXo]/.test(type ?? '') ? 4 : 3);
    sign = number < 0 || Object.is(number, -0) ? '-' : (parts['sign'] ?? '-').replace('-', '');
  } else {
    if (type !== undefined && type !== 's') return pythonStr(value);
    const text = pythonStr(value);
    body = precision === undefined ? text : [...text].slice(0, precision).join('');
  }
  const align = parts['align'] ?? (parts['zero'] !== undefined && numeric ? '=' : numeric ? '>' : '<');
  const fill = parts['fill'] ?? (parts['zero'] !== undefined ? '0' : ' ');
  const missing = Math.min(MAX_WIDTH, Number(parts['width'] ?? 0)) - [...(sign + body)].length;
  if (missing <= 0) return sign + body;
  if (align === '<') return sign + body + fill.repeat(missing);
  if (align === '=') return sign + fill.repeat(missing) + body;
  if (align === '>') return fill.repeat(missing) + sign + body;
  const left = Math.floor(missing / 2);
  return fill.repeat(left) + sign + body + fill.repeat(missing - left);
}

/** Alignment, sign and grouping of a whole float: its `.0` stays. */
function formatFloat({ value }: PyFloat, spec: string): string {
  return formatValue(value, `${spec}.1f`);
}

function numberBody(
  size: number,
  type: string | undefined,
  precision: number | undefined,
  alternate: boolean,
): string | undefined {
  if (!Number.isFinite(size)) return pythonStr(size);
  switch (type) {
    case 'f':
    case 'F':
      return size < 1e21 ? fixedText(size, precision ?? 6) : BigInt(size).toString();
    case '%':
      return `${fixedText(size * 100, precision ?? 6)}%`;
    case 'e':
    case 'E': {
      const plain = size.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2');
      const text = alternate && !plain.includes('.') ? plain.replace('e', '.e') : plain;
      return type === 'E' ? text.toUpperCase() : text;
    }
    case 'n':
      if (Number.isInteger(size)) break;
      return numberBody(size, 'g', precision, alternate);
    case 'g':
    case 'G':
    case undefined: {
      if (type === undefined && precision === undefined) return pythonStr(size);
      const digits = Math.max(1, precision ?? 6);
      const exponent = size === 0 ? 0 : Math.floor(Math.log10(Number(size.toPrecision(digits))));
      const isLong = exponent < -4 || exponent >= digits;
      const full = isLong
        ? size.toExponential(digits - 1).replace(/e([+-])(\d)$/, 'e$10$2')
        : fixedText(size, Math.min(100, digits - 1 - exponent));
      const [, whole = '', fraction = '', power = ''] = /^(\d+)(?:\.(\d+))?(e.*)?$/.exec(full)!;
      const kept = alternate ? `.${fraction}` : fraction.replace(/0+$/, '').replace(/^(?=.)/, '.');
      const text = whole + kept + power;
      return type === 'G' ? text.toUpperCase() : text;
    }
  }
  if (!Number.isInteger(size)) return undefined;
  const whole = BigInt(size);
  const radix = { b: 2, o: 8, x: 16, X: 16 }[type];
  if (radix === undefined) return type === 'c' ? String.fromCodePoint(Math.min(size, 0x10ffff)) : whole.toString();
  const text = (alternate ? `0${type}` : '') + whole.toString(radix);
  return type === 'X' ? text.toUpperCase() : text;
}

function grouped(text: string, mark: string, size: number): string {
  const [whole = '', rest] = text.split('.');
  const [, start = '', digits = ''] = /^(0[bxXo])?(.*)$/.exec(whole)!;
  const out = start + digits.replace(new RegExp(`\\B(?=(\\w{${size}})+(?!\\w))`, 'g'), mark);
  return rest === undefined ? out : `${out}.${rest}`;
}
