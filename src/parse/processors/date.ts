import { Double } from '../../base/number/double.ts';
import { isoTime } from '../../base/time/iso.ts';
import { doubtsOf } from '../../base/time/pattern/doubts.ts';
import { compileFormat, compileOutput, isNamed } from '../../base/time/pattern/formats.ts';
import { localeTag } from '../../base/time/pattern/names.ts';
import { beyond, type DateParser } from '../../base/time/pattern/parse.ts';
import type { DatePrinter } from '../../base/time/pattern/print.ts';
import { fixedZone, type Zone, zoneOf } from '../../base/time/zone.ts';
import { LongshoreError } from '../../core/errors.ts';
import type { OptionReader } from '../loader/option-reader.ts';
import type { BuildContext, ProcessorKind } from '../processor.ts';
import { textOf } from '../template.ts';
import { subject } from './subject.ts';

/** What of the options depends on the locale. */
interface InLocale {
  readonly parsers: readonly DateParser[];
  readonly print: DatePrinter | undefined;
}

/**
 * `date`: field, formats, target_field (default `@timestamp`), timezone (template), locale (template), output_format.
 * In `@timestamp` the time is epoch milliseconds as a number; in any other field it is text: ISO 8601 in UTC, or as
 * `output_format` says, in `timezone`. A date without a year is of the latest year that puts it not more than a day ahead of
 * when it was received.
 */
export const date: ProcessorKind = {
  name: 'date',
  eventTag: '_dateparsefailure',
  build(options, context) {
    const source = options.path('field');
    const target = options.path('target_field', '@timestamp');
    const timezone = options.template('timezone', context.timezone);
    const locale = options.template('locale', 'en');
    const formats = usableFormats(options, context);
    const outputFormat = options.string('output_format', undefined);
    options.attempt('output_format', () => (outputFormat === undefined ? undefined : compileOutput(outputFormat)));
    const fixedLocale =
      locale.constant === undefined
        ? undefined
        : options.attempt('locale', () => inLocale(localeTag(locale.constant!), formats, outputFormat));
    const locales = new Map<string, InLocale>();
    // Without a zone of its own UTC is the offset, which `VV` writes as Z.
    const byDefault = !options.has('timezone') && context.timezone === 'UTC' ? fixedZone('Z', 0) : undefined;
    const fixed =
      byDefault ??
      (timezone.constant === undefined ? undefined : options.attempt('timezone', () => zoneOf(timezone.constant!)));
    const ignoreMissing = options.boolean('ignore_missing', false);
    const isTimestamp = target.text === '@timestamp';
    const failed = `no format of [${formats.join(', ')}] fits the date`;
    if (source.key !== undefined && isTimestamp && fixed !== undefined && fixedLocale?.print === undefined)
      if (fixedLocale !== undefined)
        context.plan({ kind: 'date', field: source.key, parsers: fixedLocale.parsers, zone: fixed, ignoreMissing });
    return (event, state) => {
      const value = source.get(event, state);
      const isText = typeof value === 'string';
      if (!isText && !isNumber(value)) return subject(source, value, ignoreMissing, 'a date');
      const text = isText ? value : textOf(value);
      const zone: Zone = fixed ?? zoneOf(timezone.render(event, state) || context.timezone);
      const { parsers, print } =
        fixedLocale ?? localeOf(locales, localeTag(locale.render(event, state)), formats, outputFormat);
      const { receivedAt } = state.meta;
      for (let i = 0; i < parsers.length; i++) {
        const ms = parsers[i]!(text, receivedAt, zone);
        if (!(ms >= MIN_MS && ms <= MAX_MS)) continue;
        if (print !== undefined) return target.set(event, state, print(ms, zone, beyond.nanos));
        return target.set(event, state, isTimestamp ? ms : isoTime(ms));
      }
      return failed;
    };
  },
};

/** Seconds that grok made a `long`, or a script a `double`, are dates too. */
function isNumber(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Double;
}

/** The formats that are known. One that nobody knows beside others is passed over, as when it does not fit; alone it is a mistake. */
function usableFormats(options: OptionReader, context: BuildContext): string[] {
  const formats = options.strings('formats');
  if (options.has('formats') && formats.length === 0)
    options.problem('LS_PIPELINE_OPTION', 'processor date: `formats` is empty.', 'Add a format.');
  const where = options.located('formats')?.where ?? options.where;
  const doubt = (what: string): void => context.doubt({ where, what: `processor date: ${what}` });
  const mistakes: LongshoreError[] = [];
  const usable: string[] = [];
  for (const format of formats) {
    try {
      compileFormat(format);
      usable.push(format);
    } catch (error) {
      if (!(error instanceof LongshoreError)) throw error;
      mistakes.push(error);
    }
  }
  for (const mistake of mistakes) {
    if (usable.length > 0) doubt(`${mistake.what} It is passed over.`);
    else options.problem(mistake.code, `processor date: \`formats\`: ${mistake.what}`, mistake.fix, where);
  }
  for (const format of usable.flatMap(joined => joined.split('||')))
    for (const what of isNamed(format) ? [] : doubtsOf(format)) doubt(`in the format "${format}" ${what}.`);
  return usable;
}

function inLocale(tag: string, formats: readonly string[], outputFormat: string | undefined): InLocale {
  return {
    parsers: formats.map(format => compileFormat(format, tag)),
    print: outputFormat === undefined ? undefined : compileOutput(outputFormat, tag),
  };
}

/** Locales come from events here: what is remembered is bounded. */
function localeOf(
  known: Map<string, InLocale>,
  tag: string,
  formats: readonly string[],
  outputFormat: string | undefined,
): InLocale {
  const present = known.get(tag);
  if (present !== undefined) return present;
  if (known.size >= MAX_LOCALES) known.clear();
  const made = inLocale(tag, formats, outputFormat);
  known.set(tag, made);
  return made;
}
const MAX_LOCALES = 50;

/** Years 0000 to 9999: what ISO text of four digits can say. */
const MIN_MS = -62_167_219_200_000;
const MAX_MS = 253_402_300_799_999;
