import { MONTHS, shortName, WEEKDAYS } from '../../base/time/english.ts';
import { argumentCount, GoTime, type Methods, numberArgument, textArgument } from './values.ts';

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
const YEAR_1 = -62_135_596_800_000;

/** The methods of time.Time that texts use. */
export const TIME_METHODS = (time: GoTime): Methods => {
  const ms = time.ms ?? YEAR_1;
  const date = new Date(ms);
  return {
    Format: (...args) => {
      argumentCount(args, 1, 1, 'Format');
      return format(date, time.fraction, textArgument(args[0], 'Format'));
    },
    Unix: () => Math.floor(ms / 1000),
    UnixMilli: () => ms,
    Year: () => date.getUTCFullYear(),
    Month: () => MONTHS[date.getUTCMonth()]!,
    Day: () => date.getUTCDate(),
    Hour: () => date.getUTCHours(),
    Minute: () => date.getUTCMinutes(),
    Second: () => date.getUTCSeconds(),
    Weekday: () => WEEKDAYS[date.getUTCDay()]!,
    IsZero: () => time.ms === undefined,
    UTC: () => time,
    Local: () => time,
    AddDate: (...args) => {
      const [years, months, days] = args.map(arg => numberArgument(arg, 'AddDate'));
      const moved = new Date(ms);
      moved.setUTCFullYear(
        date.getUTCFullYear() + (years ?? 0),
        date.getUTCMonth() + (months ?? 0),
        date.getUTCDate() + (days ?? 0),
      );
      return new GoTime(moved.getTime());
    },
  };
};

/** The parts of the reference time Mon Jan 2 15:04:05 MST 2006, as Go's layouts name them. */
const PART =
  /January|Jan|Monday|Mon|MST|2006|Z07:00|Z0700|-07:00|-0700|-07|[.,](?:0+|9+)(?!\d)|01|02|03|04|05|06|002|15|PM|pm|_2|1|2|3|4|5/g;

function format(date: Date, fraction: string, layout: string): string {
  const hour = date.getUTCHours();
  const half = hour % 12 === 0 ? 12 : hour % 12;
  const day = date.getUTCDate();
  const parts: Readonly<Record<string, () => string>> = {
    January: () => MONTHS[date.getUTCMonth()]!,
    Jan: () => shortName(MONTHS[date.getUTCMonth()]!),
    Monday: () => WEEKDAYS[date.getUTCDay()]!,
    Mon: () => shortName(WEEKDAYS[date.getUTCDay()]!),
    MST: () => 'UTC',
    2006: () => pad(date.getUTCFullYear(), 4),
    'Z07:00': () => 'Z',
    Z0700: () => 'Z',
    '-07:00': () => '+00:00',
    '-0700': () => '+0000',
    '-07': () => '+00',
    '01': () => pad(date.getUTCMonth() + 1),
    '02': () => pad(day),
    '03': () => pad(half),
    '04': () => pad(date.getUTCMinutes()),
    '05': () => pad(date.getUTCSeconds()),
    '06': () => pad(date.getUTCFullYear() % 100),
    '15': () => pad(hour),
    PM: () => (hour < 12 ? 'AM' : 'PM'),
    pm: () => (hour < 12 ? 'am' : 'pm'),
    _2: () => String(day).padStart(2, ' '),
    1: () => String(date.getUTCMonth() + 1),
    2: () => String(day),
    3: () => String(half),
    4: () => String(date.getUTCMinutes()),
    5: () => String(date.getUTCSeconds()),
  };
  return layout.replace(PART, part => {
    if (!/^[.,]/.test(part)) return parts[part]?.() ?? part;
    const digits = fraction.padEnd(9, '0').slice(0, part.length - 1);
    if (part[1] === '0') return part[0] + digits;
    const short = digits.replace(/0+$/, '');
    return short === '' ? '' : part[0] + short;
  });
}
