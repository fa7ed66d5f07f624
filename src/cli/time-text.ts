import { isoTime } from '../base/time/iso.ts';
import { zoneOf } from '../base/time/zone.ts';

/** Writes ISO times as the clocks of a zone show them, with the offset; UTC as they are. Throws LS_DATE_ZONE. */
export function timeTexts(timezone: string | undefined): (iso: string) => string {
  if (timezone === undefined) return iso => iso;
  const zone = zoneOf(timezone);
  return iso => {
    const at = Date.parse(iso);
    if (Number.isNaN(at)) return iso;
    const offset = zone.offsetAt(at);
    const minutes = Math.round(Math.abs(offset) / 60_000);
    const two = (n: number): string => String(n).padStart(2, '0');
    const shown = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
    return isoTime(at + offset).replace('Z', shown);
  };
}
