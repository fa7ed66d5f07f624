/*
 * Many messages say what their fields say: the line of an access log is its fields, with a few words between them. A segment
 * that knows how such messages are put together does not store them.
 */

/** A text as it is; the value of a column; the event's time in one of the forms, so many minutes east of UTC. */
export type MessagePiece = string | readonly ['column', string] | readonly ['time', TimeForm, number];

/** What stands where a column has nothing. */
export const NOTHING = '-';

/** Of forms of time that lines are written with: how DuckDB writes it, and what it looks like. */
export const TIME_FORMS = {
  clf: { sql: '%d/%b/%Y:%H:%M:%S', like: /\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2}/ },
  iso_millis: { sql: '%Y-%m-%dT%H:%M:%S.%g', like: /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}/ },
  iso: { sql: '%Y-%m-%dT%H:%M:%S', like: /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/ },
  plain_comma: { sql: '%Y-%m-%d %H:%M:%S,%g', like: /\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2},\d{3}/ },
  plain_millis: { sql: '%Y-%m-%d %H:%M:%S.%g', like: /\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3}/ },
  plain: { sql: '%Y-%m-%d %H:%M:%S', like: /\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}/ },
  slashes: { sql: '%Y/%m/%d %H:%M:%S', like: /\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}/ },
} as const satisfies { [form: string]: { sql: string; like: RegExp } };
export type TimeForm = keyof typeof TIME_FORMS;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The time (epoch milliseconds) as DuckDB writes it, for years of four digits. */
export function writeTime(form: TimeForm, time: number, offsetMinutes: number): string {
  const date = new Date(time + offsetMinutes * 60_000);
  const iso = date.toISOString();
  const parts: { readonly [mark: string]: string } = {
    '%Y': iso.slice(0, 4),
    '%m': iso.slice(5, 7),
    '%b': MONTHS[date.getUTCMonth()]!,
    '%d': iso.slice(8, 10),
    '%H': iso.slice(11, 13),
    '%M': iso.slice(14, 16),
    '%S': iso.slice(17, 19),
    '%g': iso.slice(20, 23),
  };
  return TIME_FORMS[form].sql.replace(/%./g, mark => parts[mark]!);
}
