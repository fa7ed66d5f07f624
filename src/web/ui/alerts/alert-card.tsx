import type { AlertView, NotificationView, PostedAlertView, RuleView } from '../../../core/api/alerts.ts';
import { usePolled } from '../base/polled.ts';
import { hrefOf } from '../base/route.ts';
import { clean } from '../base/text.ts';
import { count, durationText, shownTime } from '../base/time.ts';
import { type ListedAlert, webAddress } from './listed.ts';
import { Notifications } from './notifications.tsx';
import { Deliveries, Fact, Labels, logsLink, Samples, valueText } from './parts.tsx';
import type { Shared } from './view.tsx';
import { t } from './words.ts';

interface CardProps {
  readonly alert: ListedAlert;
  /** It was there when the list was shown, and is not any more. */
  readonly isGone: boolean;
  readonly rule: RuleView | undefined;
  readonly messages: readonly AlertView[];
  readonly shared: Shared;
  readonly isOpen: boolean;
  toggle(): void;
}

export function AlertCard({ alert, isGone, rule, messages, shared, isOpen, toggle }: CardProps) {
  const title = clean(alert.annotations['title'] ?? alert.rule);
  const state = isGone ? 'resolved' : alert.state;
  const { posted } = alert;
  const key = clean(alert.key ?? '');
  const name = title.includes(key) ? title : `${title} · ${key}`;
  const headId = `alert-${alert.id}`;
  return (
    <article class={`panel card ${state}`} aria-labelledby={headId}>
      <div class="head">
        <span class="state">{t(state)}</span>
        <h3 id={headId}>{clean(name)}</h3>
        <span class="since" title={shownTime(alert.starts_at, true)}>
          {t('since', shownTime(alert.starts_at), durationText(alert.duration_ms))}
        </span>
        <span class="actions">
          <a class="button" href={logsLink(alert, rule?.window?.timeframe_ms)}>
            {t('logs')}
          </a>
          {state !== 'resolved' && (
            <button
              type="button"
              aria-label={t('silenceIt', clean(name))}
              onClick={() =>
                shared.silence({ labels: alert.labels, chosen: posted === undefined ? alert.key_labels : alert.labels })
              }
            >
              {t('silence')}
            </button>
          )}
          <button type="button" aria-expanded={isOpen} aria-label={t('details')} onClick={toggle}>
            {isOpen ? '▴' : '▾'}
          </button>
        </span>
      </div>
      <div class="facts">
        {posted === undefined ? (
          <>
            <a href={hrefOf('alerts', { tab: 'rules', rule: alert.rule })}>{clean(alert.rule)}</a>
            <span>{valueText(alert, rule)}</span>
          </>
        ) : (
          <>
            {alert.rule !== '' && alert.rule !== title && <span>{clean(alert.rule)}</span>}
            <Source of={posted} />
          </>
        )}
        <Labels of={alert} />
      </div>
      <SilencedBy alert={alert} shared={shared} />
      {alert.deliveries.length > 0 ? (
        <Deliveries of={alert.deliveries} />
      ) : (
        <p class="deliveries soft">{t(alert.told ? 'toldForgotten' : 'notTold')}</p>
      )}
      <Samples of={alert.samples} />
      {isOpen && posted !== undefined && <PostedDetails of={posted} title={alert.annotations['title']} />}
      {isOpen && posted === undefined && <Details alert={alert} rule={rule} messages={messages} shared={shared} />}
    </article>
  );
}

function SilencedBy({ alert, shared }: { alert: ListedAlert; shared: Shared }) {
  if (alert.silenced_by.length === 0) return null;
  return (
    <ul class="silenced">
      {alert.silenced_by.map(({ id, created_by, comment }) => {
        const end = shared.silences?.find(one => one.id === id)?.ends_at;
        return (
          <li key={id}>
            {t('silencedBy', clean(created_by) || t('somebody'))}
            {end !== undefined && ` ${t('until', shownTime(end))}`}
            {comment !== '' && <>: {clean(comment)}</>}{' '}
            <a href={hrefOf('alerts', { tab: 'silences' })}>{t('toSilences')}</a>
          </li>
        );
      })}
    </ul>
  );
}

/** Who raised an alert that no rule of ours did. */
function Source({ of: { source } }: { of: PostedAlertView }) {
  const address = webAddress(source);
  if (address === undefined) return <span>{source === '' ? t('postedByNobody') : t('postedBy', clean(source))}</span>;
  return (
    <a href={address.href} target="_blank" rel="noreferrer noopener" title={clean(address.href)}>
      {t('postedBy', address.host)}
    </a>
  );
}

function PostedDetails({ of, title }: { of: PostedAlertView; title: string | undefined }) {
  const { annotations, updated_at, ends_at, receivers, inhibited_by } = of;
  const more = Object.entries(annotations).filter(([, value]) => value !== title);
  return (
    <div class="details">
      <dl class="numbers">
        <Fact name={t('saidLast')}>{shownTime(updated_at, true)}</Fact>
        <Fact name={t('overUnlessSaid')}>{shownTime(ends_at, true)}</Fact>
        {receivers.length > 0 && <Fact name={t('receivers')}>{clean(receivers.join(', '))}</Fact>}
        {inhibited_by.length > 0 && <Fact name={t('inhibitedBy')}>{t('otherAlerts', inhibited_by.length)}</Fact>}
        {more.map(([name, value]) => (
          <Fact key={name} name={name === 'description' ? t('description') : clean(name)}>
            {clean(value)}
          </Fact>
        ))}
      </dl>
    </div>
  );
}

/** What a card says when it is opened: the numbers, the text that was sent, the tries. */
function Details({ alert, rule, messages, shared }: Pick<CardProps, 'alert' | 'rule' | 'messages' | 'shared'>) {
  const own = messages.filter(({ instance, rule: name, key }) =>
    instance === undefined ? name === alert.rule && key === alert.key : instance === alert.id,
  );
  const ids = new Set(own.map(({ id }) => id));
  const polled = usePolled<{ notifications: NotificationView[] }>('api/notifications', { limit: 1000 }, 10_000);
  const sent = polled.data.value?.notifications.filter(one => ids.has(one.alert));
  const more = Object.entries(alert.annotations).filter(([name]) => name !== 'title' && name !== 'summary');
  return (
    <div class="details">
      <dl class="numbers">
        <Fact name={t('lastMatch')}>{shownTime(alert.last_match, true)}</Fact>
        <Fact name={t('matches')}>{count(alert.matches)}</Fact>
        <Fact name={t('hits')}>{count(alert.hits)}</Fact>
        {alert.annotations['description'] === undefined && (rule?.description ?? '') !== '' && (
          <Fact name={t('description')}>{clean(rule!.description)}</Fact>
        )}
        {more.map(([name, value]) => (
          <Fact key={name} name={name === 'description' ? t('description') : clean(name)}>
            {clean(value)}
          </Fact>
        ))}
      </dl>
      {own[0] !== undefined && (
        <details>
          <summary>{t('lastMessage', shownTime(own[0].at))}</summary>
          <pre>{clean(own[0].body)}</pre>
        </details>
      )}
      {sent !== undefined && sent.length > 0 && (
        <Notifications
          list={sent}
          shared={shared}
          again={() => {
            polled.again();
            shared.changed();
          }}
        />
      )}
    </div>
  );
}
