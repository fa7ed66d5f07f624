import { ScriptFailure } from '../../failure.ts';
import type { Char } from '../../values.ts';
import { javaClass } from '../define.ts';
import { enumClass, enumConstants, type JavaEnum } from '../enums.ts';
import type { JavaClass } from '../java-class.ts';
import { JavaObject } from '../java-object.ts';
import { type Locale, ROOT_LOCALE } from '../locale.ts';
import type { Field } from './fields.ts';
import { literal, number, offset, type Part, patternParts, type Sign } from './format-parts.ts';
import { Formatter } from './formatter.ts';
import { type TextStyle, textStyleOf } from './names.ts';

/** `DateTimeFormatterBuilder`. */
class FormatterBuilder extends JavaObject {
  /** The parts around an optional one that is open, outermost first. */
  readonly #open: Part[][] = [[]];
  #pad: [width: number, char: string] | undefined;

  get javaName(): string {
    return 'java.time.format.DateTimeFormatterBuilder';
  }
  toText(): string {
    return 'DateTimeFormatterBuilder';
  }
  add(...parts: readonly Part[]): this {
    for (const part of parts) {
      const padded: Part =
        this.#pad === undefined ? part : { type: 'pad', width: this.#pad[0], char: this.#pad[1], part };
      this.#pad = undefined;
      this.#open.at(-1)!.push(padded);
    }
    return this;
  }
  padNext(width: number, char = ' '): this {
    this.#pad = [width, char];
    return this;
  }
  optionalStart(): this {
    this.#open.push([]);
    return this;
  }
  optionalEnd(): this {
    if (this.#open.length === 1)
      throw new ScriptFailure(
        'IllegalStateException',
        'Cannot call optionalEnd() as there was no previous call to optionalStart()',
      );
    const parts = this.#open.pop()!;
    return this.add({ type: 'optional', parts });
  }
  toFormatter(locale = ROOT_LOCALE): Formatter {
    while (this.#open.length > 1) this.optionalEnd();
    return new Formatter(this.#open[0]!.slice(), 'SMART', locale);
  }
}

const KIND = 'DateTimeFormatterBuilder';
const signs = enumConstants('java.time.format.SignStyle', ['NORMAL', 'ALWAYS', 'NEVER', 'NOT_NEGATIVE', 'EXCEEDS_PAD']);

export const formatterBuilderClasses: readonly JavaClass[] = [
  enumClass('java.time.format.SignStyle', signs),
  javaClass('java.time.format.DateTimeFormatterBuilder', {
    is: value => value instanceof FormatterBuilder,
    constructors: { '()': () => new FormatterBuilder() },
    methods: {
      [`${KIND} append(DateTimeFormatter)`]: (self: FormatterBuilder, { parts }: Formatter) => self.add(...parts),
      [`${KIND} appendFraction(TemporalField, int, int, boolean)`]: (
        self: FormatterBuilder,
        _: Field,
        min: number,
        max: number,
        point: boolean,
      ) => self.add({ type: 'fraction', min, max, point }),
      [`${KIND} appendInstant()`]: (self: FormatterBuilder) => self.add({ type: 'instant' }),
      [`${KIND} appendLiteral(String)`]: (self: FormatterBuilder, text: string) => self.add(literal(text)),
      [`${KIND} appendOffset(String, String)`]: (self: FormatterBuilder, pattern: string, zero: string) =>
        self.add(offset(pattern, zero)),
      [`${KIND} appendOffsetId()`]: (self: FormatterBuilder) => self.add(offset()),
      [`${KIND} appendOptional(DateTimeFormatter)`]: (self: FormatterBuilder, { parts }: Formatter) =>
        self.add({ type: 'optional', parts }),
      [`${KIND} appendPattern(String)`]: (self: FormatterBuilder, pattern: string) =>
        self.add(...patternParts(pattern)),
      [`${KIND} appendText(TemporalField)`]: (self: FormatterBuilder, field: Field) =>
        self.add({ type: 'text', field, width: 'long' }),
      [`${KIND} appendText(TemporalField, TextStyle)`]: (self: FormatterBuilder, field: Field, style: TextStyle) =>
        self.add({ type: 'text', field, width: textStyleOf(style) }),
      [`${KIND} appendValue(TemporalField)`]: (self: FormatterBuilder, field: Field) =>
        self.add(number(field, 1, 19, 'NORMAL')),
      [`${KIND} appendValue(TemporalField, int)`]: (self: FormatterBuilder, field: Field, width: number) =>
        self.add(number(field, width)),
      [`${KIND} appendValue(TemporalField, int, int, SignStyle)`]: (
        self: FormatterBuilder,
        field: Field,
        min: number,
        max: number,
        sign: JavaEnum,
      ) => self.add(number(field, min, max, sign.name as Sign)),
      [`${KIND} appendZoneId()`]: (self: FormatterBuilder) => self.add({ type: 'zoneId' }),
      [`${KIND} appendZoneOrOffsetId()`]: (self: FormatterBuilder) => self.add({ type: 'zoneId' }),
      [`${KIND} appendZoneRegionId()`]: (self: FormatterBuilder) => self.add({ type: 'zoneId' }),
      [`${KIND} appendZoneText(TextStyle)`]: (self: FormatterBuilder, style: TextStyle) =>
        self.add({ type: 'zoneText', isShort: textStyleOf(style) !== 'long' }),
      [`${KIND} optionalEnd()`]: (self: FormatterBuilder) => self.optionalEnd(),
      [`${KIND} optionalStart()`]: (self: FormatterBuilder) => self.optionalStart(),
      [`${KIND} padNext(int)`]: (self: FormatterBuilder, width: number) => self.padNext(width),
      [`${KIND} padNext(int, char)`]: (self: FormatterBuilder, width: number, char: Char) =>
        self.padNext(width, char.toString()),
      [`${KIND} parseCaseInsensitive()`]: (self: FormatterBuilder) => self.add({ type: 'case', sensitive: false }),
      [`${KIND} parseCaseSensitive()`]: (self: FormatterBuilder) => self.add({ type: 'case', sensitive: true }),
      [`${KIND} parseDefaulting(TemporalField, long)`]: (self: FormatterBuilder, field: Field, value: bigint) =>
        self.add({ type: 'default', field, value: Number(value) }),
      'DateTimeFormatter toFormatter()': (self: FormatterBuilder) => self.toFormatter(),
      'DateTimeFormatter toFormatter(Locale)': (self: FormatterBuilder, locale: Locale) => self.toFormatter(locale),
    },
  }),
];
