import { documentLong } from '../../base/number/double.ts';
import { javaReplacement } from '../../base/regexp/replacement.ts';
import type { FieldPath } from '../field-path.ts';
import { stripHtml } from '../html.ts';
import { javaRegExp } from '../java-regexp.ts';
import type { OptionReader } from '../loader/option-reader.ts';
import type { BuildContext, ProcessorKind } from '../processor.ts';
import type { Run } from '../run-state.ts';
import { subject } from './subject.ts';

/** Processors that make one text of another; a list of texts is changed item by item. Options: field, target_field, ignore_missing. */
function textProcessor(name: string, change: (text: string) => unknown): ProcessorKind {
  return { name, build: (options, context) => textRun(options, context, change) };
}

function textRun(
  options: OptionReader,
  context: BuildContext,
  change: (text: string) => unknown,
  makesNumbers = false,
): Run {
  const source = options.path('field');
  const target = options.optionalPath('target_field') ?? source;
  const ignoreMissing = options.boolean('ignore_missing', false);
  if (source.key !== undefined && target.key !== undefined)
    context.plan({ kind: 'text', field: source.key, target: target.key, change, makesNumbers, ignoreMissing });
  return (event, state) => {
    const value = source.get(event, state);
    if (makesNumbers) state.hasTypedNumbers = true;
    if (typeof value === 'string') return target.set(event, state, change(value));
    if (Array.isArray(value)) return changeList(source, target, value, change, list => target.set(event, state, list));
    return subject(source, value, ignoreMissing);
  };
}

function changeList(
  source: FieldPath,
  target: FieldPath,
  list: unknown[],
  change: (text: string) => unknown,
  set: (list: unknown[]) => string | undefined,
): string | undefined {
  if (!list.every(item => typeof item === 'string'))
    return `field [${source.text}] holds something that is not a text, for [${target.text}]`;
  return set(list.map(change));
}

export const lowercase = textProcessor('lowercase', text => text.toLowerCase());
export const uppercase = textProcessor('uppercase', text => text.toUpperCase());
export const trim = textProcessor('trim', trimmed);
export const htmlStrip = textProcessor('html_strip', stripHtml);
/** Sizes are of the type `long`. */
export const bytes: ProcessorKind = {
  name: 'bytes',
  build: (options, context) => textRun(options, context, bytesOf, true),
};
export const urldecode = textProcessor('urldecode', decodeUrl);

/** `gsub`: pattern (Java), replacement. */
export const gsub: ProcessorKind = {
  name: 'gsub',
  build(options, context) {
    const pattern = options.string('pattern');
    const written = options.string('replacement');
    const regexp = options.attempt('pattern', () => javaRegExp(pattern, ''));
    const replacement = regexp && options.attempt('replacement', () => javaReplacement(written, regexp));
    return textRun(options, context, text =>
      regexp === undefined || replacement === undefined ? text : regexp.replace(text, replacement),
    );
  },
};

/** As Java trims: blanks and control characters. */
function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && text.charCodeAt(from) <= 32) from++;
  while (to > from && text.charCodeAt(to - 1) <= 32) to--;
  return text.slice(from, to);
}

/** `%XX` are bytes of UTF-8; what they don't spell becomes U+FFFD. */
export function decodeUrl(text: string): string {
  return text.replaceAll('+', ' ').replace(/(?:%[0-9a-fA-F]{2})+|%/g, run => {
    if (run === '%') throw new Error('a % is not followed by two hexadecimal digits (URI encoding)');
    return Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8');
  });
}

const UNITS: Record<string, number> = { b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

const MAX_LONG = 0x7fff_ffff_ffff_ffffn;

/** As in Elasticsearch: powers of 1024, other than the sizes of settings (base/text/size.ts). */
export function bytesOf(text: string): number | bigint {
  const written = text.length > 64 ? '' : trimmed(text).toLowerCase();
  if (/^-1b?$/.test(written) || written === '0') return BigInt(Number.parseInt(written, 10));
  const [, number, unit, inner] = /^\+?(\d+(?:\.\d+)?)\s*(?:(b)|([kmgtp])b?)$/.exec(written) ?? [];
  if (number === undefined || (unit === 'b' && number.includes('.')))
    throw new Error('the text is not a size with a unit');
  const factor = 1024 ** UNITS[unit ?? inner!]!;
  const size = number.includes('.') ? BigInt(Math.floor(Number(number) * factor)) : BigInt(number) * BigInt(factor);
  if (size > MAX_LONG) throw new Error('the size has more than 64 bits');
  return documentLong(size);
}
