import { useSignal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { Bars } from '../base/bars.tsx';
import { hrefOf } from '../base/route.ts';
import { clean } from '../base/text.ts';
import { count, durationText, shownTime, timeZone } from '../base/time.ts';
import { language } from '../base/words.ts';
import type { Row } from './rows.ts';
import type { Range } from './view.tsx';
import { t } from './words.ts';

const COLUMNS = ['name', 'rate', 'events', 'errors', 'lastSeen', 'restarts'] as const;
type Column = (typeof COLUMNS)[number];
const LEDGER = ['received', 'stored', 'dead_lettered', 'dropped', 'in_flight', 'unaccounted'] as const;

export function Table({
  rows,
  range,
  chosen,
  choose,
}: {
  rows: readonly Row[];
  range: Range;
  chosen: ReadonlySet<string>;
  choose: (id: string, isChosen: boolean) => void;
}) {
  const by = useSignal<{ column: Column; isDown: boolean }>({ column: 'events', isDown: true });
  const knowsRestarts = rows.some(({ restarts }) => restarts !== undefined);
  const columns = COLUMNS.filter(column => column !== 'restarts' || knowsRestarts);
  const { column: sorted, isDown } = by.value;
  const shown = rows.toSorted(
    (a, b) => (isDown ? -1 : 1) * compare(a[sorted], b[sorted]) || a.name.localeCompare(b.name),
  );
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th>
              <span class="hidden-text">{t('choose')}</span>
            </th>
            {columns.map(column => (
              <th
                key={column}
                class={`${column} ${column === 'name' ? '' : 'number'}`}
                aria-sort={sorted !== column ? 'none' : isDown ? 'descending' : 'ascending'}
              >
                <button
                  type="button"
                  class="plain"
                  onClick={() => (by.value = { column, isDown: sorted === column ? !isDown : column !== 'name' })}
                >
                  {t(`column_${column}`)}
                  {sorted === column && (isDown ? ' ↓' : ' ↑')}
                </button>
              </th>
            ))}
            <th class="spark">{t('course')}</th>
            <th class="ledger">{t('ledger')}</th>
            <th>
              <span class="hidden-text">{t('actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(row => (
            <Line
              key={row.id}
              row={row}
              range={range}
              knowsRestarts={knowsRestarts}
              isChosen={chosen.has(row.id)}
              choose={choose}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface LineProps {
  readonly row: Row;
  readonly range: Range;
  readonly knowsRestarts: boolean;
  readonly isChosen: boolean;
  readonly choose: (id: string, isChosen: boolean) => void;
}

/** Drawn anew only when something in it is: there may be hundreds, and they are asked for all the time. */
function Line({ row, range, knowsRestarts, isChosen, choose }: LineProps) {
  const latest = useRef(choose);
  latest.current = choose;
  const { counts, error_counts, ledger, rate, lastSeen, ...plain } = row;
  const seen = seenText(lastSeen);
  const shown = JSON.stringify([plain, counts, error_counts, ledger, rate === undefined ? '' : rateText(rate), seen]);
  return useMemo(
    () => (
      <tr>
        <td>
          <input
            type="checkbox"
            aria-label={t('chooseIt', clean(row.name))}
            checked={isChosen}
            onChange={event => latest.current(row.id, event.currentTarget.checked)}
          />
        </td>
        <td class="name">
          <a href={hrefOf('logs', { query: row.query, range })}>{clean(row.name)}</a>
          {row.by === 'service' && <span class="soft"> {t('isService')}</span>}
        </td>
        <td class={row.rate === undefined ? 'number rate none' : 'number rate'}>
          {row.rate === undefined ? '–' : t('perSecond', rateText(row.rate))}
        </td>
        <td class="number events" data-unit={t('column_events')}>
          {count(row.events)}
        </td>
        <td class={row.errors > 0 ? 'number errors bad' : 'number errors'} data-unit={t('column_errors')}>
          {row.errors > 0 ? (
            <a href={hrefOf('logs', { query: `(${row.query}) AND level:>=ERROR`, range })}>{count(row.errors)}</a>
          ) : (
            '0'
          )}
        </td>
        <td class="number lastSeen">
          <Seen at={lastSeen} text={seen} />
        </td>
        {knowsRestarts && (
          <td
            class={row.restarts === undefined ? 'number restarts none' : 'number restarts'}
            data-unit={t('column_restarts')}
          >
            {row.restarts === undefined ? (
              '–'
            ) : (
              <span title={t('endedTimes', row.ended ?? 0)} class={row.restarts > 0 ? 'warn' : ''}>
                {count(row.restarts)}
              </span>
            )}
          </td>
        )}
        <td class="spark">
          <Bars
            values={row.counts}
            parts={row.error_counts}
            label={t('courseOf', clean(row.name), row.events, row.errors)}
          />
        </td>
        <td class="ledger">
          <Ledger row={row} />
        </td>
        <td class="actions">
          <a
            class="button"
            href={hrefOf('logs', { query: row.query, live: '1' })}
            aria-label={t('watchIt', clean(row.name))}
          >
            {t('watch')}
          </a>
        </td>
      </tr>
    ),
    [shown, range, knowsRestarts, isChosen, language.value, timeZone.value],
  );
}

function Seen({ at, text }: { at: number | undefined; text: string }) {
  if (at === undefined) return <>–</>;
  return (
    <time dateTime={new Date(at).toISOString()} title={shownTime(at)}>
      {text}
    </time>
  );
}

function seenText(at: number | undefined): string {
  const ago = Date.now() - (at ?? 0);
  return ago < 10_000 ? t('now') : t('ago', durationText(ago));
}

/** What became of its events, since the ledger began; what is missing is said aloud. */
function Ledger({ row: { ledger } }: { row: Row }) {
  if (ledger === undefined) return <span class="soft">–</span>;
  const { received, unaccounted, dead_lettered, dropped, in_flight } = ledger;
  const whole = LEDGER.map(name => `${t(`ledger_${name}`)} ${count(ledger[name])}`).join(', ');
  return (
    <span title={whole}>
      {t('received', count(received))}
      {dropped > 0 && `, ${t('ledger_dropped')} ${count(dropped)}`}
      {in_flight > 0 && `, ${t('ledger_in_flight')} ${count(in_flight)}`}
      {dead_lettered > 0 && (
        <span class="warn">
          , {t('ledger_dead_lettered')} {count(dead_lettered)}
        </span>
      )}
      {unaccounted !== 0 ? (
        <b class="bad">
          , {t('ledger_unaccounted')} {count(unaccounted)}
        </b>
      ) : (
        <span class="soft"> {t('allThere')}</span>
      )}
    </span>
  );
}

/** Empty ones are the least. */
function compare(a: string | number | undefined, b: string | number | undefined): number {
  if (typeof a === 'string' && typeof b === 'string') return a.localeCompare(b);
  return Number(a ?? -1) - Number(b ?? -1);
}

const rateText = (rate: number): string => count(rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10);
