// strftime and strptime for the directives that alert texts and `timestamp_format` use.

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** How a time is shown: minutes east of UTC, and what `%Z` prints. */
export interface Zone {
  readonly offsetMinutes: number;
  readonly name: string;
}

/** The zone of this machine at that time. */
export function localZone(ms: number): Zone {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return { offsetMinutes: 0, name: '' };
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date);
  const name = parts.find(part => part.type === 'timeZoneName')?.value ?? '';
  return { offsetMinutes: -date.getTimezoneOffset(), name };
}

/** The zone written in an ISO time; a bare offset has no name, as in Python. */
export function zoneOf(text: string): Zone {
  const offset = /([+-])(\d\d):?(\d\d)$/.exec(text);
  if (offset === null) return { offsetMinutes: 0, name: 'UTC' };
  const minutes = Number(offset[2]) * 60 + Number(offset[3]);
  if (minutes === 0) return { offsetMinutes: 0, name: 'UTC' };
  return { offsetMinutes: offset[1] === '-' ? -minutes : minutes, name: '' };
}

/** `strftime`; unknown directives stay as they are. `ms` is epoch milliseconds. */
export function strftime(ms: number, format: string, zone: Zone): string {
  // A date shifted by the offset, read by its UTC parts, shows that zone's clock.
  const shown = new Date(ms + zone.offsetMinutes * 60_000);
  if (Number.isNaN(shown.getTime())) return String(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return format.replace(/%([a-zA-Z%])/g, (whole, directive: string) => {
    switch (directive) {
      case 'Y':
        return String(shown.getUTCFullYear()).padStart(4, '0');
      case 'y':
        return two(shown.getUTCFullYear() % 100);
      case 'm':
        return two(shown.getUTCMonth() + 1);
      case 'd':
        return two(shown.getUTCDate());
      case 'e':
        return String(shown.getUTCDate()).padStart(2, ' ');
      case 'H':
        return two(shown.getUTCHours());
      case 'I':
        return two(((shown.getUTCHours() + 11) % 12) + 1);
      case 'p':
        return shown.getUTCHours() < 12 ? 'AM' : 'PM';
      case 'M':
        return two(shown.getUTCMinutes());
      case 'S':
        return two(shown.getUTCSeconds());
      case 'f':
        return `${String(shown.getUTCMilliseconds()).padStart(3, '0')}000`;
      case 's':
        return String(Math.floor(ms / 1000));
      case 'A':
        return DAYS[shown.getUTCDay()]!;
      case 'a':
        return DAYS[shown.getUTCDay()]!.slice(0, 3);
      case 'B':
        return MONTHS[shown.getUTCMonth()]!;
      case 'b':
      case 'h':
        return MONTHS[shown.getUTCMonth()]!.slice(0, 3);
      case 'j': {
        const start = Date.UTC(shown.getUTCFullYear(), 0, 1);
        return String(Math.floor((shown.getTime() - start) / 86_400_000) + 1).padStart(3, '0');
      }
      case 'F':
        return shown.toISOString().slice(0, 10);
      case 'T':
        return shown.toISOString().slice(11, 19);
      case 'R':
        return shown.toISOString().slice(11, 16);
      case 'D':
        return `${two(shown.getUTCMonth() + 1)}/${two(shown.getUTCDate())}/${two(shown.getUTCFullYear() % 100)}`;
      case 'Z':
        return zone.name;
      case 'z': {
        const size = Math.abs(zone.offsetMinutes);
        return `${zone.offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
      }
      case '%':
        return '%';
      default:
        return whole;
    }
  });
}

/** `strptime` to epoch milliseconds, UTC where the text has no zone; NaN if the text does not fit. */
export function strptime(text: string, format: string): number {
  const names: string[] = [];
  const source = format.replace(/%([a-zA-Z%])|[.*+?^${}()|[\]\\]/g, (whole, directive: string | undefined) => {
    if (directive === undefined) return `\\${whole}`;
    if (directive === '%') return '%';
    names.push(directive);
    if (directive === 'Y') return '(\\d{4})';
    if (directive === 'b' || directive === 'B' || directive === 'a' || directive === 'A') return '([A-Za-z]+)';
    if (directive === 'p') return '([AaPp][Mm])';
    if (directive === 'z') return '(Z|[+-]\\d\\d:?\\d\\d)';
    if (directive === 'Z') return '([A-Za-z]*)';
    if (directive === 'f') return '(\\d{1,6})';
    return '(\\d{1,3})';
  });
  const found = new RegExp(`^${source}$`).exec(text);
  if (found === null) return Number.NaN;
  let year = 1900;
  let month = 1;
  let day = 1;
  let hour = 0;
  let minute = 0;
  let second = 0;
  let millisecond = 0;
  let afternoon: boolean | undefined;
  let offset = 0;
  names.forEach((directive, i) => {
    const value = found[i + 1]!;
    if (directive === 'Y') year = Number(value);
    else if (directive === 'y') year = Number(value) + (Number(value) < 69 ? 2000 : 1900);
    else if (directive === 'm') month = Number(value);
    else if (directive === 'b' || directive === 'B')
      month = MONTHS.findIndex(name => name.slice(0, 3).toLowerCase() === value.slice(0, 3).toLowerCase()) + 1;
    else if (directive === 'd') day = Number(value);
    else if (directive === 'H' || directive === 'I') hour = Number(value);
    else if (directive === 'M') minute = Number(value);
    else if (directive === 'S') second = Number(value);
    else if (directive === 'f') millisecond = Number(value.padEnd(6, '0').slice(0, 3));
    else if (directive === 'p') afternoon = value.toLowerCase() === 'pm';
    else if (directive === 'z') offset = zoneOf(value).offsetMinutes;
  });
  if (month < 1) return Number.NaN;
  if (afternoon !== undefined) hour = (hour % 12) + (afternoon ? 12 : 0);
  return Date.UTC(year, month - 1, day, hour, minute, second, millisecond) - offset * 60_000;
}
