import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { reachable, wantsToken } from '../base/api.ts';
import { firstWork } from '../base/first-work.ts';
import { useKeys } from '../base/keys.ts';
import { go, hrefOf, route, VIEWS, type ViewName } from '../base/route.ts';
import { browserZone, chosenZone, timeZone } from '../base/time.ts';
import { chooseLanguage, type Language, language } from '../base/words.ts';
import { Logs } from '../logs/view.tsx';
import { KeyList } from './key-list.tsx';
import { lazy } from './lazy.tsx';
import { Login } from './login.tsx';
import { logOut, person, recognise } from './person.ts';
import { theme } from './theme.ts';
import { t } from './words.ts';

const LAZY = {
  containers: lazy(async () => (await import('../containers/view.tsx')).Containers),
  alerts: lazy(async () => (await import('../alerts/view.tsx')).Alerts),
  pipelines: lazy(async () => (await import('../pipelines/view.tsx')).Pipelines),
  health: lazy(async () => (await import('../health/view.tsx')).Health),
};
/** One explicit list; each view but the first is a file of its own for the browser. */
const SHOWN: Record<ViewName, ComponentType> = { logs: Logs, ...LAZY };

/** When nobody waits for anything, the other views are fetched: over a long way they open at once then. */
function prepareOthers(): void {
  const whenIdle = globalThis.requestIdleCallback ?? setTimeout;
  for (const view of Object.values(LAZY)) whenIdle(() => view.prepare());
}

/** What stands around the views: where to go, the zone, the language, the colours, a token, the keys. */
export function Shell() {
  const turn = useSignal(0);
  const showsKeys = useSignal(false);
  useEffect(
    () =>
      useKeys([
        {
          key: '?',
          what: () => t('help'),
          run: () => {
            showsKeys.value = true;
          },
        },
        ...VIEWS.map(view => ({ key: `g ${view[0]}`, what: () => t('goTo', t(view)), run: () => go(view) })),
      ]),
    [showsKeys],
  );
  useEffect(() => {
    void firstWork.then(recognise).then(prepareOthers);
  }, []);
  const { view } = route.value;
  useEffect(() => {
    document.title = `${t(view)} - Longshore`;
  }, [view, language.value]);
  const View = SHOWN[view];
  return (
    <>
      <button type="button" class="skip" onClick={toContent}>
        {t('skip')}
      </button>
      <header>
        <h1>Longshore</h1>
        <nav aria-label={t('views')}>
          {VIEWS.map(name => (
            <a key={name} href={hrefOf(name)} aria-current={name === view ? 'page' : undefined}>
              {t(name)}
            </a>
          ))}
        </nav>
        <Choices showKeys={() => (showsKeys.value = true)} />
      </header>
      {!reachable.value && (
        <p class="problem" role="alert">
          {t('lost')}
        </p>
      )}
      {wantsToken.value && <Login done={() => turn.value++} />}
      <main id="content" tabIndex={-1}>
        <View key={`${view} ${turn.value}`} />
      </main>
      {showsKeys.value && <KeyList close={() => (showsKeys.value = false)} />}
    </>
  );
}

function toContent(): void {
  document.getElementById('content')?.focus();
}

function Choices({ showKeys }: { showKeys: () => void }) {
  const zones = [...new Set([browserZone(), 'UTC', timeZone.value])];
  return (
    <div class="choices">
      {person.value !== undefined && (
        <button type="button" onClick={() => void logOut()}>
          {t('logout')}: {person.value.name}
        </button>
      )}
      <select
        aria-label={t('zone')}
        value={timeZone.value}
        onChange={({ currentTarget: { value } }) => {
          chosenZone.value = value === browserZone() ? '' : value;
        }}
      >
        {zones.map(zone => (
          <option key={zone}>{zone}</option>
        ))}
      </select>
      <select
        aria-label={t('language')}
        value={language.value}
        onChange={event => chooseLanguage(event.currentTarget.value as Language)}
      >
        <option value="en">English</option>
        <option value="ko">한국어</option>
      </select>
      <select
        aria-label={t('theme')}
        value={theme.value}
        onChange={event => {
          theme.value = event.currentTarget.value as typeof theme.value;
        }}
      >
        <option value="">{t('system')}</option>
        <option value="light">{t('light')}</option>
        <option value="dark">{t('dark')}</option>
      </select>
      <button type="button" aria-label={t('keys')} onClick={showKeys}>
        ?
      </button>
    </div>
  );
}
