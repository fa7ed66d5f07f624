import type { SilenceView } from '../../../core/api/silences.ts';
import { go, route } from '../base/route.ts';
import { clean } from '../base/text.ts';
import { count, shownTime } from '../base/time.ts';
import { Ago } from './parts.tsx';
import { endSilence } from './silence-dialog.tsx';
import type { Shared } from './view.tsx';
import { t } from './words.ts';

const STATES = ['active', 'pending', 'expired'] as const;

/** Who silenced what, until when and why. */
export function Silences({ shared }: { shared: Shared }) {
  const { params } = route.value;
  const { silences } = shared;
  if (silences === undefined) return <p class="note">{t('loading')}</p>;
  const wanted = STATES.find(state => state === params.get('state'));
  const shown = silences.filter(({ state }) => (wanted === undefined ? state !== 'expired' : state === wanted));
  return (
    <>
      <div class="bar">
        <button type="button" class="main" onClick={() => shared.silence({ matchers: '' })}>
          {t('addSilence')}
        </button>
        {STATES.map(state => (
          <button
            key={state}
            type="button"
            aria-pressed={wanted === state}
            onClick={() => go('alerts', { tab: 'silences', ...(wanted === state ? {} : { state }) })}
          >
            {t(`silence_${state}`)} {count(silences.filter(one => one.state === state).length)}
          </button>
        ))}
      </div>
      {shown.length === 0 ? (
        <p class="note">{t(wanted === undefined ? 'noSilence' : 'noneFound')}</p>
      ) : (
        <div class="wide">
          <table class="stack">
            <thead>
              <tr>
                <th>{t('state')}</th>
                <th>{t('silencesWhat')}</th>
                <th>{t('ends')}</th>
                <th>{t('who')}</th>
                <th>{t('why')}</th>
                <th>
                  <span class="hidden-text">{t('actions')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map(silence => (
                <Row key={silence.id} silence={silence} shared={shared} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Row({ silence, shared }: { silence: SilenceView; shared: Shared }) {
  const { state, starts_at, ends_at } = silence;
  return (
    <tr class={state === 'expired' ? 'soft' : ''}>
      <td data-name={t('state')} class="brief">
        {t(`silence_${state}`)}
      </td>
      <td data-name={t('silencesWhat')} class="mono wide">
        {clean(silence.text)}
      </td>
      <td data-name={t('ends')} class="brief">
        {state === 'pending' && <>{t('from', shownTime(starts_at))} </>}
        {shownTime(ends_at)} <span class="soft">{<Ago at={ends_at} />}</span>
      </td>
      <td data-name={t('who')} class="wide">
        {clean(silence.created_by)}
      </td>
      <td data-name={t('why')}>{clean(silence.comment)}</td>
      <td class="actions">
        {state === 'expired' ? (
          <button type="button" onClick={() => shared.silence({ matchers: withoutBraces(silence.text) })}>
            {t('onceMore')}
          </button>
        ) : (
          <>
            <button
              type="button"
              onClick={() => shared.silence({ change: silence, matchers: withoutBraces(silence.text) })}
            >
              {t('change')}
            </button>
            <button
              type="button"
              aria-label={t('endIt', clean(silence.text))}
              onClick={() => void endSilence(silence.id, shared)}
            >
              {t('end')}
            </button>
          </>
        )}
      </td>
    </tr>
  );
}

const withoutBraces = (text: string): string => text.replace(/^\{|\}$/g, '');
