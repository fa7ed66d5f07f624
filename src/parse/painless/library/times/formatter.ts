import type { Budget } from '../../budget.ts';
import { javaClass } from '../define.ts';
import { enumClass, enumConstants, type JavaEnum } from '../enums.ts';
import type { JavaClass } from '../java-class.ts';
import { JavaObject } from '../java-object.ts';
import { type Locale, ROOT_LOCALE } from '../locale.ts';
import { StringBuilder } from '../string-builder.ts';
import { ISO_PARTS, literal, number, type Part, patternParts } from './format-parts.ts';
import { readTime } from './parse-time.ts';
import { printTime } from './print-time.ts';
import { resolve, type Style } from './resolve-time.ts';
import { atZone, Temporal } from './temporal.ts';
import type { ZoneId } from './zones.ts';

/** `DateTimeFormatter`. */
export class Formatter extends JavaObject {
  readonly parts: readonly Part[];
  readonly style: Style;
  readonly locale: Locale;
  readonly zone: ZoneId | undefined;

  constructor(parts: readonly Part[], style: Style = 'SMART', locale = ROOT_LOCALE, zone?: ZoneId) {
    super();
    this.parts = parts;
    this.style = style;
    this.locale = locale;
    this.zone = zone;
  }
  get javaName(): string {
    return 'java.time.format.DateTimeFormatter';
  }
  toText(): string {
    return 'DateTimeFormatter';
  }
  print(at: Temporal): string {
    const { zone } = this;
    const isInstant = at.offset !== undefined && at.day !== undefined && at.nano !== undefined;
    return printTime(this.parts, zone !== undefined && isInstant ? atZone(at.epochNanos, zone) : at, this.locale.tag);
  }
  /** Throws DateTimeParseException. */
  read(text: string): Temporal {
    const found = resolve(readTime(this.parts, text, this.locale.tag), text, this.style);
    if (this.zone === undefined || found.zone !== undefined || found.offset !== undefined) return found;
    return new Temporal('Parsed', { day: found.day, nano: found.nano, zone: this.zone }, found.fields);
  }
}

const strict = (parts: readonly Part[]): Formatter => new Formatter(parts, 'STRICT');

type IsoName = keyof typeof ISO_PARTS;
const named = Object.fromEntries(
  Object.entries(ISO_PARTS).map(([name, parts]) => [
    name,
    name === 'RFC_1123_DATE_TIME' ? new Formatter(parts as readonly Part[]) : strict(parts as readonly Part[]),
  ]),
) as Record<IsoName, Formatter>;

/** The formatters by name, and those of `Year.parse` and the like. */
export const ISO: Record<IsoName | 'YEAR' | 'YEAR_MONTH' | 'MONTH_DAY', Formatter> = {
  ...named,
  YEAR: new Formatter([number('YEAR', 4, 10, 'EXCEEDS_PAD')]),
  YEAR_MONTH: new Formatter([number('YEAR', 4, 10, 'EXCEEDS_PAD'), literal('-'), number('MONTH_OF_YEAR', 2)]),
  MONTH_DAY: new Formatter([literal('--'), number('MONTH_OF_YEAR', 2), literal('-'), number('DAY_OF_MONTH', 2)]),
};

const compiled = new Map<string, readonly Part[]>();

export function ofPattern(pattern: string, locale = ROOT_LOCALE): Formatter {
  let parts = compiled.get(pattern);
  if (parts === undefined) {
    parts = patternParts(pattern);
    if (compiled.size > 500) compiled.clear();
    compiled.set(pattern, parts);
  }
  return new Formatter(parts, 'SMART', locale);
}

const styles = enumConstants('java.time.format.ResolverStyle', ['STRICT', 'SMART', 'LENIENT']);

const textOf = (text: unknown): string => (text instanceof StringBuilder ? text.text : String(text));

export const formatterClass: JavaClass = javaClass('java.time.format.DateTimeFormatter', {
  is: value => value instanceof Formatter,
  statics: {
    'DateTimeFormatter ofPattern(String)': (pattern: string) => ofPattern(pattern),
    'DateTimeFormatter ofPattern(String, Locale)': ofPattern,
  },
  methods: {
    'String format(TemporalAccessor)': (self: Formatter, at: Temporal) => self.print(at),
    'void formatTo(TemporalAccessor, Appendable)': (
      self: Formatter,
      at: Temporal,
      to: StringBuilder,
      budget: Budget,
    ) => {
      const text = self.print(at);
      budget.memory(text.length);
      to.text += text;
      return null;
    },
    'Locale getLocale()': (self: Formatter) => self.locale,
    'ResolverStyle getResolverStyle()': (self: Formatter) => styles.find(style => style.name === self.style),
    'ZoneId getZone()': (self: Formatter) => self.zone ?? null,
    'TemporalAccessor parse(CharSequence)': (self: Formatter, text: unknown) => self.read(textOf(text)),
    'DateTimeFormatter withLocale(Locale)': (self: Formatter, locale: Locale) =>
      new Formatter(self.parts, self.style, locale, self.zone),
    'DateTimeFormatter withResolverStyle(ResolverStyle)': (self: Formatter, style: JavaEnum) =>
      new Formatter(self.parts, style.name as Style, self.locale, self.zone),
    'DateTimeFormatter withZone(ZoneId)': (self: Formatter, zone: ZoneId) =>
      new Formatter(self.parts, self.style, self.locale, zone),
  },
  constants: Object.fromEntries(
    Object.entries(named).map(([name, formatter]) => [`DateTimeFormatter ${name}`, formatter]),
  ),
});

export const resolverStyleClass: JavaClass = enumClass('java.time.format.ResolverStyle', styles);
