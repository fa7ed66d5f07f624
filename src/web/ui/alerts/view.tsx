import './alerts.css';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { AlertsAnswer, RuleView } from '../../../core/api/alerts.ts';
import type { SilenceView } from '../../../core/api/silences.ts';
import { listKeys } from '../base/list-keys.ts';
import { usePolled } from '../base/polled.ts';
import { hrefOf, route } from '../base/route.ts';
import { count } from '../base/time.ts';
import { Firing } from './firing.tsx';
import { History } from './history.tsx';
import { type ListedAlert, listedAlerts } from './listed.ts';
import { Rules } from './rules.tsx';
import { SilenceDialog, type SilenceStart } from './silence-dialog.tsx';
import { Silences } from './silences.tsx';
import { t } from './words.ts';

export const TABS = ['firing', 'history', 'silences', 'rules'] as const;
export type Tab = (typeof TABS)[number];

/** Alerts that last, asked for so often. */
const ACTIVE_MS = 4000;
const SILENCES_MS = 10_000;
const RULES_MS = 10_000;
export const MOST_ALERTS = 500;

/** What the tabs share. */
export interface Shared {
  readonly active: readonly ListedAlert[] | undefined;
  readonly silences: readonly SilenceView[] | undefined;
  readonly rules: readonly RuleView[] | undefined;
  /** Opens the form for a silence. */
  silence(start: SilenceStart): void;
  /** Something was changed: asks anew. */
  changed(): void;
  /** Tells it to who listens and who looks. */
  say(text: string, undo?: { readonly text: string; run(): void }): void;
}

interface Said {
  readonly text: string;
  readonly undo?: { readonly text: string; run(): void } | undefined;
}

export function Alerts() {
  const { params } = route.value;
  const tab = TABS.find(name => name === params.get('tab')) ?? 'firing';
  const active = usePolled<AlertsAnswer>('api/alerts', { state: 'active', limit: MOST_ALERTS }, ACTIVE_MS);
  const silences = usePolled<{ silences: SilenceView[] }>('api/silences', {}, SILENCES_MS);
  const rules = usePolled<{ rules: RuleView[] }>('api/rules', {}, RULES_MS);
  const start = useSignal<SilenceStart | undefined>(undefined);
  const said = useSignal<Said>({ text: '' });
  useEffect(
    () => listKeys('.alerts', '.card button[aria-expanded], .rows button[aria-expanded], .rules td:first-child a'),
    [],
  );
  const shared: Shared = {
    active: active.data.value && listedAlerts(active.data.value),
    silences: silences.data.value?.silences,
    rules: rules.data.value?.rules,
    silence: wanted => {
      start.value = wanted;
    },
    changed: () => {
      active.again();
      silences.again();
      rules.again();
    },
    say: (text, undo) => {
      said.value = { text, undo };
    },
  };
  const problem = active.error.value ?? (tab === 'rules' ? rules : silences).error.value;
  return (
    <div class="alerts">
      <h2 class="hidden-text">{t('title')}</h2>
      <nav class="sub" aria-label={t('parts')}>
        {TABS.map(name => (
          <a key={name} href={hrefOf('alerts', { tab: name })} aria-current={name === tab ? 'page' : undefined}>
            {t(name)} <Figure of={name} shared={shared} />
          </a>
        ))}
      </nav>
      {problem !== undefined && problem.status !== 401 && (
        <p class="problem" role="alert">
          {problem.message}
        </p>
      )}
      <p class={said.value.text === '' ? 'hidden-text' : 'said panel'} role="status">
        {said.value.text}{' '}
        {said.value.undo !== undefined && (
          <button
            type="button"
            onClick={() => {
              said.value.undo?.run();
              said.value = { text: '' };
            }}
          >
            {said.value.undo.text}
          </button>
        )}
        {said.value.text !== '' && (
          <button type="button" aria-label={t('close')} onClick={() => shared.say('')}>
            ×
          </button>
        )}
      </p>
      {tab === 'firing' && <Firing shared={shared} messages={active.data.value?.alerts ?? []} />}
      {tab === 'history' && <History shared={shared} />}
      {tab === 'silences' && <Silences shared={shared} />}
      {tab === 'rules' && <Rules shared={shared} />}
      {start.value !== undefined && (
        <SilenceDialog
          start={start.value}
          shared={shared}
          close={() => {
            start.value = undefined;
          }}
        />
      )}
    </div>
  );
}

/** Beside the name of a tab: what wants to be looked at. */
function Figure({ of, shared }: { of: Tab; shared: Shared }) {
  const { active, silences, rules } = shared;
  if (of === 'firing' && active !== undefined) {
    const firing = active.filter(({ state }) => state === 'firing').length;
    return firing > 0 ? <span class="count bad">{count(firing)}</span> : null;
  }
  if (of === 'silences' && silences !== undefined) {
    const holding = silences.filter(({ state }) => state === 'active').length;
    return holding > 0 ? <span class="count">{count(holding)}</span> : null;
  }
  if (of === 'rules' && rules !== undefined) {
    const ill = rules.filter(({ mistakes }) => mistakes.length > 0).length;
    return ill > 0 ? <span class="count bad">{count(ill)}</span> : null;
  }
  return null;
}
