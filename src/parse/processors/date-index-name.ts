import { compileFormat } from '../../base/time/pattern/formats.ts';
import { compilePrinter } from '../../base/time/pattern/print.ts';
import { zoneOf } from '../../base/time/zone.ts';
import type { ProcessorKind } from '../processor.ts';
import { textOf } from '../template.ts';
import { subject } from './subject.ts';

const FORMATS = ["yyyy-MM-dd'T'HH:mm:ss.SSSXX"];

/**
 * `date_index_name`: field, date_rounding, date_formats, index_name_prefix, index_name_format, timezone, locale. The name stands in
 * `_index` as Elasticsearch writes it (`<logs-{2026-11-20||/d{yyyy-MM-dd|UTC}}>`), for processors behind; events are kept in the index
 * of their day all the same.
 */
export const dateIndexName: ProcessorKind = {
  name: 'date_index_name',
  build(options, context) {
    const source = options.path('field');
    const rounding = options.template('date_rounding');
    const prefix = options.template('index_name_prefix', '');
    const format = options.template('index_name_format', 'yyyy-MM-dd');
    const timezone = options.string('timezone', 'UTC');
    const locale = options.string('locale', 'en');
    const zone = options.attempt('timezone', () => zoneOf(timezone));
    const parsers = options
      .strings('date_formats', FORMATS)
      .map(one => options.attempt('date_formats', () => compileFormat(one, locale)));
    const constant = format.constant;
    const fixed =
      constant === undefined ? undefined : options.attempt('index_name_format', () => compilePrinter(constant, locale));
    context.doubt({
      where: options.where,
      what: 'the processor date_index_name only sets `_index`: an event is kept in the index of its day.',
    });
    return (event, state) => {
      const value = source.get(event, state);
      if (value === undefined || (typeof value === 'object' && value !== null))
        return subject(source, value, false, 'a date');
      const text = textOf(value);
      for (const parse of parsers) {
        const ms = parse!(text, state.meta.receivedAt, zone!);
        if (Number.isNaN(ms)) continue;
        const written = constant ?? format.render(event, state);
        const day = (fixed ?? compilePrinter(written, locale))(ms, zone!);
        const name = `${prefix.render(event, state)}{${day}||/${rounding.render(event, state)}{${written}|${timezone}}}`;
        state.metadata['_index'] = `<${name}>`;
        return undefined;
      }
      return `field [${source.text}] is no date of the formats given`;
    };
  },
};
