import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { AlertView } from '../../../core/api/alerts.ts';
import { go, hrefOf, route } from '../base/route.ts';
import { clean } from '../base/text.ts';
import { count } from '../base/time.ts';
import { AlertCard } from './alert-card.tsx';
import type { ListedAlert } from './listed.ts';
import { steady } from './steady.ts';
import { MOST_ALERTS, type Shared } from './view.tsx';
import { t } from './words.ts';

const STATES = ['firing', 'suppressed', 'pending'] as const;
const SHOWN_AT_ONCE = 100;
/** Who has scrolled so far reads. */
const SCROLLED_PX = 150;

/** The alerts that last. */
export function Firing({ shared, messages }: { shared: Shared; messages: readonly AlertView[] }) {
  const { params } = route.value;
  const wantedState = STATES.find(name => name === params.get('state'));
  const text = params.get('text') ?? '';
  const opened = useSignal<ReadonlySet<string>>(new Set());
  const most = useSignal(SHOWN_AT_ONCE);
  const isInside = useSignal(false);
  const shown = useRef<readonly ListedAlert[]>([]);
  const turn = useSignal(0);
  const { active } = shared;
  if (active === undefined) return <p class="note">{t('loading')}</p>;
  const isRead = turn.value >= 0 && (isInside.value || opened.value.size > 0 || scrollY > SCROLLED_PX);
  const { list, waiting, gone } = steady(shown.current, active, isRead);
  shown.current = list;
  const set = (name: string, value: string): void => {
    const next = new URLSearchParams(params);
    if (value === '') next.delete(name);
    else next.set(name, value);
    go('alerts', next, name === 'text');
  };
  const found = list.filter(
    alert => matches(alert, text) && (wantedState === undefined || alert.state === wantedState),
  );
  const showNow = (): void => {
    shown.current = [];
    turn.value++;
  };
  return (
    <>
      <div class="bar">
        <input
          type="search"
          aria-label={t('filter')}
          placeholder={t('filter')}
          value={text}
          onInput={event => set('text', event.currentTarget.value)}
        />
        {STATES.map(state => (
          <button
            key={state}
            type="button"
            aria-pressed={wantedState === state}
            onClick={() => set('state', wantedState === state ? '' : state)}
          >
            {t(state)} {count(active.filter(alert => alert.state === state).length)}
          </button>
        ))}
        {waiting > 0 && (
          <button type="button" class="main" onClick={showNow}>
            {t('newOnes', waiting)}
          </button>
        )}
      </div>
      <p class="hidden-text" role="status">
        {t('nowFiring', active.filter(({ state }) => state === 'firing').length)}
      </p>
      {active.length === 0 && list.length === 0 && <Quiet />}
      {list.length > 0 && found.length === 0 && <p class="note">{t('noneFound')}</p>}
      <div
        class="cards"
        onPointerEnter={() => {
          isInside.value = true;
        }}
        onPointerLeave={() => {
          isInside.value = false;
        }}
      >
        {found.slice(0, most.value).map(alert => (
          <AlertCard
            key={alert.id}
            alert={alert}
            isGone={gone.has(alert.id)}
            rule={shared.rules?.find(({ name }) => name === alert.rule)}
            messages={messages}
            shared={shared}
            isOpen={opened.value.has(alert.id)}
            toggle={() => {
              const next = new Set(opened.value);
              if (!next.delete(alert.id)) next.add(alert.id);
              opened.value = next;
            }}
          />
        ))}
      </div>
      {found.length > most.value && (
        <button
          type="button"
          onClick={() => {
            most.value += SHOWN_AT_ONCE;
          }}
        >
          {t('more', found.length - most.value)}
        </button>
      )}
      {active.length >= MOST_ALERTS && <p class="note">{t('moreThan', MOST_ALERTS)}</p>}
    </>
  );
}

function Quiet() {
  return (
    <p class="note">
      {t('quiet')} <a href={hrefOf('alerts', { tab: 'rules' })}>{t('toRules')}</a>
    </p>
  );
}

function matches({ rule, labels, annotations }: ListedAlert, text: string): boolean {
  if (text === '') return true;
  const all = [rule, annotations['title'] ?? '', ...Object.entries(labels).map(([name, value]) => `${name}=${value}`)];
  const wanted = text.toLowerCase();
  return all.some(one => clean(one).toLowerCase().includes(wanted));
}
