import { timeZone } from './time.ts';
import { wallMoment, wallText } from './wall-clock.ts';

/** What a field of the kind `datetime-local` shows for an instant, in the zone of the page. */
export const fieldOfInstant = (at: number): string => wallText(at, timeZone.value).slice(0, 16);

/** The instant, epoch milliseconds, that such a field means; NaN for none. */
export const instantOfField = (text: string): number => wallMoment(text, timeZone.value) ?? Number.NaN;
