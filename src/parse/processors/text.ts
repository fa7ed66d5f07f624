import { javaReplacement } from '../../core/regexp/replacement.ts';
import type { FieldPath } from '../field-path.ts';
import { javaRegExp } from '../java-regexp.ts';
import type { OptionReader } from '../loader/option-reader.ts';
import type { ProcessorKind } from '../processor.ts';
import type { Run } from '../run-state.ts';
import { subject } from './subject.ts';

/** Processors that make one text of another; a list of texts is changed item by item. Options: field, target_field, ignore_missing. */
function textProcessor(name: string, change: (text: string) => unknown): ProcessorKind {
  return { name, build: options => textRun(options, change) };
}

function textRun(options: OptionReader, change: (text: string) => unknown): Run {
  const source = options.path('field');
  const target = options.optionalPath('target_field') ?? source;
  const ignoreMissing = options.boolean('ignore_missing', false);
  return (event, state) => {
    const value = source.get(event, state);
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
export const trim = textProcessor('trim', text => text.trim());
export const htmlStrip = textProcessor('html_strip', stripHtml);
export const bytes = textProcessor('bytes', bytesOf);
export const urldecode = textProcessor('urldecode', text => decodeURIComponent(text.replaceAll('+', ' ')));

/** `gsub`: pattern (Java), replacement. */
export const gsub: ProcessorKind = {
  name: 'gsub',
  build(options) {
    const pattern = options.string('pattern');
    const written = options.string('replacement');
    const regexp = options.attempt('pattern', () => javaRegExp(pattern, ''));
    const replacement =
      regexp && options.attempt('replacement', () => javaReplacement(written, regexp.groups, regexp.names));
    return textRun(options, text =>
      regexp === undefined || replacement === undefined ? text : regexp.replace(text, replacement),
    );
  },
};

const UNITS: Record<string, number> = { b: 0, k: 1, kb: 1, m: 2, mb: 2, g: 3, gb: 3, t: 4, tb: 4, p: 5, pb: 5 };

/** As in Elasticsearch: powers of 1024, other than the sizes of settings (core/bytes.ts). */
function bytesOf(text: string): number {
  const found = /^\s*(\d+(?:\.\d+)?)\s*([kmgtp]?b|[kmgtp])\s*$/i.exec(text);
  if (found !== null) return Math.floor(Number(found[1]) * 1024 ** UNITS[found[2]!.toLowerCase()]!);
  if (/^\s*(?:0|-1)\s*$/.test(text)) return Number(text);
  throw new Error('the text is not a size with a unit');
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

function stripHtml(text: string): string {
  return text
    .replace(/<!--[\s\S]*?-->|<(script|style)\b[\s\S]*?<\/\1\s*>/gi, '\n')
    .replace(/<\/?(?:br|p|div|li|ul|ol|table|tr|h[1-6])\b[^<>]*>/gi, '\n')
    .replace(/<\/?[a-zA-Z][^<>]*>/g, '')
    .replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal: string, hex: string, name: string) => {
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}
