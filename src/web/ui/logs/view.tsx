import './logs.css';
import './rows.css';
import './aside.css';
import { useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { reachable } from '../base/api.ts';
import { useKeys } from '../base/keys.ts';
import { count } from '../base/time.ts';
import { lazy } from '../shell/lazy.tsx';
import type { FieldActions } from './event-fields.tsx';
import { Histogram } from './histogram.tsx';
import { LedgerLine } from './ledger-line.tsx';
import { Legend } from './legend.tsx';
import { ListBar } from './list-bar.tsx';
import { isGap } from './live.ts';
import { LiveButton, LiveState } from './live-bar.tsx';
import { logKeys } from './log-keys.ts';
import { Hints, Problem, QueryBox } from './query-box.tsx';
import { RecentAlerts } from './recent-alerts.tsx';
import { closeRows, opened } from './row-state.ts';
import { Rows } from './rows.tsx';
import { fullQuery, type Search } from './search-state.ts';
import { totalOf } from './series.ts';
import { addressOf, change, live, narrow, question, results, search, toggleColumn, turn, zoomTo } from './state.ts';
import { Surroundings } from './surroundings.tsx';
import { ChosenTimes, TimePicker } from './time-picker.tsx';
import { rangeName, t } from './words.ts';

/** Loaded when it is first shown: it draws with a library. */
const Statistics = lazy(async () => (await import('./statistics/view.tsx')).Statistics);

const LIVE_BARS_MS = 5_000;

/** Where the list was when its event was looked at more closely. */
let leftAt = 0;

const ACTIONS: FieldActions = {
  filter: narrow,
  toggleColumn,
  surroundings: hit => {
    leftAt = window.scrollY;
    closeRows();
    change({ event: hit._id, at: hit['@timestamp'], live: false });
  },
  link: hit => addressOf({ ...search.peek(), event: hit._id, at: hit['@timestamp'], live: false }),
};

/** Search, histogram, events, live tail; beside them what the rules said. */
export function Logs() {
  const now = search.value;
  const typed = useSignal(now.query);
  useEffect(() => {
    typed.value = now.query;
  }, [typed, now.query]);
  useEffect(() => useKeys(logKeys()), []);
  useAnswers(now);
  const isClose = now.event !== undefined;
  useEffect(() => {
    if (isClose) return;
    window.scrollTo({ top: leftAt });
    leftAt = 0;
  }, [isClose]);
  const { rows } = now.live ? live : results;
  const problem = now.live && typeof live.problem.value === 'object' ? live.problem.value : results.problem.value;
  const more = useCallback(() => void results.more(), []);
  const isOld = !now.live && results.waits.value === 'first';
  return (
    <div class="logs">
      <search>
        <form
          id="search"
          class="searching"
          onSubmit={event => {
            event.preventDefault();
            change({ query: typed.value.trim(), rule: undefined });
          }}
        >
          <QueryBox typed={typed} search={now} />
          <TimePicker search={now} />
          <button type="submit" class="main">
            {t('search')}
          </button>
          <LiveButton isLive={now.live} />
        </form>
      </search>
      {reachable.value && <Problem problem={problem} query={now.query} />}
      <Hints hints={now.live ? [] : results.hints.value} />
      <section class="overview panel" aria-label={t('eventsOverTime')}>
        <div class="legend">
          <Legend search={now} answer={results.bars.value} />
          <ChosenTimes search={now} />
          <Summary search={now} />
        </div>
        <Histogram answer={results.bars.value} by={now.by} isOld={results.counts.value} zoom={zoomTo} />
      </section>
      {now.event === undefined ? (
        <div class="columns">
          <div class="found panel">
            <ListBar search={now} />
            <LiveState />
            {now.stats === undefined ? (
              <>
                <Rows
                  rows={rows.value}
                  query={now.query}
                  columns={now.columns}
                  actions={ACTIONS}
                  isOld={isOld}
                  isRunning={now.live}
                  atEnd={now.live ? undefined : more}
                />
                <Below search={now} />
              </>
            ) : (
              <Statistics />
            )}
          </div>
          <aside>
            <RecentAlerts rule={now.rule} zoom={zoomTo} />
            <LedgerLine />
          </aside>
        </div>
      ) : (
        <Surroundings search={now} actions={ACTIONS} />
      )}
    </div>
  );
}

/** Asks whenever the search changes; a live tail goes on with the changed one. */
function useAnswers(now: Search): void {
  const asked = question.value;
  const again = turn.value;
  useEffect(() => {
    closeRows();
    if (!now.live) {
      void results.load(now);
      return () => results.stop();
    }
    results.stop();
    results.clear();
    live.holds = isReading;
    live.start(fullQuery(now));
    const bars = (): void => {
      if (!document.hidden) void results.loadBars(now);
    };
    bars();
    const timer = setInterval(bars, LIVE_BARS_MS);
    return () => {
      clearInterval(timer);
      live.stop();
    };
  }, [asked, again]);
  const { by } = now;
  const isFirst = useSignal(true);
  useEffect(() => {
    if (isFirst.value) isFirst.value = false;
    else void results.loadBars(now);
  }, [by]);
}

/** Somebody looks at what is there: it must not run away. */
function isReading(): boolean {
  if (opened.peek().size > 0) return true;
  const list = document.getElementById('hits');
  if (list === null) return false;
  if (list.contains(document.activeElement)) return true;
  const selection = getSelection();
  if (selection !== null && !selection.isCollapsed && selection.containsNode(list, true)) return true;
  return window.scrollY > 40 && list.getBoundingClientRect().top < 60;
}

/** How many there are, and how long it took; said aloud when it changes. */
function Summary({ search: now }: { search: Search }) {
  const bars = results.bars.value;
  const total = bars === undefined ? undefined : count(totalOf(bars));
  const took = results.took.value;
  let text = '';
  if (now.live)
    text = total === undefined ? t('live') : t('liveOf', total, now.to === undefined ? rangeName(now.range) : '');
  else if (results.waits.value === 'first') text = t('searching');
  else if (results.counts.value) text = t('counting');
  else if (total !== undefined) text = took === undefined ? t('events', total) : t('eventsIn', total, Math.round(took));
  return (
    <output id="summary" aria-live="polite">
      {text}
    </output>
  );
}

/** What stands below the rows: that there are none, or how to get more. */
function Below({ search: now }: { search: Search }) {
  if (now.live)
    return live.rows.value.some(row => !isGap(row)) || live.state.value === 'off' ? null : (
      <p id="empty" class="note">
        {t('waiting')}
      </p>
    );
  const waits = results.waits.value;
  const rows = results.rows.value;
  if (rows.length === 0)
    return results.problem.value !== undefined || waits !== 'no' ? null : (
      <p id="empty" class="note">
        {t('nothing')}
      </p>
    );
  if (results.hasMore.value)
    return (
      <button type="button" id="more" disabled={waits !== 'no'} onClick={() => void results.more()}>
        {waits === 'more' ? t('loading') : t(now.order === 'desc' ? 'older' : 'newer')}
      </button>
    );
  return <p class="note end">{t('allShown', count(rows.length))}</p>;
}
