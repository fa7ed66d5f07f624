// Texts and times as they can be shown.

/** Zone of all times on the page: that of the browser, or UTC. */
let zone = localStorage.getItem('longshore-zone') === 'UTC' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;

export const timeZone = () => zone;
export const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

export function chooseZone(name) {
  zone = name;
  localStorage.setItem('longshore-zone', name === 'UTC' ? 'UTC' : 'local');
}

/** Without colour codes of terminals, with control characters and turns of the reading direction made visible; objects as JSON. */
export function clean(value) {
  const text = typeof value === 'object' ? JSON.stringify(value, null, 1) : String(value);
  return text
    .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g, '')
    .replace(/[\x80-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd')
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, c => String.fromCharCode(c === '\x7f' ? 0x2421 : 0x2400 + c.charCodeAt(0)));
}

/** `2026-11-29 17:03:00`, with milliseconds when `fine`, in the zone of the page; empty for what is no time. */
export function shownTime(ms, fine = false) {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return '';
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(date);
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  const time = `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second}`;
  return fine ? `${time}.${String(date.getUTCMilliseconds()).padStart(3, '0')}` : time;
}

export const count = value => Number(value).toLocaleString('en');

/** `3 h 20 min`, `40 s`. */
export function durationText(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}
