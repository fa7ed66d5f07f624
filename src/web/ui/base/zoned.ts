import { shownTime } from './time.ts';

/** What a field of the kind `datetime-local` shows for an instant, in the zone of the page. */
export const fieldOfInstant = (at: number): string => shownTime(at).slice(0, 16).replace(' ', 'T');

/** The instant, epoch milliseconds, that such a field means; NaN for none. Of an hour that comes twice it is one of both. */
export function instantOfField(text: string): number {
  const wanted = Date.parse(`${text}Z`);
  if (Number.isNaN(wanted)) return wanted;
  const aheadAt = (at: number): number =>
    Date.parse(`${shownTime(at).replace(' ', 'T')}Z`) - Math.floor(at / 1000) * 1000;
  const near = wanted - aheadAt(wanted);
  return wanted - aheadAt(near);
}
