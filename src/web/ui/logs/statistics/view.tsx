import './statistics.css';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { StatsAnswer } from '../../../../core/api/search.ts';
import { ask } from '../../base/api.ts';
import { clean } from '../../base/text.ts';
import { count, shownTime, timeZone } from '../../base/time.ts';
import { language } from '../../base/words.ts';
import { fullQuery, type Search, spanOf } from '../search-state.ts';
import { change, narrow, search as searched } from '../state.ts';
import { fieldNames } from '../suggestions.ts';
import { quotedName } from '../top-values.tsx';
import { Picture } from './picture.tsx';
import { choiceOf, groupOf, type Line, metricsOf, type OverTime, overTime } from './table.ts';
import { t } from './words.ts';

const KINDS = ['count', 'rate', 'avg', 'percentiles', 'min', 'max', 'sum', 'uniq'] as const;
const STRETCHES = ['auto', '1m', '5m', '15m', '1h', '6h', '1d', '1w', 'all'] as const;
const GROUPS = 10;

/** Counts, averages and percentiles of what is searched, over time or as a whole: as a picture and as a table. */
export function Statistics() {
  const now = searched.value;
  const answer = useSignal<StatsAnswer | undefined>(undefined);
  const problem = useSignal('');
  const key = JSON.stringify([fullQuery(now), spanOf(now), now.stats, now.group, now.every, timeZone.value]);
  useEffect(() => {
    const { kind, field } = choiceOf(now.stats ?? 'count');
    if (needsField(kind) && field === '') {
      answer.value = undefined;
      return undefined;
    }
    const abort = new AbortController();
    load(now, abort.signal).then(
      found => {
        answer.value = found;
        problem.value = '';
      },
      (error: Error) => {
        if (abort.signal.aborted) return;
        answer.value = undefined;
        problem.value = error.message;
      },
    );
    return () => abort.abort();
  }, [key]);
  const found = answer.value;
  const timed = found && overTime(found);
  return (
    <section class="statistics" aria-label={t('title')}>
      <Choice search={now} />
      {problem.value !== '' && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {timed !== undefined && <Picture data={timed} />}
      {found !== undefined && timed !== undefined && <TimedTable answer={found} timed={timed} />}
      {found !== undefined && timed === undefined && <Table answer={found} by={now.group} />}
      {found?.hints?.map(hint => (
        <p key={hint} class="soft">
          {hint}
        </p>
      ))}
    </section>
  );
}

const needsField = (kind: string): boolean => kind !== 'count' && kind !== 'rate';

function load(search: Search, signal: AbortSignal): Promise<StatsAnswer> {
  const params = {
    query: fullQuery(search),
    ...spanOf(search),
    metrics: search.stats,
    by: search.group === '' ? undefined : quotedName(search.group),
    interval: search.every === 'all' ? undefined : search.every,
    limit: GROUPS,
    timezone: timeZone.peek(),
  };
  return ask('api/stats', params, { signal });
}

function Choice({ search }: { search: Search }) {
  const { kind, field } = choiceOf(search.stats ?? 'count');
  const names = useSignal<readonly string[]>([]);
  useEffect(() => {
    fieldNames().then(
      found => {
        names.value = found;
      },
      () => undefined,
    );
  }, [names]);
  const fields = (now: string) => [...new Set([...(now === '' ? [] : [now]), ...names.value])];
  return (
    <div class="choices-of-stats">
      <label>
        {t('what')}
        <select
          aria-label={t('what')}
          value={kind}
          onChange={event => change({ stats: metricsOf(event.currentTarget.value, field || 'response_time') })}
        >
          {[...new Set([...KINDS, kind])].map(each => (
            <option key={each} value={each}>
              {(KINDS as readonly string[]).includes(each) ? t(each as (typeof KINDS)[number]) : each}
            </option>
          ))}
        </select>
      </label>
      {needsField(kind) && (
        <label>
          {t('of')}
          <select
            aria-label={t('of')}
            value={field}
            onChange={event => change({ stats: metricsOf(kind, event.currentTarget.value) })}
          >
            {fields(field).map(name => (
              <option key={name} value={name}>
                {clean(name)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        {t('by')}
        <select
          aria-label={t('by')}
          value={search.group}
          onChange={event => change({ group: event.currentTarget.value })}
        >
          <option value="">{t('nothing')}</option>
          {fields(search.group).map(name => (
            <option key={name} value={name}>
              {clean(name)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('every')}
        <select
          aria-label={t('every')}
          value={search.every}
          onChange={event => change({ every: event.currentTarget.value })}
        >
          {[...new Set([...STRETCHES, search.every])].map(each => (
            <option key={each} value={each}>
              {each === 'auto' ? t('auto') : each === 'all' ? t('whole') : each}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

const shown = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : value.toLocaleString(language.value, { maximumSignificantDigits: 6 });

/** What stands at the head of a line: its group, and its metric where there are several. */
const headOf = ({ group, metric }: Line, metrics: readonly string[]): string =>
  clean(group === '' ? metric : metrics.length === 1 ? group : `${group} ${metric}`);

/** A row for each stretch of time, a column for each line of the picture. */
function TimedTable({ answer, timed }: { answer: StatsAnswer; timed: OverTime }) {
  const { events, interval = '', metrics } = answer;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scrolling" tabIndex={0} aria-label={t('table')}>
      <table>
        <caption class="soft">
          {t('ofEvents', count(events))}, {t('each', interval)}
        </caption>
        <thead>
          <tr>
            <th scope="col">{t('time')}</th>
            {timed.lines.map(line => (
              <th key={`${line.group} ${line.metric}`} scope="col" class="number">
                {headOf(line, metrics)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {timed.at.map((at, index) => (
            <tr key={at}>
              <th scope="row">{shownTime(at)}</th>
              {timed.lines.map((line, place) => (
                <td key={`${line.group} ${line.metric}`} class="number">
                  {shown(timed.values[place]![index])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A row for each group, the first metric also as a bar. */
function Table({ answer: { rows, metrics, events }, by }: { answer: StatsAnswer; by: string }) {
  const highest = Math.max(...rows.map(row => row.values[metrics[0]!] ?? 0), 0);
  if (rows.length === 0) return <p class="note">{t('none')}</p>;
  return (
    <table>
      <caption class="soft">{t('ofEvents', count(events))}</caption>
      <thead>
        <tr>
          {by !== '' && <th scope="col">{clean(by)}</th>}
          {metrics.map(metric => (
            <th key={metric} scope="col" class="number">
              {clean(metric)}
            </th>
          ))}
          {by !== '' && <td />}
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={groupOf(row.by)}>
            {by !== '' && (
              <th scope="row">
                <button type="button" title={t('only')} onClick={() => narrow('for', by, groupOf(row.by))}>
                  {clean(groupOf(row.by))}
                </button>
              </th>
            )}
            {metrics.map(metric => (
              <td key={metric} class="number">
                {shown(row.values[metric])}
              </td>
            ))}
            {by !== '' && (
              <td class="part" aria-hidden="true">
                <i style={{ width: `${highest === 0 ? 0 : ((row.values[metrics[0]!] ?? 0) / highest) * 100}%` }} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
