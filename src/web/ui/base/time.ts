import { computed } from '@preact/signals';
import { stored } from './stored.ts';
import { clockOf, WallTimes } from './wall-clock.ts';
import { language, words } from './words.ts';

/** Made when the first time is shown: what the browser has to load for it takes longer than to ask for the first rows. */
const browserTimes = computed(() => new WallTimes(clockOf(undefined)));
export const browserZone = (): string => browserTimes.value.zone;

/** What was chosen: a name such as `UTC`; empty is the zone of the browser. */
export const chosenZone = stored<string>('zone', '');

const times = computed(() => timesOf(chosenZone.value) ?? browserTimes.value);

/** The zone of all times on the page. */
export const timeZone = computed(() => times.value.zone);

/** `2026-11-29 17:03:00` in the zone of the page, with milliseconds when `fine`; empty for what is no time. */
export function shownTime(at: number | string, fine = false): string {
  const moment = typeof at === 'number' ? at : Date.parse(at);
  const time = times.value.at(moment);
  return fine && time !== '' ? `${time}.${String(new Date(moment).getUTCMilliseconds()).padStart(3, '0')}` : time;
}

const unit = words(
  {
    s: (n: number) => `${n} s`,
    min: (n: number) => `${n} min`,
    h: (n: number) => `${n} h`,
    d: (n: number) => `${n} d`,
  },
  {
    s: (n: number) => `${n}초`,
    min: (n: number) => `${n}분`,
    h: (n: number) => `${n}시간`,
    d: (n: number) => `${n}일`,
  },
);

/** `3 h 20 min`, `40 s`; in Korean `3시간 20분`. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return unit('s', seconds);
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return unit('min', minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? unit('h', hours) : `${unit('h', hours)} ${unit('min', minutes % 60)}`;
  const days = unit('d', Math.floor(hours / 24));
  return hours % 24 === 0 ? days : `${days} ${unit('h', hours % 24)}`;
}

/** A number with the separators of the language. */
export const count = (value: number): string => numbers.value.format(value);

const numbers = computed(() => new Intl.NumberFormat(language.value));

/** Undefined for what is no zone. */
function timesOf(name: string): WallTimes | undefined {
  if (name === '') return undefined;
  try {
    return new WallTimes(clockOf(name));
  } catch {
    return undefined;
  }
}
