import type { ComponentChildren } from 'preact';
import type { AlertDelivery, AlertInstanceView, AlertSampleView, RuleView } from '../../../core/api/alerts.ts';
import { levelClass } from '../base/levels.ts';
import { hrefOf } from '../base/route.ts';
import { clean } from '../base/text.ts';
import { count, durationText, shownTime } from '../base/time.ts';
import { t } from './words.ts';

/** Before the first match so much is shown, and behind the last one. */
const BEFORE_MS = 5 * 60_000;
const AFTER_MS = 60_000;

/** A time and how long ago that is. */
export function Ago({ at, now = Date.now() }: { at: string; now?: number }) {
  const ms = now - Date.parse(at);
  const text = ms >= 0 ? t('ago', durationText(ms)) : t('in', durationText(-ms));
  return (
    <time dateTime={at} title={shownTime(at, true)}>
      {text}
    </time>
  );
}

export function At({ at, fine = false }: { at: string; fine?: boolean }) {
  return <time dateTime={at}>{shownTime(at, fine)}</time>;
}

/** A name and what belongs to it, in a list of such. */
export function Fact({
  name,
  children,
  isMono = false,
}: {
  name: string;
  children: ComponentChildren;
  isMono?: boolean;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isMono ? 'mono' : ''}>{children}</dd>
    </div>
  );
}

/** `service=api`: those of the key first. The name of the rule stands elsewhere. */
export function Labels({ of }: { of: Pick<AlertInstanceView, 'labels' | 'key_labels'> }) {
  const own = Object.entries(of.key_labels ?? {});
  const others = Object.entries(of.labels).filter(
    ([name]) => name !== 'alertname' && !Object.hasOwn(of.key_labels ?? {}, name),
  );
  if (own.length + others.length === 0) return null;
  return (
    <ul class="labels" aria-label={t('labels')}>
      {[...own, ...others].map(([name, value], i) => (
        <li key={name} class={i < own.length ? 'key' : ''}>
          {clean(name)}=<b>{clean(value)}</b>
        </li>
      ))}
    </ul>
  );
}

/** The events that caused it, each a link to where it stands. */
export function Samples({ of }: { of: readonly AlertSampleView[] }) {
  if (of.length === 0) return null;
  return (
    <ul class="samples" aria-label={t('causes')}>
      {of.map(sample => (
        <li key={sample.id} class={levelClass(sample.level)}>
          <a href={eventLink(sample)} title={t('toEvent')}>
            {shownTime(sample.time)}
          </a>{' '}
          {sample.level !== undefined && <span class="level">{clean(sample.level)}</span>}{' '}
          <span class="text">{clean(sample.message ?? '')}</span>
        </li>
      ))}
    </ul>
  );
}

/** What is told of an alert, a word each. */
export function Deliveries({ of }: { of: readonly AlertDelivery[] }) {
  return (
    <ul class="deliveries" aria-label={t('deliveries')}>
      {of.map((delivery, i) => (
        <li key={`${delivery.alerter} ${i}`} class={isBad(delivery) ? 'bad' : ''}>
          {clean(delivery.alerter)}: {deliveryText(delivery)}
        </li>
      ))}
    </ul>
  );
}

const isBad = ({ state }: AlertDelivery): boolean => state === 'retrying' || state === 'dead' || state === 'dropped';

export function deliveryText({ state, attempts, last_error }: AlertDelivery): string {
  const tries = attempts > 1 || (attempts === 1 && state !== 'sent') ? `, ${t('attempts', attempts)}` : '';
  const why = last_error === undefined || state === 'sent' ? '' : `: ${clean(last_error)}`;
  return `${t(`told_${state}`)}${tries}${why}`;
}

/** The search that finds the events of an alert, from a little before it began. */
export function logsLink({ query, starts_at, last_match, ends_at }: AlertInstanceView, timeframeMs = 0): string {
  const from = Date.parse(starts_at) - Math.max(BEFORE_MS, timeframeMs);
  const to = ends_at === undefined ? 'now' : iso(Math.max(Date.parse(ends_at), Date.parse(last_match)) + AFTER_MS);
  return hrefOf('logs', { query: query ?? '', from: iso(from), to });
}

/** The log around one event. */
export function eventLink({ id, time }: Pick<AlertSampleView, 'id' | 'time'>): string {
  return hrefOf('logs', { event: id, at: time });
}

/** `14 events, at least 10 in 1 min`. */
export function valueText(alert: AlertInstanceView, rule: RuleView | undefined): string {
  const { value } = alert;
  const window = rule?.window;
  const bound = window?.at_least ?? window?.above ?? window?.below;
  if (window === undefined || bound === undefined || window.metric !== 'count') return t('events', value);
  return t('valueOf', value, boundText(window));
}

export function boundText(window: NonNullable<RuleView['window']>): string {
  const time = durationText(window.timeframe_ms);
  const { metric = '', at_least, above, below } = window;
  const what = metric === 'count' ? '' : `${metric} `;
  if (at_least !== undefined) return `${what}${t('atLeast', count(at_least), time)}`;
  if (above !== undefined && below !== undefined) return `${what}${t('outside', count(below), count(above), time)}`;
  if (above !== undefined) return `${what}${t('above', count(above), time)}`;
  if (below !== undefined) return `${what}${t('below', count(below), time)}`;
  return '';
}

const iso = (at: number): string => new Date(at).toISOString();
