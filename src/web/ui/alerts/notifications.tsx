import { useSignal } from '@preact/signals';
import type { NotificationView } from '../../../core/api/alerts.ts';
import { type ApiError, ask } from '../base/api.ts';
import { clean } from '../base/text.ts';
import { count, shownTime } from '../base/time.ts';
import { Ago, At } from './parts.tsx';
import type { Shared } from './view.tsx';
import { t } from './words.ts';

const canRetry = ({ state }: NotificationView): boolean => state === 'dead' || state === 'dropped';

/** Messages, each to one place, with the tries that failed. */
export function Notifications({
  list,
  shared,
  again,
}: {
  list: readonly NotificationView[];
  shared: Shared;
  again: () => void;
}) {
  const busy = useSignal('');
  const retry = async (id: string): Promise<void> => {
    busy.value = id;
    try {
      await ask(`api/notifications/${encodeURIComponent(id)}/retry`, {}, { method: 'POST', body: {} });
      shared.say(t('sentAgain'));
      again();
    } catch (error) {
      shared.say((error as ApiError).message);
    } finally {
      busy.value = '';
    }
  };
  return (
    <div class="wide">
      <table class="stack">
        <thead>
          <tr>
            <th>{t('when')}</th>
            <th>{t('rule')}</th>
            <th>{t('alerter')}</th>
            <th>{t('state')}</th>
            <th class="number">{t('tries')}</th>
            <th>{t('lastError')}</th>
            <th>
              <span class="hidden-text">{t('actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {list.map(one => (
            <tr key={one.id}>
              <td data-name={t('when')}>
                <At at={one.created} />
              </td>
              <td data-name={t('rule')}>{clean(one.rule) || <span class="soft">{t('several')}</span>}</td>
              <td data-name={t('alerter')}>{clean(one.alerter)}</td>
              <td data-name={t('state')}>
                <span class={one.state === 'sent' || one.state === 'pending' ? '' : 'bad'}>
                  {t(`told_${one.state}`)}
                </span>
                {one.next !== undefined && (
                  <>
                    {' '}
                    <Ago at={one.next} />
                  </>
                )}
              </td>
              <td data-name={t('tries')} class="number">
                {count(one.attempts)}
              </td>
              <td data-name={t('lastError')}>
                <Tries of={one} />
              </td>
              <td>
                {canRetry(one) && (
                  <button type="button" disabled={busy.value === one.id} onClick={() => void retry(one.id)}>
                    {t('retry')}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Tries({ of: { tries, last_error } }: { of: NotificationView }) {
  if (tries.length < 2) return <>{clean(last_error ?? tries[0]?.error ?? '')}</>;
  return (
    <details>
      <summary>{clean(last_error ?? tries.at(-1)!.error)}</summary>
      <ol class="tries">
        {tries.map((one, i) => (
          <li key={i}>
            {shownTime(one.at)} {clean(one.error)}
          </li>
        ))}
      </ol>
    </details>
  );
}
