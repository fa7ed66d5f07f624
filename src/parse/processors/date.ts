import { isoTime } from '../../base/time/iso.ts';
import { doubtsOf } from '../../base/time/pattern/doubts.ts';
import { compileFormat, isNamed } from '../../base/time/pattern/formats.ts';
import { localeTag } from '../../base/time/pattern/names.ts';
import { compilePrinter } from '../../base/time/pattern/print.ts';
import { type Zone, zoneOf } from '../../base/time/zone.ts';
import type { ProcessorKind } from '../processor.ts';
import { textOf } from '../template.ts';
import { subject } from './subject.ts';

/**
 * `date`: field, formats, target_field (default `@timestamp`), timezone (template), locale, output_format.
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
    const tag =
      locale.constant === undefined ? 'en' : (options.attempt('locale', () => localeTag(locale.constant!)) ?? 'en');
    const formats = options.strings('formats');
    const parsers = formats.map(format => options.attempt('formats', () => compileFormat(format, tag)));
    for (const format of formats.flatMap(joined => joined.split('||'))) {
      for (const doubt of isNamed(format) ? [] : doubtsOf(format)) {
        const where = options.located('formats')?.where ?? options.where;
        context.doubt({ where, what: `processor date: in the format "${format}" ${doubt}.` });
      }
    }
    if (options.has('formats') && formats.length === 0)
      options.problem('LS_PIPELINE_OPTION', 'processor date: `formats` is empty.', 'Add a format.');
    const fixed =
      timezone.constant === undefined ? undefined : options.attempt('timezone', () => zoneOf(timezone.constant!));
    const outputFormat = options.string('output_format', undefined);
    const print =
      outputFormat === undefined
        ? undefined
        : options.attempt('output_format', () => compilePrinter(outputFormat, tag));
    const ignoreMissing = options.boolean('ignore_missing', false);
    const failed = `no format of [${formats.join(', ')}] fits the date`;
    return (event, state) => {
      const value = source.get(event, state);
      const isText = typeof value === 'string';
      if (!isText && typeof value !== 'number') return subject(source, value, ignoreMissing, 'a date');
      const text = isText ? value : textOf(value);
      const zone: Zone = fixed ?? zoneOf(timezone.render(event, state) || context.timezone);
      const { receivedAt } = state.meta;
      for (let i = 0; i < parsers.length; i++) {
        const ms = parsers[i]!(text, receivedAt, zone);
        if (!(ms >= MIN_MS && ms <= MAX_MS)) continue;
        if (print !== undefined) return target.set(event, state, print(ms, zone));
        return target.set(event, state, target.text === '@timestamp' ? ms : isoTime(ms));
      }
      return failed;
    };
  },
};

/** Years 0000 to 9999: what ISO text of four digits can say. */
const MIN_MS = -62_167_219_200_000;
const MAX_MS = 253_402_300_799_999;
