import { useSignal } from '@preact/signals';
import type { AlertInstanceView, AlertsAnswer, NotificationView } from '../../../core/api/alerts.ts';
import { usePolled } from '../base/polled.ts';
import { go, hrefOf, route } from '../base/route.ts';
import { clean } from '../base/text.ts';
import { count, durationText, shownTime } from '../base/time.ts';
import { Notifications } from './notifications.tsx';
import { Deliveries, Fact, Labels, logsLink, Samples } from './parts.tsx';
import { MOST_ALERTS, type Shared } from './view.tsx';
import { t } from './words.ts';

const EVERY_MS = 10_000;
const SHOWN_AT_ONCE = 100;

/** Alerts that are over, or the messages that were sent. */
export function History({ shared }: { shared: Shared }) {
  const { params } = route.value;
  const what = params.get('what') === 'messages' ? 'messages' : 'alerts';
  const text = params.get('text') ?? '';
  return (
    <>
      <div class="bar">
        <input
          type="search"
          aria-label={t('filter')}
          placeholder={t('filter')}
          value={text}
          onInput={event => go('alerts', given({ tab: 'history', what, text: event.currentTarget.value }), true)}
        />
        {(['alerts', 'messages'] as const).map(name => (
          <button
            key={name}
            type="button"
            aria-pressed={what === name}
            onClick={() => go('alerts', given({ tab: 'history', what: name, text }))}
          >
            {t(name === 'alerts' ? 'resolvedOnes' : 'messages')}
          </button>
        ))}
      </div>
      {what === 'alerts' ? <Resolved text={text} shared={shared} /> : <Messages text={text} shared={shared} />}
    </>
  );
}

const given = (params: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ''));

function Resolved({ text, shared }: { text: string; shared: Shared }) {
  const polled = usePolled<AlertsAnswer>('api/alerts', { state: 'resolved', limit: MOST_ALERTS }, EVERY_MS);
  const most = useSignal(SHOWN_AT_ONCE);
  const opened = useSignal('');
  const answer = polled.data.value;
  if (answer === undefined) return <Waiting error={polled.error.value?.message} />;
  const found = answer.resolved.filter(alert =>
    has(text, alert.rule, alert.annotations['title'], JSON.stringify(alert.labels)),
  );
  if (found.length === 0) return <p class="note">{t(text === '' ? 'noneOver' : 'noneFound')}</p>;
  return (
    <>
      <ul class="rows" aria-label={t('resolvedOnes')}>
        {found.slice(0, most.value).map(alert => (
          <Over
            key={alert.id}
            alert={alert}
            timeframeMs={shared.rules?.find(({ name }) => name === alert.rule)?.window?.timeframe_ms}
            isOpen={opened.value === alert.id}
            toggle={() => {
              opened.value = opened.value === alert.id ? '' : alert.id;
            }}
          />
        ))}
      </ul>
      {found.length > most.value && (
        <button type="button" onClick={() => (most.value += SHOWN_AT_ONCE)}>
          {t('more', found.length - most.value)}
        </button>
      )}
    </>
  );
}

function Over({
  alert,
  timeframeMs,
  isOpen,
  toggle,
}: {
  alert: AlertInstanceView;
  timeframeMs: number | undefined;
  isOpen: boolean;
  toggle: () => void;
}) {
  return (
    <li>
      <div class="head">
        <time dateTime={alert.starts_at}>{shownTime(alert.starts_at)}</time>
        <button type="button" class="plain" aria-expanded={isOpen} onClick={toggle}>
          {clean(alert.annotations['title'] ?? alert.rule)}
        </button>
        <Labels of={alert} />
        <span class="soft">{t('lasted', durationText(alert.duration_ms))}</span>
        <span class="soft">{t('events', alert.hits)}</span>
        <a href={logsLink(alert, timeframeMs)}>{t('logs')}</a>
      </div>
      {isOpen && (
        <div class="details">
          <dl class="numbers">
            <Fact name={t('rule')}>
              <a href={hrefOf('alerts', { tab: 'rules', rule: alert.rule })}>{clean(alert.rule)}</a>
            </Fact>
            <Fact name={t('over')}>
              {shownTime(alert.ends_at ?? '')} {alert.reason !== undefined && <span>({reasonText(alert.reason)})</span>}
            </Fact>
            <Fact name={t('matches')}>{count(alert.matches)}</Fact>
          </dl>
          <Deliveries of={alert.deliveries} />
          <Samples of={alert.samples} />
        </div>
      )}
    </li>
  );
}

const REASONS = ['over', 'quiet', 'rule_removed', 'rule_disabled', 'rule_changed'] as const;

function reasonText(reason: string): string {
  const known = REASONS.find(name => name === reason);
  return known === undefined ? reason : t(`why_${known}`);
}

function Messages({ text, shared }: { text: string; shared: Shared }) {
  const polled = usePolled<{ notifications: NotificationView[] }>(
    'api/notifications',
    { limit: MOST_ALERTS },
    EVERY_MS,
  );
  const answer = polled.data.value;
  if (answer === undefined) return <Waiting error={polled.error.value?.message} />;
  const found = answer.notifications.filter(one => has(text, one.rule, one.alerter, one.state, one.last_error));
  if (found.length === 0) return <p class="note">{t(text === '' ? 'noMessages' : 'noneFound')}</p>;
  return <Notifications list={found} shared={shared} again={polled.again} />;
}

function Waiting({ error }: { error: string | undefined }) {
  if (error === undefined) return <p class="note">{t('loading')}</p>;
  return (
    <p class="problem" role="alert">
      {error}
    </p>
  );
}

const has = (text: string, ...values: (string | undefined)[]): boolean =>
  text === '' || values.some(value => value !== undefined && clean(value).toLowerCase().includes(text.toLowerCase()));
