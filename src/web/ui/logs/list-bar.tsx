import { useSignal } from '@preact/signals';
import { go } from '../base/route.ts';
import { clean } from '../base/text.ts';
import { type DownloadForm, download } from './download.ts';
import { Copy } from './event-fields.tsx';
import { wraps } from './row-state.ts';
import { SavedSearches } from './saved-searches.tsx';
import { frozen, fullQuery, type Search } from './search-state.ts';
import { addressOf, change, toggleColumn } from './state.ts';
import { t } from './words.ts';

/** Above the events: their order and columns, and what one can do with the search. */
export function ListBar({ search }: { search: Search }) {
  const showsSaved = useSignal(false);
  return (
    <div class="list-bar">
      <fieldset class="choice" aria-label={t('tabs')}>
        <button
          type="button"
          aria-pressed={search.stats === undefined}
          onClick={() => change({ stats: undefined, group: '', every: 'auto' })}
        >
          {t('eventsTab')}
        </button>
        <button
          type="button"
          aria-pressed={search.stats !== undefined}
          onClick={() => change({ stats: search.stats ?? 'count', live: false })}
        >
          {t('statsTab')}
        </button>
      </fieldset>
      {search.stats === undefined && <Order search={search} />}
      <span class="space" />
      {search.stats === undefined && (
        <button
          type="button"
          aria-pressed={wraps.value === 'wrap'}
          onClick={() => {
            wraps.value = wraps.value === 'wrap' ? 'compact' : 'wrap';
          }}
        >
          {t('wrap')}
        </button>
      )}
      <button
        type="button"
        onClick={() => {
          showsSaved.value = true;
        }}
      >
        {t('saved')}
      </button>
      <button
        type="button"
        onClick={() => go('alerts', { tab: 'rules', new: '1', query: fullQuery(search) })}
        title={t('alertTitle')}
      >
        {t('alert')}
      </button>
      <Copy text={() => addressOf(frozen(search, Date.now()))} label={t('share')} title={t('shareTitle')} />
      <Download search={search} />
      {showsSaved.value && (
        <SavedSearches
          search={search}
          close={() => {
            showsSaved.value = false;
          }}
        />
      )}
    </div>
  );
}

function Download({ search }: { search: Search }) {
  const problem = useSignal('');
  const start = async (form: DownloadForm): Promise<void> => {
    problem.value = '';
    try {
      await download(form, search, new AbortController().signal);
    } catch (error) {
      problem.value = (error as Error).message;
    }
  };
  return (
    <>
      <select
        aria-label={t('download')}
        value=""
        onChange={({ currentTarget: select }) => {
          const form = select.value as DownloadForm;
          select.value = '';
          void start(form);
        }}
      >
        <option value="">{t('download')}</option>
        <option value="ndjson">NDJSON</option>
        <option value="csv">CSV</option>
      </select>
      {problem.value !== '' && <span role="alert">{problem.value}</span>}
    </>
  );
}

function Order({ search }: { search: Search }) {
  const isDesc = search.order === 'desc';
  return (
    <>
      <button
        type="button"
        disabled={search.live}
        aria-label={t(isDesc ? 'newestFirst' : 'oldestFirst')}
        onClick={() => change({ order: isDesc ? 'asc' : 'desc' })}
      >
        {t('time')} <span aria-hidden="true">{isDesc ? '↓' : '↑'}</span>
      </button>
      {search.columns.map(name => (
        <button key={name} type="button" class="chip" title={t('takeAway')} onClick={() => toggleColumn(name)}>
          {clean(name)} <span aria-hidden="true">✕</span>
        </button>
      ))}
    </>
  );
}
