import { isFields } from '../../core/event.ts';
import { fingerprint } from '../instances/fingerprint.ts';
import type { Labels } from '../silencing/matcher.ts';
import type { RoutedAlert } from './alert-book.ts';
import { quoted } from './labels.ts';

/** Of one alert: its labels and annotations together, in bytes. */
const MAX_ALERT_BYTES = 65_536;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export interface ReadAlerts {
  readonly alerts: readonly RoutedAlert[];
  /** One sentence of each that was left out. */
  readonly mistakes: readonly string[];
}

/** Alerts as `POST /api/v2/alerts` takes them. Undefined when the body is no list of objects. */
export function readAlerts(body: unknown, now: number, resolveTimeoutMs: number): ReadAlerts | undefined {
  if (!Array.isArray(body) || !body.every(isFields)) return undefined;
  const alerts: RoutedAlert[] = [];
  const mistakes: string[] = [];
  for (const given of body as Record<string, unknown>[]) {
    const read = readAlert(given, now, resolveTimeoutMs);
    if (typeof read === 'string') mistakes.push(read);
    else alerts.push(read);
  }
  return { alerts, mistakes };
}

function readAlert(given: Record<string, unknown>, now: number, resolveTimeoutMs: number): RoutedAlert | string {
  const labels = textsOf(given['labels'], 'label');
  const annotations = textsOf(given['annotations'] ?? {}, 'annotation');
  if (typeof labels === 'string') return labels;
  if (typeof annotations === 'string') return annotations;
  if (Object.keys(labels).length === 0) return 'at least one label pair required';
  const [start, end] = [timeOf(given['startsAt']), timeOf(given['endsAt'])];
  if (start === 'none' || end === 'none') return 'startsAt and endsAt must be times as in RFC 3339';
  const startsAt = start ?? end ?? now;
  const endsAt = end ?? now + resolveTimeoutMs;
  if (endsAt < startsAt) return 'start time must be before end time';
  const generatorUrl = given['generatorURL'];
  const alert: RoutedAlert = {
    labels,
    annotations,
    startsAt,
    endsAt,
    updatedAt: now,
    generatorUrl: typeof generatorUrl === 'string' ? generatorUrl : '',
    fingerprint: fingerprint(labels),
    isTimeout: end === undefined,
  };
  return sizeOf(alert) > MAX_ALERT_BYTES
    ? `labels and annotations of an alert are larger than ${MAX_ALERT_BYTES} bytes`
    : alert;
}

/** About what an alert takes, in bytes. */
export function sizeOf({
  labels,
  annotations,
  generatorUrl,
}: Pick<RoutedAlert, 'labels' | 'annotations' | 'generatorUrl'>): number {
  let bytes = generatorUrl.length;
  for (const texts of [labels, annotations])
    for (const [name, value] of Object.entries(texts)) bytes += name.length + Buffer.byteLength(value);
  return bytes;
}

/** A name with an empty text is as good as none. */
function textsOf(value: unknown, what: 'label' | 'annotation'): Labels | string {
  if (!isFields(value)) return `${what}s must be an object of texts`;
  const pairs: [string, string][] = [];
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') return `${what}s must be an object of texts`;
    if (!NAME.test(name)) return `invalid ${what} set: invalid name ${quoted(name.slice(0, 100))}`;
    if (text !== '') pairs.push([name, text.toWellFormed()]);
  }
  return Object.fromEntries(pairs);
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

/** Undefined: none is given, which Go writes as the first second of year 1. */
function timeOf(value: unknown): number | undefined | 'none' {
  if (value === undefined || value === null || value === '') return undefined;
  const ms = typeof value === 'string' && TIME.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) return 'none';
  return ms < YEAR_2 ? undefined : ms;
}

const YEAR_2 = Date.parse('0002-01-01T00:00:00Z');
