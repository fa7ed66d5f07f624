import { quoted } from '../routing/labels.ts';
import { GoTemplateError } from './errors.ts';
import { floatText, GoFloat, GoHtml, GoMap, GoSlice, goExponent, shown, typeOf, type Value } from './values.ts';

const VERB = /%([-+# 0]*)(\d+|\*)?(?:\.(\d+|\*)?)?(.|$)/gsu;
const MAX_WIDTH = 10_000;

/** Go's fmt.Sprintf. */
export function sprintf(format: string, args: readonly Value[]): string {
  let next = 0;
  const number = (text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    const value = text === '*' ? Number(args[next++]) : Number(text);
    if (Math.abs(value) > MAX_WIDTH) throw new GoTemplateError(`printf: a width of ${value} is too large`);
    return value;
  };
  const out = format.replace(
    VERB,
    (whole, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
      const wide = number(width);
      const hasPoint = /\.\d*\*?.$/su.test(whole) && whole.includes('.');
      const precise = precision === undefined ? (hasPoint && verb !== '.' ? 0 : undefined) : number(precision);
      if (verb === '%') return '%';
      if (verb === '') return '%!(NOVERB)';
      if (next >= args.length) return `%!${verb}(MISSING)`;
      return padded(formatted(verb, args[next++], flags, precise), wide, flags, verb);
    },
  );
  if (next >= args.length) return out;
  const extra = args
    .slice(next)
    .map(value => (value === null || value === undefined ? '<nil>' : `${typeOf(value)}=${shown(value)}`));
  return `${out}%!(EXTRA ${extra.join(', ')})`;
}

function padded(text: string, width: number | undefined, flags: string, verb: string): string {
  const missing = (width ?? 0) - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (!flags.includes('0')) return ' '.repeat(missing) + text;
  const sign = /^[+-]/.test(text) && /[dfFeEgGxXob]/.test(verb) ? text[0]! : '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

function formatted(verb: string, value: Value, flags: string, precision: number | undefined): string {
  if (value instanceof GoSlice && verb !== 'v')
    return `[${value.items.map(item => formatted(verb, item, flags, precision)).join(' ')}]`;
  if (value instanceof GoMap && verb !== 'v')
    return `map[${value.keys.map(key => `${formatted(verb, key, flags, precision)}:${formatted(verb, value.entries.get(key), flags, precision)}`).join(' ')}]`;
  const signed = (text: string): string =>
    flags.includes('+') && !text.startsWith('-')
      ? `+${text}`
      : flags.includes(' ') && !text.startsWith('-')
        ? ` ${text}`
        : text;
  const wrong = (): string =>
    value === null || value === undefined ? `%!${verb}(<nil>)` : `%!${verb}(${typeOf(value)}=${shown(value)})`;
  const text = value instanceof GoHtml ? value.text : value;
  switch (verb) {
    case 'v':
      if (typeof text === 'string' && flags.includes('#')) return quoted(text);
      if (text === null || text === undefined) return '<nil>';
      return typeof text === 'number' || text instanceof GoFloat
        ? signed(shown(text))
        : cut(shown(text), typeof text === 'string' ? precision : undefined);
    case 's':
      return typeof text === 'number' ||
        typeof text === 'boolean' ||
        text instanceof GoFloat ||
        text === null ||
        text === undefined
        ? wrong()
        : cut(shown(text), precision);
    case 'q':
      if (typeof text === 'number') return `'${String.fromCodePoint(Math.max(0, Math.min(0x10ffff, text)))}'`;
      return typeof text === 'string' ? quoted(cut(text, precision)) : wrong();
    case 'd':
      return typeof text === 'number' ? signed(String(text)) : wrong();
    case 't':
      return typeof text === 'boolean' ? String(text) : wrong();
    case 'x':
    case 'X': {
      const hex =
        typeof text === 'number'
          ? signed((flags.includes('#') ? '0x' : '') + text.toString(16))
          : typeof text === 'string'
            ? Buffer.from(text).toString('hex')
            : undefined;
      return hex === undefined ? wrong() : verb === 'X' ? hex.toUpperCase() : hex;
    }
    case 'o':
    case 'b':
      return typeof text === 'number' ? signed(text.toString(verb === 'o' ? 8 : 2)) : wrong();
    case 'c':
      return typeof text === 'number' && text >= 0 && text <= 0x10ffff ? String.fromCodePoint(text) : wrong();
    case 'f':
    case 'F':
      return text instanceof GoFloat ? signed(text.value.toFixed(Math.min(100, precision ?? 6))) : wrong();
    case 'e':
      return text instanceof GoFloat
        ? signed(goExponent(text.value.toExponential(Math.min(100, precision ?? 6))))
        : wrong();
    case 'g':
      return text instanceof GoFloat
        ? signed(
            precision === undefined
              ? floatText(text.value)
              : floatText(Number(text.value.toPrecision(Math.max(1, Math.min(100, precision))))),
          )
        : wrong();
    case 'T':
      return text === null || text === undefined ? '<nil>' : typeOf(value);
    default:
      return wrong();
  }
}

const cut = (text: string, most: number | undefined): string =>
  most === undefined ? text : [...text].slice(0, most).join('');
