import './containers.css';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { ContainersAnswer } from '../../../core/api/containers.ts';
import type { LedgerReport } from '../../../core/api/ledger.ts';
import { listKeys } from '../base/list-keys.ts';
import { usePolled } from '../base/polled.ts';
import { go, hrefOf, route } from '../base/route.ts';
import { count } from '../base/time.ts';
import { Lanes } from './lanes.tsx';
import { RateMeter, type Row, rowsOf } from './rows.ts';
import { Table } from './table.tsx';
import { t } from './words.ts';

export const RANGES = ['15m', '1h', '6h', '24h', '7d'] as const;
export type Range = (typeof RANGES)[number];
const LEDGER_MS = 3000;
/** What is over a longer time changes slowly. */
const EVERY_MS: Record<Range, number> = { '15m': 5000, '1h': 10_000, '6h': 30_000, '24h': 60_000, '7d': 120_000 };
export const MOST_LANES = 8;

/** What each container wrote and writes; one of them, several merged, or side by side. */
export function Containers() {
  const { params } = route.value;
  const range = RANGES.find(one => one === params.get('range')) ?? '1h';
  const text = params.get('text') ?? '';
  const polled = usePolled<ContainersAnswer>('api/containers', { from: `now-${range}` }, EVERY_MS[range]);
  const ledger = usePolled<LedgerReport>('api/ledger', {}, LEDGER_MS);
  const meter = useRef(new RateMeter());
  useEffect(() => listKeys('.containers', 'td.name a, button.lane'), []);
  const chosen = useSignal<ReadonlySet<string>>(new Set(params.getAll('with')));
  const answer = polled.data.value;
  const rates = meter.current.rates(ledger.data.value);
  const rows = answer === undefined ? undefined : rowsOf(answer, ledger.data.value, rates);
  const set = (change: Record<string, string>, replace = false): void => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(change)) {
      if (value === '') next.delete(name);
      else next.set(name, value);
    }
    go('containers', next, replace);
  };
  const lanes = params.get('lanes') === '1' ? params.getAll('with') : [];
  const problem = polled.error.value ?? ledger.error.value;
  if (lanes.length > 0 && rows !== undefined) {
    const shown = rows.filter(({ id }) => lanes.includes(id));
    return (
      <div class="containers">
        <p class="crumbs">
          <a href={hrefOf('containers', range === '1h' ? {} : { range })}>← {t('all')}</a>
        </p>
        <div class="bar">
          <Ranges range={range} choose={value => set({ range: value })} />
          <a class="button" href={hrefOf('logs', { query: merged(shown), range })}>
            {t('merged')}
          </a>
        </div>
        <Lanes rows={shown} range={range} />
      </div>
    );
  }
  const wanted = text.toLowerCase();
  const found = rows?.filter(({ name }) => name.toLowerCase().includes(wanted));
  const picked = rows?.filter(({ id }) => chosen.value.has(id)) ?? [];
  return (
    <div class="containers">
      <h2 class="hidden-text">{t('title')}</h2>
      <div class="bar">
        <input
          type="search"
          aria-label={t('filter')}
          placeholder={t('filter')}
          value={text}
          onInput={event => set({ text: event.currentTarget.value }, true)}
        />
        <Ranges range={range} choose={value => set({ range: value })} />
        <span class="soft" role="status">
          {found !== undefined && t('some', found.length)}
        </span>
      </div>
      {picked.length > 0 && (
        <div class="bar picked panel">
          <span>{t('picked', picked.length)}</span>
          <a class="button" href={hrefOf('logs', { query: merged(picked), range })}>
            {t('merged')}
          </a>
          <a class="button" href={hrefOf('logs', { query: merged(picked), live: '1' })}>
            {t('mergedLive')}
          </a>
          {picked.length <= MOST_LANES ? (
            <a class="button" href={lanesLink(picked, range)}>
              {t('sideBySide')}
            </a>
          ) : (
            <span class="soft">{t('tooMany', MOST_LANES)}</span>
          )}
          <button type="button" onClick={() => (chosen.value = new Set())}>
            {t('none')}
          </button>
        </div>
      )}
      {problem !== undefined && problem.status !== 401 && (
        <p class="problem" role="alert">
          {problem.message}
        </p>
      )}
      {rows === undefined && problem === undefined && <p class="note">{t('loading')}</p>}
      {rows?.length === 0 && <p class="note">{t('nothing')}</p>}
      {rows !== undefined && rows.length > 0 && found?.length === 0 && <p class="note">{t('noneFound')}</p>}
      {found !== undefined && found.length > 0 && (
        <Table
          rows={found}
          range={range}
          chosen={chosen.value}
          choose={(id, isChosen) => {
            const next = new Set(chosen.value);
            if (isChosen) next.add(id);
            else next.delete(id);
            chosen.value = next;
          }}
        />
      )}
      {answer?.more === true && <p class="note">{t('more', count(answer.containers.length))}</p>}
    </div>
  );
}

function Ranges({ range, choose }: { range: Range; choose: (range: Range) => void }) {
  return (
    <fieldset class="ranges">
      <legend class="hidden-text">{t('range')}</legend>
      {RANGES.map(one => (
        <button key={one} type="button" aria-pressed={one === range} onClick={() => choose(one)}>
          {t(`range_${one}`)}
        </button>
      ))}
    </fieldset>
  );
}

/** Finds what any of them wrote. */
function merged(rows: readonly Row[]): string {
  return rows.length === 1 ? rows[0]!.query : rows.map(({ query }) => `(${query})`).join(' OR ');
}

function lanesLink(rows: readonly Row[], range: Range): string {
  const params = new URLSearchParams({ lanes: '1', range });
  for (const { id } of rows) params.append('with', id);
  return hrefOf('containers', params);
}
