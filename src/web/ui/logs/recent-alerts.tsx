import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { AlertDelivery, AlertsAnswer, AlertView } from '../../../core/api/alerts.ts';
import { ask } from '../base/api.ts';
import { hrefOf } from '../base/route.ts';
import { clean } from '../base/text.ts';
import { durationText, shownTime } from '../base/time.ts';
import { every } from './every.ts';
import { t } from './words.ts';

const INTERVAL_MS = 10_000;
const MOST = 20;
/** How long before an alert the events lie that one wants to see. */
const BEFORE_MS = 5 * 60_000;
const AFTER_MS = 60_000;
const QUIET: readonly AlertDelivery['state'][] = ['sent', 'not_wanted'];

/** What the rules have said lately, or one rule: for whom, when, whether it has been delivered. */
export function RecentAlerts({ rule, zoom }: { rule: string | undefined; zoom: (from: number, to: number) => void }) {
  const alerts = useSignal<readonly AlertView[] | undefined>(undefined);
  useEffect(
    () =>
      every(INTERVAL_MS, async signal => {
        // The search says what is wrong.
        const answer = await ask<AlertsAnswer>('api/alerts', { limit: MOST, rule }, { signal }).catch(() => undefined);
        if (answer !== undefined) alerts.value = answer.alerts;
      }),
    [alerts, rule],
  );
  // That an alert is over stands at the message that told of it.
  const shown = alerts.value?.filter(alert => alert.resolved !== true || !isTold(alert));
  return (
    <section class="panel" aria-labelledby="alerts-title">
      <h2 id="alerts-title">{rule === undefined ? t('recentAlerts') : t('alertsOf', clean(rule))}</h2>
      <ol id="alerts">
        {shown?.map(alert => (
          <Alert key={alert.id} alert={alert} zoom={zoom} />
        ))}
        {shown?.length === 0 && <li class="none">{t('quiet')}</li>}
      </ol>
      <a href={hrefOf('alerts')}>{t('allAlerts')}</a>
    </section>
  );
}

const isTold = (alert: AlertView): boolean => alert.deliveries.every(({ state }) => QUIET.includes(state));

function Alert({ alert, zoom }: { alert: AlertView; zoom: (from: number, to: number) => void }) {
  const when = Date.parse(alert.at);
  const title = clean(alert.title || alert.rule);
  const about = [shownTime(when)];
  if (alert.key !== undefined && !title.includes(alert.key)) about.push(clean(alert.key));
  if (alert.rule !== title) about.push(clean(alert.rule));
  if (alert.ends_at !== undefined) about.push(t('overAfter', durationText(alert.duration_ms ?? 0)));
  const body = bodyOf(alert, title);
  const show = (): void => {
    const around = Date.parse(alert.event_time);
    zoom(around - BEFORE_MS, Math.max(around, when, Date.parse(alert.ends_at ?? '') || 0) + AFTER_MS);
  };
  return (
    <li class={alert.ends_at === undefined ? '' : 'over'}>
      <button type="button" class="title" title={t('showTime')} onClick={show}>
        {title}
      </button>
      <span>{about.filter(Boolean).join(' · ')}</span>
      {alert.deliveries
        .filter(({ state }) => !QUIET.includes(state))
        .map(({ alerter, state, attempts, last_error: error }) => (
          <span key={alerter} class={state === 'log_only' ? '' : 'bad'}>
            {clean(alerter)}: {deliveryText(state)}
            {attempts > 0 && `, ${t('attempts', attempts)}`}
            {error !== undefined && `: ${clean(error)}`}
          </span>
        ))}
      {body !== '' && <span class="body">{body}</span>}
    </li>
  );
}

function deliveryText(state: AlertDelivery['state']): string {
  switch (state) {
    case 'pending':
      return t('beingSent');
    case 'retrying':
      return t('notDelivered');
    case 'dead':
      return t('givenUp');
    case 'dropped':
      return t('dropped');
    case 'log_only':
      return t('logOnly');
    default:
      return state;
  }
}

/** Without the lines that stand above it already. */
function bodyOf(alert: AlertView, title: string): string {
  const lines = clean(alert.body)
    .replaceAll(/^```\n?/gm, '')
    .split('\n');
  return withoutFields(lines.filter(line => line.trim() !== title && line.trim() !== alert.rule))
    .join('\n')
    .trim();
}

/** A rule without a text of its own lists all fields of the event: of them, what was logged says most. */
function withoutFields(lines: string[]): string[] {
  const start = lines.findIndex(line => line.startsWith('@timestamp: '));
  if (start === -1) return lines;
  const message = lines.slice(start).find(line => line.startsWith('message: '));
  return message === undefined ? lines : [...lines.slice(0, start), message.slice('message: '.length)];
}
