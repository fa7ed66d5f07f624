import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { StatsAnswer } from '../../../core/api/search.ts';
import { ask } from '../base/api.ts';
import { clean } from '../base/text.ts';
import { count, timeZone } from '../base/time.ts';
import { fullQuery, type Search, spanOf } from './search-state.ts';
import { search } from './state.ts';
import { t } from './words.ts';

const MOST = 10;

/** The most frequent values of a field among what is searched, by its path. */
export async function topValues(field: string, of: Search, signal: AbortSignal, limit = MOST): Promise<StatsAnswer> {
  const params = { query: fullQuery(of), ...spanOf(of), by: quotedName(field), limit, timezone: timeZone.peek() };
  return ask('api/stats', params, { signal });
}

/** Names with commas or brackets stand in quotes. */
export const quotedName = (name: string): string =>
  /^[\w@.-]+$/.test(name) ? name : `"${name.replace(/[\\"]/g, '\\$&')}"`;

/** Of how many of the searched events a field has which value. */
export function TopValues({ field, choose }: { field: string; choose: (value: string) => void }) {
  const answer = useSignal<StatsAnswer | undefined>(undefined);
  const problem = useSignal('');
  const now = search.value;
  useEffect(() => {
    const abort = new AbortController();
    topValues(field, now, abort.signal).then(
      found => {
        answer.value = found;
      },
      (error: unknown) => {
        if (!abort.signal.aborted) problem.value = String((error as Error).message);
      },
    );
    return () => abort.abort();
  }, [field, now, answer, problem]);
  if (problem.value !== '') return <p role="alert">{problem.value}</p>;
  if (answer.value === undefined) return <p class="soft">{t('loading')}</p>;
  const { rows, events } = answer.value;
  return (
    <ol class="top" aria-label={t('topOf', clean(field))}>
      {rows.map(({ by = {}, values }) => {
        const value = Object.values(by)[0] ?? '';
        const number = values['count'] ?? 0;
        return (
          <li key={value}>
            <button type="button" title={t('only', clean(field))} onClick={() => choose(value)}>
              {clean(value)}
            </button>
            <span class="share" aria-hidden="true">
              <i style={{ width: `${events === 0 ? 0 : (number / events) * 100}%` }} />
            </span>
            <span class="number">
              {count(number)} ({events === 0 ? 0 : Math.round((number / events) * 1000) / 10} %)
            </span>
          </li>
        );
      })}
      {rows.length === 0 && <li class="soft">{t('noValues')}</li>}
    </ol>
  );
}
