/** What clocks of a zone show, without a look at what the page has chosen; without a name the browser's zone. Throws for a name that is none. */
export function clockOf(zone: string | undefined): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
}

/** Day and time that the clock shows: `2026-11-30` and `03:12:00`. */
export function shownBy(clock: Intl.DateTimeFormat, at: number | Date): [day: string, time: string] {
  const part: Record<string, string> = {};
  for (const { type, value } of clock.formatToParts(at)) part[type] = value;
  return [`${part['year']}-${part['month']}-${part['day']}`, `${part['hour']}:${part['minute']}:${part['second']}`];
}

const QUARTER_MS = 900_000;
/** Of so many quarters of an hour it is known. */
const MOST_KNOWN = 5000;

/** The times that a clock shows. To ask the browser costs a hundred times more than to add an offset, and none changes within a quarter of an hour. */
export class WallTimes {
  readonly clock: Intl.DateTimeFormat;
  /** Its name. */
  readonly zone: string;
  readonly #offsets = new Map<number, number>();

  constructor(clock: Intl.DateTimeFormat) {
    this.clock = clock;
    this.zone = clock.resolvedOptions().timeZone;
  }

  /** `2026-11-30 03:12:00` of a moment, epoch milliseconds; empty for what is no time. */
  at(moment: number): string {
    if (Number.isNaN(new Date(moment).getTime())) return '';
    const shown = new Date(moment + this.#offsetAt(moment));
    const text = Number.isNaN(shown.getTime()) ? '' : shown.toISOString();
    // Of years with more digits, or before the first, it has another form.
    return text.length === 24 ? `${text.slice(0, 10)} ${text.slice(11, 19)}` : shownBy(this.clock, moment).join(' ');
  }

  #offsetAt(moment: number): number {
    const quarter = Math.floor(moment / QUARTER_MS);
    let offset = this.#offsets.get(quarter);
    if (offset === undefined) {
      const start = quarter * QUARTER_MS;
      offset = Date.parse(`${shownBy(this.clock, start).join('T')}Z`) - start;
      if (this.#offsets.size >= MOST_KNOWN) this.#offsets.clear();
      this.#offsets.set(quarter, offset);
    }
    return offset;
  }
}

/** `2026-11-30T03:12:00`, as an input of the type `datetime-local` has it, in the zone. */
export function wallText(at: number, zone: string): string {
  return shownBy(clockOf(zone), at).join('T');
}

/** Epoch milliseconds of such a text; undefined when it is none. Of a time that a clock shows twice it is the earlier one. */
export function wallMoment(text: string, zone: string): number | undefined {
  const local = Date.parse(`${text.trim().replace(' ', 'T')}Z`);
  if (Number.isNaN(local)) return undefined;
  // The offset is that of the moment, which the offset tells: a day before and a day after are two good guesses.
  const guesses = [local - 86_400_000, local + 86_400_000].map(near => local - offsetAt(near, zone));
  const right = guesses.filter(guess => guess + offsetAt(guess, zone) === local);
  return right.length > 0 ? Math.min(...right) : Math.max(...guesses);
}

/** Milliseconds that the clock of the zone is ahead of UTC at a moment. */
export function offsetAt(at: number, zone: string): number {
  const whole = Math.floor(at / 1000) * 1000;
  return Date.parse(`${wallText(whole, zone)}Z`) - whole;
}
