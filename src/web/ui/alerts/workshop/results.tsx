import { useSignal } from '@preact/signals';
import type { BacktestAlert, BacktestAnswer } from '../../../../core/api/backtest.ts';
import { hrefOf } from '../../base/route.ts';
import { clean } from '../../base/text.ts';
import { count, durationText, shownTime } from '../../base/time.ts';
import { Timeline } from './timeline.tsx';
import { t } from './words.ts';

export type Kind = 'new' | 'gone' | 'same';

/** An alert that either version would have raised. */
export interface Compared {
  readonly alert: BacktestAlert;
  readonly kind: Kind;
}

const SHOWN_AT_ONCE = 50;
const BEFORE_MS = 10 * 60_000;

/** How often it would have fired, when, and what it would have said; beside what runs today. */
export function Results({
  answer,
  isCompared,
  isOlder,
}: {
  answer: BacktestAnswer;
  isCompared: boolean;
  isOlder: boolean;
}) {
  const most = useSignal(SHOWN_AT_ONCE);
  const { rules, differences, from, to } = answer;
  const alerts = rules.reduce((sum, one) => sum + one.alerts, 0);
  const perDay = rules.reduce((sum, one) => sum + one.alerts_per_day, 0);
  const [hits, matches, suppressed] = (['hits', 'matches', 'suppressed'] as const).map(name =>
    rules.reduce((sum, one) => sum + one[name], 0),
  ) as [number, number, number];
  const compared = listOf(answer, isCompared);
  const before = compared.filter(({ kind }) => kind !== 'new').length;
  const span = durationText(Date.parse(to) - Date.parse(from));
  if (rules.length === 0 && answer.mistakes.length > 0) return null;
  return (
    <div class={isOlder ? 'results older' : 'results'}>
      <p class="verdict" role="status">
        <b>{t('fired', alerts, span)}</b> {alerts > 0 && t('perDay', round(perDay))}
        {isCompared && differences !== undefined && ` ${t('todayFired', before)}`}
      </p>
      {isOlder && <p class="soft">{t('older')}</p>}
      <Timeline list={compared} from={Date.parse(from)} to={Date.parse(to)} isCompared={isCompared} />
      <p class="soft">{t('numbers', count(hits), count(matches), count(suppressed))}</p>
      {answer.hints.map(hint => (
        <p key={hint} class="soft">
          {clean(hint)}
        </p>
      ))}
      {compared.length > 0 && (
        <table class="stack">
          <thead>
            <tr>
              <th>{t('when')}</th>
              {isCompared && <th>{t('version')}</th>}
              <th>{t('key')}</th>
              <th class="number">{t('events')}</th>
              <th>{t('message')}</th>
            </tr>
          </thead>
          <tbody>
            {compared.slice(0, most.value).map(({ alert, kind }, i) => (
              <tr key={i} class={kind}>
                <td data-name={t('when')}>
                  <a href={around(alert)}>{shownTime(alert.at)}</a>
                </td>
                {isCompared && <td data-name={t('version')}>{t(kind)}</td>}
                <td data-name={t('key')}>{clean(alert.key ?? '')}</td>
                <td data-name={t('events')} class="number">
                  {count(alert.num_hits)}
                </td>
                <td data-name={t('message')}>
                  <Message of={alert} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {compared.length > most.value && (
        <button type="button" onClick={() => (most.value += SHOWN_AT_ONCE)}>
          {t('more', compared.length - most.value)}
        </button>
      )}
    </div>
  );
}

function Message({ of: { title, body, messages, events } }: { of: BacktestAlert }) {
  if (body === undefined) return <>{clean(title)}</>;
  return (
    <details>
      <summary>{clean(title)}</summary>
      <pre>{clean(body)}</pre>
      {messages?.map(({ alerter, missing, bodies }) => (
        <div key={alerter}>
          <b>{clean(alerter)}</b> {missing !== undefined && <span class="warn">{t('missing', clean(missing))}</span>}
          {bodies.map((one, i) => (
            <pre key={i}>{clean(one)}</pre>
          ))}
        </div>
      ))}
      {events !== undefined && events.length > 0 && (
        <ul class="samples" aria-label={t('lastEvents')}>
          {events.map((event, i) => (
            <li key={i}>
              {shownTime(String(event['@timestamp']))} {clean(event['message'] ?? '')}
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}

/** All alerts of both versions, the newest first; that something is over is none. */
function listOf({ rules, differences }: BacktestAnswer, isCompared: boolean): Compared[] {
  const of = (kind: Kind, list: readonly BacktestAlert[]): Compared[] => list.map(alert => ({ alert, kind }));
  const all =
    isCompared && differences !== undefined
      ? differences.flatMap(({ only_old, only_new, both }) => [
          ...of('gone', only_old),
          ...of('new', only_new),
          ...of(
            'same',
            both.map(pair => pair.new),
          ),
        ])
      : of(
          'same',
          rules.flatMap(({ fired }) => fired),
        );
  return all.filter(({ alert }) => alert.resolved !== true).toSorted((a, b) => b.alert.at.localeCompare(a.alert.at));
}

/** The log of the time around it. */
function around({ at, event_time, event_id }: BacktestAlert): string {
  if (event_id !== undefined) return hrefOf('logs', { event: event_id, at: event_time });
  const end = Date.parse(at);
  return hrefOf('logs', { from: new Date(end - BEFORE_MS).toISOString(), to: new Date(end + 60_000).toISOString() });
}

const round = (value: number): string => count(Math.round(value * 10) / 10);
