/** What clocks of a zone show, without a look at what the page has chosen. */
export function clockOf(zone: string): Intl.DateTimeFormat {
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
