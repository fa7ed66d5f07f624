import { durationText } from '../../base/time/duration.ts';
import { isoTime } from '../../base/time/iso.ts';
import { type Fields, newFields } from '../../core/event.ts';
import { lookup } from '../lookup.ts';
import { pythonStr } from '../python/str.ts';
import { alertFieldsOf, copyFields } from '../text/alert-fields.ts';
import type { TextStyle } from '../text/texts.ts';
import { counted } from '../text/words.ts';
import { type Alert, type AlerterSettings, leftOutNote, type ResolvedAlert } from './alerter.ts';

// What all alerters tell: the title and the body of an alert, or that it is over.

export interface Told {
  readonly title: string;
  readonly body: string;
}

export function told(
  alert: Alert,
  { texts }: AlerterSettings,
  style: TextStyle,
  title: string = texts.title(alert.matches, style),
): Told {
  const { resolved, matches, leftOut = 0 } = alert;
  if (resolved !== undefined) return { title: `Resolved: ${title}`, body: resolvedText(resolved) };
  return { title, body: leftOutNote(matches.length, leftOut) + texts.body(matches, style) };
}

/** `Over after 5 minutes, with 12 matches from 2026-11-20T12:00:00.000Z to ...` */
export function resolvedText({ startsAt, endsAt, matches }: ResolvedAlert): string {
  const times = `from ${isoTime(startsAt)} to ${isoTime(endsAt)}`;
  return `Over after ${durationText(endsAt - startsAt)}, with ${counted(matches, 'match', 'matches')} ${times}.\n`;
}

/** The match as receivers read it with a program when an alert is over: by the names that texts have for it, too. */
export function resolvedMatch(match: Fields, { startsAt, endsAt, matches }: ResolvedAlert): Fields {
  const out = Object.assign(newFields(), match, {
    alert_state: 'resolved',
    alert_starts_at: isoTime(startsAt),
    alert_ends_at: isoTime(endsAt),
    alert_duration: durationText(endsAt - startsAt),
    alert_matches: matches,
  });
  copyFields(alertFieldsOf(match), out);
  return out;
}

/** `ElastAlert: rule - key`, as some of its alerters title what has no `alert_subject`; undefined when it has one. */
export function defaultTitle({ options }: AlerterSettings, match: Fields): string | undefined {
  if (options['alert_subject'] !== undefined && options['alert_subject'] !== null) return undefined;
  const name = options['query_key'];
  const key = typeof name === 'string' ? lookup(match, name) : undefined;
  const isSet = key !== undefined && key !== null && key !== '' && key !== false && key !== 0;
  return `ElastAlert: ${pythonStr(options['name'])}${isSet ? ` - ${pythonStr(key)}` : ''}`;
}

export const firstOf = (alert: Alert): Fields => alert.matches[0] ?? newFields();

/** A text option; undefined where it is not set. */
export function textOf(options: Fields, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An option that is one text or a list of them. */
export function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter(one => one !== null && one !== undefined).map(pythonStr);
  return value === undefined || value === null ? [] : [pythonStr(value)];
}

/** What is set goes under its other name: `{ mattermost_footer: 'footer' }`. */
export function renamed(options: Fields, names: Readonly<Record<string, string>>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, key] of Object.entries(names)) {
    const value = options[name];
    if (value !== undefined && value !== null && value !== '') out[key] = value;
  }
  return out;
}

/** Cut to so many characters of what people read, without half an escape at the end. */
export function cropped(text: string, limit: number, kept: number, note: string): string {
  if (text.length <= limit) return text;
  const characters = [...text];
  if (characters.length <= limit) return text;
  return (
    characters
      .slice(0, kept)
      .join('')
      .replace(/&[a-z#\d]{0,5}$|\\$/, '') + note
  );
}

/** Cut to so many bytes as UTF-8: some receivers count those. */
export function croppedBytes(text: string, limit: number, note: string): string {
  if (text.length * 3 <= limit) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  const kept = bytes.subarray(0, limit - Buffer.byteLength(note)).toString('utf8');
  return kept.replace(/\ufffd+$|&[a-z#\d]{0,5}$|\\$/, '') + note;
}
