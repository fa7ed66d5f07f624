import { useSignal } from '@preact/signals';
import type { StatsAnswer } from '../../../core/api/search.ts';
import { LEVELS, levelClass } from '../base/levels.ts';
import { usePolled } from '../base/polled.ts';
import { go, hrefOf } from '../base/route.ts';
import { clean } from '../base/text.ts';
import { count, shownTime } from '../base/time.ts';
import type { Row } from './rows.ts';
import type { Range } from './view.tsx';
import { t } from './words.ts';

const STEPS: Record<Range, number> = { '15m': 15, '1h': 60, '6h': 300, '24h': 1800, '7d': 10_800 };
const EVERY_MS = 5000;
const HEIGHT = 100;
const OTHER = 'other';
const ORDER = [...LEVELS, OTHER];

/** Containers side by side on one timeline: a lane each, counts by level; a click opens the log of that time. */
export function Lanes({ rows, range }: { rows: readonly Row[]; range: Range }) {
  const step = STEPS[range];
  const common = { interval: `${step}s`, from: `now-${range}`, metrics: 'count' };
  const ask = (by: 'container_name' | 'service') => {
    const own = rows.filter(row => (row.by ?? 'container_name') === by);
    const limit = Math.max(1, own.length * 6);
    const query = own.map(row => `(${row.query})`).join(' OR ');
    return usePolled<StatsAnswer>(
      own.length === 0 ? undefined : 'api/stats',
      { ...common, query, by: `${by},level`, limit },
      EVERY_MS,
    );
  };
  const polls = [ask('container_name'), ask('service')];
  const error = polls.find(({ error }) => error.value !== undefined)?.error.value;
  const answers = polls.flatMap(({ data }) => (data.value === undefined ? [] : [data.value]));
  const cursor = useSignal<number | undefined>(undefined);
  const lit = useSignal(false);
  if (answers.length === 0)
    return error === undefined ? <p class="note">{t('loading')}</p> : <p class="problem">{error.message}</p>;
  const times = [...new Set(answers.flatMap(({ rows: all }) => all.map(({ at = '' }) => at)))].sort();
  const lanes = rows.map(row => ({ row, counts: countsOf(row, answers, times) }));
  const at = cursor.value === undefined ? undefined : times[Math.min(cursor.value, times.length - 1)];
  return (
    <>
      {error !== undefined && <p class="problem">{error.message}</p>}
      <p class="soft" aria-live="polite">
        {at === undefined || !lit.value ? t('lanesHint') : t('at', shownTime(at), step)}
      </p>
      <div
        class="lanes"
        onPointerLeave={() => {
          lit.value = false;
        }}
      >
        {lanes.map(({ row, counts }) => (
          <Lane
            key={row.id}
            row={row}
            counts={counts}
            times={times}
            step={step}
            cursor={lit.value ? cursor.value : undefined}
            point={i => {
              cursor.value = i;
              lit.value = true;
            }}
          />
        ))}
        <div class="axis" aria-hidden="true">
          {[0, 0.25, 0.5, 0.75, 1].map(part => {
            const time = times[Math.min(times.length - 1, Math.floor(part * times.length))];
            return <span key={part}>{time !== undefined && shownTime(time).slice(5, 16)}</span>;
          })}
        </div>
      </div>
    </>
  );
}

function Lane({
  row,
  counts,
  times,
  step,
  cursor,
  point,
}: {
  row: Row;
  counts: ReadonlyMap<string, readonly number[]>;
  times: readonly string[];
  step: number;
  cursor: number | undefined;
  point: (i: number) => void;
}) {
  const n = Math.max(1, times.length);
  const totals = times.map((_, i) => [...counts.values()].reduce((all, list) => all + (list[i] ?? 0), 0));
  const top = Math.max(1, ...totals);
  const all = totals.reduce((one, two) => one + two, 0);
  const bottoms = times.map(() => HEIGHT);
  const open = (i: number): void => {
    const from = Date.parse(times[i] ?? '');
    if (Number.isNaN(from)) return;
    const to = new Date(from + step * 1000).toISOString();
    go('logs', { query: row.query, from: new Date(from).toISOString(), to });
  };
  const here = (event: MouseEvent & { currentTarget: HTMLElement }): number => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.min(n - 1, Math.max(0, Math.floor(((event.clientX - left) / Math.max(1, width)) * n)));
  };
  const name = clean(row.name);
  const said = cursor === undefined ? count(all) : count(totals[cursor] ?? 0);
  return (
    <div class="laneRow">
      <span class="laneName">
        <a href={hrefOf('logs', { query: row.query, live: '1' })}>{name}</a> <span class="soft">{said}</span>
      </span>
      <button
        type="button"
        class="lane"
        aria-label={t('lane', name, count(all), count(top))}
        onPointerMove={event => point(here(event))}
        onClick={event => open(event.detail === 0 ? (cursor ?? n - 1) : here(event))}
        onKeyDown={event => {
          const move = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
          if (move === 0) return;
          event.preventDefault();
          point(Math.min(n - 1, Math.max(0, (cursor ?? n - 1) + move)));
        }}
      >
        <svg aria-hidden="true" viewBox={`0 0 ${n} ${HEIGHT}`} preserveAspectRatio="none">
          {ORDER.map(level => {
            const list = counts.get(level);
            if (list === undefined) return null;
            const d = list
              .map((value, i) => {
                if (value <= 0) return '';
                const height = (value / top) * HEIGHT;
                bottoms[i]! -= height;
                return `M${i + 0.05} ${bottoms[i]!.toFixed(2)}h.9v${height.toFixed(2)}h-.9z`;
              })
              .join('');
            return <path key={level} class={levelClass(level)} d={d} />;
          })}
          {cursor !== undefined && <rect class="cursor" x={cursor} y="0" width="1" height={HEIGHT} />}
        </svg>
      </button>
    </div>
  );
}

/** By level, a number for each of the times. */
function countsOf(row: Row, answers: readonly StatsAnswer[], times: readonly string[]): Map<string, number[]> {
  const places = new Map(times.map((at, i) => [at, i]));
  const found = new Map<string, number[]>();
  const field = row.by ?? 'container_name';
  for (const { rows } of answers)
    for (const { at = '', by = {}, values } of rows) {
      if (by[field] !== row.name) continue;
      const level = levelClass(by['level']);
      const list = found.get(level) ?? times.map(() => 0);
      list[places.get(at)!]! += values['count'] ?? 0;
      found.set(level, list);
    }
  return found;
}
